"""Finds what a footnote's key refers to: the document and the words in it, or the words that were stored."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import TypeVar

from index import Document, FootnoteError, LiveIndex, Snapshot, Span
from index.errors import UnknownDocument
from qa.chat.store import ConversationStore
from qa.library.library import Library
from qa.library.source_state import SourceState
from qa.stored_answer import StoredAnswer, StoredFootnote, StoredPassage
from qa.web import strings
from qa.web.views.conversation import IsVerified
from qa.web.views.source_viewer import Citation

DOCUMENT_PREFIX = "document"
"""The first part of the key of a whole document; no conversation has this id."""
T = TypeVar("T")


class Citations:
    """
    Resolves and verifies footnotes against the current snapshot; thread-safe.

    Args:
        live: The current snapshot.
        conversations: The stored conversations.
        library: The documents.
    """

    def __init__(self, live: LiveIndex, conversations: ConversationStore, library: Library) -> None:
        self._live = live
        self._conversations = conversations
        self._library = library

    def find(self, owner: str, key: str) -> Citation | None:
        """
        Return the citation of a footnote or passage; None if the owner has no such answer.

        Args:
            owner: Owner of the conversation.
            key: ``id.12.3`` for footnote 3 of turn 12, ``id.12.p0`` for its first passage,
                ``document.id`` for a whole document, all of which everybody can search, or
                ``document.id.40-52`` for a place in it.
        """
        conversation_id, _, rest = key.partition(".")
        if conversation_id == DOCUMENT_PREFIX:
            return self._document(rest)
        turn_id, _, name = rest.partition(".")
        for turn in self._conversations.turns(owner, conversation_id):
            if str(turn.id) == turn_id:
                return self._find(turn.answer, name)
        return None

    def with_verifier(self, use: Callable[[IsVerified], T]) -> T:
        """Return what *use* does with a check of footnotes; without a snapshot, none is verified."""
        with contextlib.ExitStack() as stack:
            try:
                snapshot = stack.enter_context(self._live.acquire())
            except FootnoteError:
                return use(lambda footnote: False)
            return use(_verifier(snapshot))

    def pages(self, passages: Sequence[StoredPassage]) -> list[int]:
        """Return the page on which each passage begins; 0 if its format has none or it was removed."""
        with contextlib.ExitStack() as stack:
            try:
                load = _loader(stack.enter_context(self._live.acquire()))
            except FootnoteError:
                return [0] * len(passages)
            documents = [load(passage.doc_id) for passage in passages]
            found = zip(documents, passages, strict=True)
            pages = [document.page_at(each.start) if document else None for document, each in found]
            return [page.number if page else 0 for page in pages]

    def _document(self, name: str) -> Citation | None:
        doc_id, _, place = name.partition(".")
        start, _, end = place.partition("-")
        with contextlib.suppress(FootnoteError, ValueError), self._live.acquire() as snapshot:
            document = self._with_source_path(snapshot.document(doc_id))
            span = (
                Span(doc_id, _parse_number(start, 9), _parse_number(end, 9)) if place else Span(doc_id, 0, 1)
            )
            note = _note(self._library.source_state(doc_id, ""))
            return Citation(document, span, note=note, is_whole=True, is_marked=bool(place))
        return None

    def _find(self, answer: StoredAnswer, name: str) -> Citation | None:
        if name.startswith("p"):
            passage = dict(enumerate(answer.nearest)).get(_parse_number(name[1:]))
            if passage is None or not passage.text:
                return None
            span = Span(passage.doc_id, passage.start, passage.end)
            return replace(self._cite(span, passage.text, passage.title, passage.path), is_related=True)
        footnote = {footnote.marker: footnote for footnote in answer.notes}.get(_parse_number(name))
        if footnote is None:
            return None
        others = tuple(other.span for other in answer.notes if other.marker != footnote.marker)
        citation = self._cite(footnote.span, footnote.cited_text, footnote.title, footnote.path)
        return replace(citation, marker=footnote.marker, count=len(answer.notes), others=others)

    def _cite(self, span: Span, words: str, title: str, path: str) -> Citation:
        """Cite the document if it still has the words at the span, or else only the stored words."""
        state = self._library.source_state(span.doc_id, path)
        with contextlib.suppress(FootnoteError), self._live.acquire() as snapshot:
            document = snapshot.document(span.doc_id)
            if document.text[span.start : span.end] == words:
                note = _note(state)
                return Citation(self._with_source_path(document), span, note=note)
        excerpt = Document(span.doc_id, title, (), "text/plain", words)
        note = strings.SOURCE_GONE if state is SourceState.REMOVED else strings.SOURCE_CHANGED
        return Citation(excerpt, Span(span.doc_id, 0, len(words)), note=note)

    def _with_source_path(self, document: Document) -> Document:
        """Return the document with the path of its file, since an upload's path is only a label."""
        path = self._library.source_file(document)
        return replace(document, paths=(str(path),)) if path else document


def _note(state: SourceState) -> str:
    """Return what is said of a source that was changed since it was indexed."""
    match state:
        case SourceState.CHANGED:
            return strings.FILE_CHANGED
        case SourceState.REMOVED:
            return strings.FILE_REMOVED
        case SourceState.UNCHANGED:
            return ""


def _loader(snapshot: Snapshot) -> Callable[[str], Document | None]:
    """Return a function that loads each document of a snapshot once; None if it isn't there."""

    @cache
    def load(doc_id: str) -> Document | None:
        try:
            return snapshot.document(doc_id)
        except UnknownDocument:
            return None

    return load


def _verifier(snapshot: Snapshot) -> IsVerified:
    """Return a function that checks footnotes against a snapshot."""
    load = _loader(snapshot)

    def is_verified(footnote: StoredFootnote) -> bool:
        document = load(footnote.doc_id)
        return document is not None and footnote.is_in(document)

    return is_verified


def _parse_number(digits: str, max_digits: int = 5) -> int:
    """Return a number of a footnote, a passage or a character; for other text -1, which none has."""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= max_digits else -1
