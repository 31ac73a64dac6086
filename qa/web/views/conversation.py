"""
Context of the templates of a conversation: its turns, their answers and the page of an empty conversation.

New answers are rendered from their stored form too, so there is only one way to render them.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from markupsafe import Markup

from qa.answering.answerers.json_text import JSON_SUFFIXES, shown_fact
from qa.chat.answer_jobs import NO_DOCUMENTS
from qa.chat.job_queue import JobStatus
from qa.rendering import BULLETED, REFUSAL_TEXT, WITHOUT_CONFIDENCE, WITHOUT_SOURCES, understood_as
from qa.stored_answer import StoredAnswer, StoredFootnote, StoredPassage, StoredTurn
from qa.web import strings
from qa.web.views.rendering import render

HIGH_CONFIDENCE, LOW_CONFIDENCE = 0.75, 0.55
"""Bounds of the three bands, as ``footnote eval`` reports them: high from the first, low below the second."""
MAX_PASSAGE_CHARS = 160
"""Characters of a closest passage that a refusal shows."""
_WHITE_SPACE = re.compile(r"\s+")
_LAST_PARTIAL_WORD = re.compile(r"\s+\S*$")

IsVerified = Callable[[StoredFootnote], bool]
"""Returns whether the index still contains a footnote's words at the same place."""
RunningTurns = Mapping[int, JobStatus[StoredAnswer]]
"""The status of the turns that are being answered, by turn id."""
NONE_RUNNING: RunningTurns = MappingProxyType({})


def conversation_html(
    conversation_id: str,
    turns: Sequence[StoredTurn],
    is_verified: IsVerified,
    running: RunningTurns = NONE_RUNNING,
) -> Markup:
    """
    Return a conversation as HTML.

    Args:
        conversation_id: Its id.
        turns: The turns to show.
        is_verified: Whether a footnote's words are still in the index.
        running: The status of the turns that are being answered.
    """
    views = [TurnView(conversation_id, turn, is_verified, running.get(turn.id)) for turn in turns]
    return render("conversation.html", conversation_id=conversation_id, turns=views, welcome=None)


def welcome_html(documents: int, suggestions: Sequence[str], missing: bool = False) -> Markup:
    """
    Return an empty conversation.

    Args:
        documents: How many documents the index has.
        suggestions: Questions that the documents answer.
        missing: Whether the requested conversation doesn't exist.
    """
    welcome = {"documents": documents, "suggestions": suggestions, "missing": missing}
    return render("conversation.html", conversation_id="", turns=[], welcome=welcome)


def turn_html(
    conversation_id: str,
    turn: StoredTurn,
    is_verified: IsVerified,
    status: JobStatus[StoredAnswer] | None = None,
    *,
    is_cancelled: bool = False,
) -> Markup:
    """
    Return a question and its answer.

    Args:
        conversation_id: Id of the conversation.
        turn: The turn.
        is_verified: Whether a footnote's words are still in the index.
        status: The last status of a turn that is being answered, or was cancelled.
        is_cancelled: Whether the turn was cancelled.
    """
    view = TurnView(conversation_id, turn, is_verified, status, is_cancelled)
    return render("turn.html", turn=view)


def new_turn_html(conversation_id: str, turn: StoredTurn, status: JobStatus[StoredAnswer] | None) -> Markup:
    """Return a question that was just asked, with the id of its conversation for the next one."""
    view = TurnView(conversation_id, turn, lambda footnote: False, status)
    return render("turn.html", turn=view, new_in=conversation_id)


def failed_turn_html(question: str, max_chars: int, message: str) -> Markup:
    """Return a question that wasn't accepted, cut to *max_chars*, and why."""
    shown = question if len(question) <= max_chars else question[:max_chars] + " …"
    return render("failed_turn.html", question=shown, message=message)


def rating_html(turn: StoredTurn) -> Markup:
    """Return the two rating buttons, and the comment form if the answer is rated."""
    return render("rating.html", turn=turn)


def why_html(answer: StoredAnswer, pages: Sequence[int]) -> Markup:
    """
    Return why an answer is as it is: what was searched for, what was found, and the confidence.

    Args:
        answer: The answer.
        pages: The page on which each of its passages begins; 0 for none.
    """
    view = AnswerView(answer, "", lambda footnote: False)
    passages = list(zip(answer.nearest, pages, strict=True))
    confidences = [answer.confidence] if answer.confidence is not None else []
    confidences = confidences or [footnote.support for footnote in answer.notes]
    shown = [] if answer.kind in WITHOUT_CONFIDENCE or answer.refused else confidences
    best = _confidence(max(shown)) if shown else None
    return render("why.html", answer=view, passages=passages, confidence=best)


@dataclass(frozen=True, slots=True)
class TurnView:
    """
    A turn for the templates.

    Args:
        conversation_id: Id of the conversation.
        stored: The turn.
        is_verified: Whether a footnote's words are still in the index.
        status: The last status of a turn that is being answered, or was cancelled.
        is_cancelled: Whether the turn was cancelled.
    """

    conversation_id: str
    stored: StoredTurn
    is_verified: IsVerified
    status: JobStatus[StoredAnswer] | None = None
    is_cancelled: bool = False

    @property
    def is_running(self) -> bool:
        """Whether the turn is being answered."""
        return self.status is not None and not self.is_cancelled

    @property
    def is_answered(self) -> bool:
        """Whether there is a complete answer, which can be rated."""
        return self.status is None and not self.stored.answer.unfinished

    @property
    def needs_documents(self) -> bool:
        """Whether the question wasn't answered because there are no documents."""
        return self.stored.answer.note == NO_DOCUMENTS

    @property
    def answer(self) -> "AnswerView | None":
        """The answer, or as much of it as there is."""
        if self.status is not None:
            return AnswerView(self.status.latest, "", self.is_verified) if self.status.latest else None
        if self.stored.answer.unfinished:
            return None
        return AnswerView(self.stored.answer, f"{self.conversation_id}.{self.stored.id}", self.is_verified)


