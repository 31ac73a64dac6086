"""Definitions: the entry of a glossary, a list of terms or a heading for a term that is asked about."""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from index import Document
from index.records import Block, BlockKind
from qa.answering.answerers.lexicon import stem
from qa.answering.answerers.quoting import quote_range
from qa.answering.english import GRAMMAR
from qa.answering.languages import ENGLISH, detect_language, function_words
from qa.answering.question_analysis import QuestionAnalysis
from qa.answering.sources import Sources
from qa.records import AnswerDraft, ClaimSentence

MAX_TERM_WORDS, MAX_REQUESTED_WORDS = 5, 9
"""Maximum words of a term, and of a term with what it is limited to: "a package in the licence"."""
MAX_TERM_LINE = 80
"""Maximum characters of a line that is a term."""
MAX_PASSAGES = 15
"""Maximum number of passages in which entries are looked for."""
SENTENCES = 2
"""Maximum sentences of a definition that are shown."""
EXACT, HEADING = 0.9, 0.75
"""Confidence of an entry with exactly the term, and of a paragraph under a heading with it."""

_WORD = re.compile(r"[^\W_]+(?:[-'’.+&/][^\W_]+)*")
_MARKS = " \t\n\"'“”‘’«»„`*_:.?!"
_NUMBERING = re.compile(r"\s*(?:\(?[\dA-Za-z]{1,3}(?:\.\d+)*[.)\]]|\[[^\]]{1,6}\]|[-*•])\s+")
_BRACKETS = re.compile(r"\(([^()\s]{2,12})\)\W*$")
_ANSWER = re.compile(r"(?:yes|no)\b", re.I)
_CONTEXT = re.compile(r" (?:in|under|of|for|according to|by|within|im|in der|dans|en|nel|em) ", re.I)
_FUNCTION = frozenset("a an the is are was what does do of mean who".split())


@dataclass(frozen=True, slots=True)
class RequestedTerm:
    """
    A term whose meaning a question asks for.

    Args:
        text: The term as typed.
        definite: Whether *the* or the like stands before it.
        language: The code of the question's language.
    """

    text: str
    definite: bool
    language: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A term in a document with the range of its definition."""

    document: Document
    term: str
    start: int
    end: int
    confidence: float


@dataclass(frozen=True, slots=True)
class DefinitionForm:
    """Answers with the definition of a term, if a document has an entry for it."""

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield one draft, if *question* asks for a term and a document defines it."""
        request = requested_term(question.text)
        if request is None:
            return
        entries = list(_entries(request, question.text, sources))
        sources.lap("definitions")
        best = _best(entries)
        if best is not None:
            ranges = _sentences(best)
            if (
                "(" in best.term
            ):  # "Gold (12,000 dollars a year)": what is in brackets belongs to the definition
                start = best.document.text.rfind(best.term, 0, best.start)
                ranges[:0] = [(start, start + len(best.term))] if start >= 0 else []
            claims = [
                ClaimSentence(best.document.text[start:end], (quote_range(best.document, start, end),))
                for start, end in ranges
            ]
            yield AnswerDraft(tuple(claims), confidence=best.confidence)


def _best(entries: Sequence[Entry]) -> Entry | None:
    """Return the surest entry: of equals the first, or what its document says before it."""
    first = max(entries, key=lambda entry: entry.confidence, default=None)
    same = [
        entry
        for entry in entries
        if first and entry.document.doc_id == first.document.doc_id and entry.confidence == first.confidence
    ]
    return min(same, key=lambda entry: entry.start, default=None)


def requested_term(question: str) -> RequestedTerm | None:
    """
    Return the term that a question asks the meaning of; None if it asks for something else.

    >>> requested_term("What does liquidity mean?").text
    'liquidity'
    """
    plain = " ".join(question.replace("’", "'").split()).strip(" .?!")
    language = detect_language(plain)
    for pattern in _patterns(language):
        match = pattern.fullmatch(plain)
        if match and _is_telling(match["term"], language):
            article = (match.groupdict().get("article") or "").lower()
            return RequestedTerm(match["term"].strip(_MARKS), article in _DEFINITE, language)
    return None


def _is_telling(term: str, language: str) -> bool:
    """Return whether a term has a word of its own and isn't long."""
    words = [word.lower() for word in _WORD.findall(term)]
    functional = GRAMMAR if language == ENGLISH else function_words(language)
    return len(words) <= MAX_REQUESTED_WORDS and any(word not in functional for word in words)


_DEFINITE = frozenset("the der die das den dem le la les l' el los las il lo i gli o os as de het".split())


def _entries(request: RequestedTerm, question: str, sources: Sources) -> Iterator[Entry]:
    """Yield the entries for a term in the best passages, those for the whole term first."""
    sources.search(question)
    passages = sources.passages(question)[:MAX_PASSAGES]
    for term in dict.fromkeys((request.text, _CONTEXT.split(request.text, maxsplit=1)[0])):
        wanted = _key(term)
        if not wanted or len(term.split()) > MAX_TERM_WORDS:
            continue
        found = False
        seen: set[tuple[str, int, float]] = set()
        for passage in passages:
            document = sources.document(passage.span.doc_id)
            for entry in entries_in(document, passage.span.start, passage.span.end, wanted, request):
                key = (document.doc_id, entry.start, entry.confidence)
                if key not in seen:
                    seen.add(key)
                    found = True
                    yield entry
        if found:
            return