@dataclass(frozen=True, slots=True)
class Confidence:
    """
    How likely it is that words answer the question.

    Args:
        level: "high", "medium" or "low".
        percent: The probability as a percentage.
    """

    level: str
    percent: str

    @property
    def text(self) -> str:
        """The level in words."""
        return strings.CONFIDENCE[self.level]

    @property
    def meaning(self) -> str:
        """What the level means, and what the probability means."""
        measured = strings.CONFIDENCE_MEASURED.format(percent=self.percent)
        return f"{strings.CONFIDENCE_MEANINGS[self.level]} {measured}"


@dataclass(frozen=True, slots=True)
class AnswerView:
    """
    An answer for the templates.

    Args:
        stored: The answer.
        key: The conversation's and the turn's id, as ``id.number``, from which the footnotes' keys are made;
            empty while the answer isn't stored, whose footnotes can't be opened yet.
        is_verified: Whether a footnote's words are still in the index.
    """

    stored: StoredAnswer
    key: str
    is_verified: IsVerified
    footnotes: Mapping[int, StoredFootnote] = field(init=False)
    """The footnotes by marker."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "footnotes", {footnote.marker: footnote for footnote in self.stored.notes})

    @property
    def understood_as(self) -> str:
        """The question as it was rewritten; empty if it wasn't."""
        return understood_as(self.stored.corrected or self.stored.question, self.stored.standalone)

    @property
    def reason(self) -> str:
        """Why there is no answer."""
        return strings.translate(self.stored.reason or REFUSAL_TEXT)

    @property
    def has_sources(self) -> bool:
        """Whether the answer cites documents."""
        return self.stored.kind not in WITHOUT_SOURCES

    @property
    def is_bulleted(self) -> bool:
        """Whether its sentences are shown as a list."""
        return self.stored.kind in BULLETED and len(self.stored.sentences) > 1

    @property
    def short(self) -> str | None:
        """The short answer; in a disagreement no position is put above the others."""
        return None if self.stored.disagreement else self.stored.short

    @property
    def confidence(self) -> Confidence | None:
        """The confidence in the answer as a whole; answers of some forms have none."""
        return None if self.stored.confidence is None else _confidence(self.stored.confidence)

    def known(self, markers: Iterable[int]) -> list[StoredFootnote]:
        """Return the footnotes of *markers*."""
        return [self.footnotes[marker] for marker in markers if marker in self.footnotes]

    def titles(self, markers: Iterable[int]) -> list[str]:
        """Return the titles of the documents that *markers* cite."""
        return list(dict.fromkeys(footnote.title for footnote in self.known(markers)))

    def confidence_in(self, footnote: StoredFootnote) -> Confidence | None:
        """Return the confidence in one footnote, if there is none in the answer as a whole."""
        if self.stored.confidence is not None or self.stored.kind in WITHOUT_CONFIDENCE:
            return None
        return _confidence(footnote.support)

    @property
    def passages(self) -> list[tuple[str, str, str]]:
        """The title, path and shortened text of each closest passage."""
        return [
            (passage.title, passage.path, _shortened(passage.text.removeprefix(passage.title).lstrip()))
            for passage in self.stored.nearest
            if passage.text
        ]

    @property
    def can_be_explained(self) -> bool:
        """Whether documents were searched for it."""
        return self.has_sources and bool(self.stored.refused or self.stored.notes)

    def uses(self, passage: StoredPassage) -> list[int]:
        """Return the markers of the footnotes whose words are in a passage."""
        return [
            footnote.marker
            for footnote in self.stored.notes
            if footnote.doc_id == passage.doc_id
            and passage.start < footnote.end
            and footnote.start < passage.end
        ]

    def repeats(self, footnote: StoredFootnote) -> bool:
        """Return whether a sentence of the answer is the footnote's quote."""
        quote = _words(footnote.cited_text)
        sentences = (*self.stored.sentences, *self.stored.possible)
        shown = {quote, _words(shown_fact(quote))} if footnote.path.endswith(JSON_SUFFIXES) else {quote}
        return any(footnote.marker in each.markers and _words(each.text) in shown for each in sentences)

    @staticmethod
    def quote(footnote: StoredFootnote) -> str:
        """Return the cited words without blank lines."""
        return single_line_breaks(footnote.cited_text.strip())


def single_line_breaks(text: str) -> str:
    """
    Return *text* with every run of white space that contains a line break as one line break.

    The pattern matches each run as a whole: one that can begin anywhere in a run, such as ``\\s*\\n``, takes
    quadratic time on a run without a line break.
    """
    return _WHITE_SPACE.sub(lambda run: "\n" if "\n" in run[0] else run[0], text)


def _words(text: str) -> str:
    return " ".join(text.split())


def _shortened(text: str) -> str:
    if len(text) > MAX_PASSAGE_CHARS:
        text = _LAST_PARTIAL_WORD.sub("", text[:MAX_PASSAGE_CHARS]) + " …"
    return single_line_breaks(text)


def _confidence(support: float) -> Confidence:
    level = "high" if support >= HIGH_CONFIDENCE else "low" if support < LOW_CONFIDENCE else "medium"
    return Confidence(level, f"{100 * support:.0f}")