def entries_in(
    document: Document, start: int, end: int, wanted: frozenset[str], request: RequestedTerm
) -> Iterator[Entry]:
    """Yield the entries for a term between two places of a document."""
    blocks = document.blocks
    numbers = [number for number, block in enumerate(blocks) if start <= block.start < end]
    for number in numbers:
        block = blocks[number]
        if block.kind in (BlockKind.TABLE_ROW, BlockKind.CODE):
            continue
        text = document.text[block.start : block.end]
        following = next((one for one in blocks[number + 1 : number + 3] if _is_prose(document, one)), None)
        if _is_term(text, wanted):
            heading = block.kind is BlockKind.HEADING
            if following and _defines(document, following, request) and not (heading and request.definite):
                confidence = HEADING if heading or block.kind is not BlockKind.LIST_ITEM else EXACT
                yield Entry(document, text.strip(), following.start, following.end, confidence)
        elif place := _in_line(text, wanted, request.language):
            yield Entry(document, text[: place[0]], block.start + place[1], block.end, EXACT)
        else:
            yield from _in_sentences(document, block, wanted, request.language)


def _in_sentences(document: Document, block: Block, wanted: frozenset[str], language: str) -> Iterator[Entry]:
    """Yield the entries that begin with a later sentence of a block."""
    at = bisect_right(document.sentences, block.start, key=lambda sentence: sentence[0])
    while at < len(document.sentences) and document.sentences[at][0] < block.end:
        start, end = document.sentences[at]
        text = document.text[start : min(end, block.end)]
        if place := _in_line(text, wanted, language):
            yield Entry(document, text[: place[0]], start + place[1], block.end, HEADING)
        at += 1


def _is_term(line: str, wanted: frozenset[str]) -> bool:
    """Return whether a line is the term, perhaps as a question: "What is Sala?"."""
    return len(line) <= MAX_TERM_LINE and _key(_NUMBERING.sub("", line, count=1)) == wanted


def _is_prose(document: Document, block: Block) -> bool:
    """Return whether a block isn't a row of links or a picture, as they are below many a title."""
    text = document.text[block.start : block.end]
    return " | " not in text or block.kind is BlockKind.TABLE_ROW


def _defines(document: Document, block: Block, request: RequestedTerm) -> bool:
    """Return whether a block can define the line before it: it is a sentence, and no reference."""
    text = document.text[block.start : block.end].strip()
    see = _data()[request.language]["see"]
    prose = block.kind in (BlockKind.LIST_ITEM, BlockKind.PARAGRAPH, BlockKind.PLAIN_TEXT)
    return prose and len(text.split()) > 3 and not re.match(rf"{see}\b", text, re.I)


def _in_line(text: str, wanted: frozenset[str], language: str) -> tuple[int, int] | None:
    """Return where the term of a line ends and its definition begins: "Sala: a town"; None if it has none."""
    match = _definition_pattern(language).match(text)
    if match is None or wanted not in (_key(match["term"]), _abbreviation(match["term"])):
        return None
    if _ANSWER.match(match["rest"]):  # "Overtime: No, not available": this says something else of the term
        return None
    return match.end("term"), match.start("term") if match["verb"] else match.start("rest")


def _sentences(entry: Entry) -> list[tuple[int, int]]:
    """Return the first sentences of a definition."""
    sentences = entry.document.sentences
    within = [
        (max(start, entry.start), min(end, entry.end))
        for start, end in sentences
        if start < entry.end and end > entry.start
    ]
    return within[:SENTENCES] or [(entry.start, entry.end)]


def _key(text: str) -> frozenset[str]:
    """Return the words by which two terms are compared, without what is in brackets."""
    words = _WORD.findall(re.sub(r"\([^)]*\)", " ", text).lower())
    return frozenset(stem(word) for word in words if word not in _FUNCTION or len(words) == 1)


def _abbreviation(term: str) -> frozenset[str]:
    """Return the key of what is in brackets after a term: "Global Positioning System (GPS)"."""
    match = _BRACKETS.search(term)
    return _key(match[1]) if match else frozenset()


@cache
def _patterns(language: str) -> Sequence[re.Pattern[str]]:
    data = _data().get(language, _data()[ENGLISH])
    article = data["article"]
    lines = data["patterns"].strip().splitlines()
    return [re.compile(_named_once(line.replace("{article}", article)), re.I) for line in lines]


def _named_once(pattern: str) -> str:
    """Return a pattern in which a group that occurs twice is named only once."""
    first, *others = pattern.split("(?P<article>")
    return first + "".join(("(?P<article>" if at == 0 else "(?:") + part for at, part in enumerate(others))


@cache
def _definition_pattern(language: str) -> re.Pattern[str]:
    means = _data().get(language, _data()[ENGLISH])["means"]
    return re.compile(
        rf"\s*(?:(?:\(?[\dA-Za-z]{{1,3}}(?:\.\d+)*[.)]|[-*•])\s+)?"
        rf"(?P<term>[\"'“„«`*_]*[^:\n]{{1,{MAX_TERM_LINE}}}?)"
        rf"(?:\s+[-–—]{{1,3}}\s+|:\s+|\s+(?P<verb>{means})\b\s*)(?P<rest>\S.*)",
        re.I | re.S,
    )


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
