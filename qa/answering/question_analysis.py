"""
The kind of answer that a question asks for, decided by rule.

A question that fits no rule is a factual one. A wrong guess does little harm, because every form of answer
falls back on the factual one when it has no result. The patterns are in ``question_patterns.toml``.
"""

import enum
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from qa.answering.small_talk import small_talk_sort

ENGLISH: Final = "en"
MAX_LENGTH = 300
"""Maximum length in characters of a question that is matched; a longer one is a factual question."""
MAX_COUNT = 10
"""Maximum number of points of an overview."""


class QuestionKind(enum.StrEnum):
    """The kinds of question that have a form of answer of their own."""

    FACT = "fact"
    """Anything else, answered by the sentences that contain the answer."""
    SMALL_TALK = "small_talk"
    """Greetings, thanks and questions about Footnote itself."""
    OVERVIEW = "overview"
    """What a document is about, its key points, a summary."""
    WHICH_DOCUMENT = "which_document"
    """Which of the documents deal with something."""
    COMPARISON = "comparison"
    """Two things compared."""
    LIST = "list"
    """Every item of a list in a document."""
    TABLE = "table"
    """A cell of a table, or a figure computed over a column."""
    YES_NO = "yes_no"
    """Answered by the sentence that decides it."""
    DEFINITION = "definition"
    """What something is or means."""
    VAGUE = "vague"
    """Doesn't say what it is about."""


@dataclass(frozen=True, slots=True)
class QuestionAnalysis:
    """
    A question and the form of answer that it asks for.

    Args:
        text: The self-contained question.
        kind: The form of answer.
        sides: For a comparison, what is compared, in the order named; otherwise empty.
        topic: For an overview, the document or subject that is named, empty for "this"; for a question for
            documents, what they must deal with; for small talk, the sort of it, such as "thanks".
        focus: For an overview, what it is limited to, such as "risks"; for a question for documents, the word
            that says that a mention is enough; otherwise empty.
        document_only: Of an overview, whether it is one only if *topic* names a document.
        count: Number of points that an overview is asked to have; None if unspecified.
        language: ISO 639-1 code of the language whose patterns matched.
    """

    text: str
    kind: QuestionKind = QuestionKind.FACT
    sides: tuple[str, ...] = ()
    topic: str = ""
    focus: str = ""
    document_only: bool = False
    count: int | None = None
    language: str = ENGLISH


def analyse_question(question: str) -> QuestionAnalysis:
    """
    Return the form of answer that *question* asks for.

    Args:
        question: A self-contained question.

    >>> analysis = analyse_question("Can you summarise the lease in 3 points?")
    >>> analysis.kind.value, analysis.topic, analysis.count
    ('overview', 'the lease', 3)
    """
    plain = _plain(question)
    if len(plain) <= MAX_LENGTH:
        for language, patterns in _languages().items():
            if found := patterns.small_talk_match(plain) or patterns.document_match(plain):
                return replace(found, text=question, language=language)
        if talk := small_talk_sort(plain):
            sort, language = talk
            return QuestionAnalysis(question, QuestionKind.SMALL_TALK, topic=sort, language=language)
        for language, patterns in _languages().items():
            if _is_vague(plain, patterns.vague_words):
                return QuestionAnalysis(question, QuestionKind.VAGUE, language=language)
    return QuestionAnalysis(question)


@dataclass(frozen=True, slots=True)
class _Patterns:
    """One language's patterns of questions for the forms; see ``question_patterns.toml``."""

    lead: tuple[re.Pattern[str], ...]
    tail: tuple[re.Pattern[str], ...]
    small_talk: tuple[tuple[str, re.Pattern[str]], ...]
    overview: tuple[re.Pattern[str], ...]
    overview_of_document: tuple[re.Pattern[str], ...]
    more: tuple[re.Pattern[str], ...]
    which_document: tuple[re.Pattern[str], ...]
    unnamed: re.Pattern[str]
    vague_words: frozenset[str]

    def small_talk_match(self, plain: str) -> QuestionAnalysis | None:
        """Return the analysis of small talk; None for any other question."""
        bare = plain.strip(" .,!?¡¿;:…")
        for sort, pattern in self.small_talk:
            if pattern.fullmatch(bare):
                return QuestionAnalysis(plain, QuestionKind.SMALL_TALK, topic=sort)
        return None

    def document_match(self, plain: str) -> QuestionAnalysis | None:
        """Return the analysis of a question about whole documents; None for any other question."""
        for core, count, follow_up_topic in reversed(list(self._cores(plain))):
            for kind, of_document, patterns in (
                (QuestionKind.WHICH_DOCUMENT, False, self.which_document),
                (QuestionKind.OVERVIEW, True, self.overview_of_document),
                (QuestionKind.OVERVIEW, False, self.overview),
                (QuestionKind.OVERVIEW, False, self.more if follow_up_topic else ()),
            ):
                if match := next((found for pattern in patterns if (found := pattern.fullmatch(core))), None):
                    return self._analysis(match, kind, of_document, count, follow_up_topic)
        return None

    def _cores(self, plain: str) -> Iterator[tuple[str, int | None, str]]:
        """
        Yield the question, then shorter cores of it without the polite words around them.

        Each comes with the number of points it asks for, and the topic that was added to a follow-up, if any.
        """
        follow_up_topic = ""
        if found := _WITH_TOPIC.fullmatch(plain):
            plain, follow_up_topic = found["question"], found["follow_up_topic"]
        core, count = plain.strip(" .,!?¡¿;:…"), None
        yield core, count, follow_up_topic
        while True:
            match = next((found for pattern in self.tail if (found := _search_end(pattern, core))), None)
            if match:
                core, count = core[: match.start()], count or _count(match)
            elif match := next((found for pattern in self.lead if (found := pattern.match(core))), None):
                core = core[match.end() :].lstrip()
            else:
                return
            if core:
                yield core, count, follow_up_topic

    def _analysis(
        self,
        match: re.Match[str],
        kind: QuestionKind,
        of_document: bool,
        count: int | None,
        follow_up_topic: str,
    ) -> QuestionAnalysis:
        groups = match.groupdict()
        topic = (groups.get("topic") or "").strip(" .,!?\"'“”„«»")
        if self.unnamed.fullmatch(topic):
            # "It" refers to the topic of the conversation; "this document" doesn't.
            follow_up_topic = "" if " " in topic else follow_up_topic
            topic = ""
        return QuestionAnalysis(
            text=match.string,
            kind=kind,
            topic=topic or follow_up_topic,
            focus=groups.get("focus") or "",
            document_only=of_document,
            count=count or _count(match),
        )


_WITH_TOPIC = re.compile(r"(?P<question>.+?)\s*\((?P<follow_up_topic>[^()]+)\)")
"""A follow-up with its topic added in brackets; see :mod:`qa.answering.query_rewriting`."""
_PART = re.compile(r"\{([a-z_]+)\}")
_NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "one ein einem un une uno um een",
            "two zwei deux dos due dois twee",
            "three drei trois tres tre três drie",
            "four vier quatre cuatro quattro quatro",
            "five fünf cinq cinco cinque vijf",
            "six sechs seis sei zes",
            "seven sieben sept siete sette sete zeven",
            "eight acht huit ocho otto oito",
            "nine neun neuf nueve nove negen",
            "ten zehn dix diez dieci dez tien",
        ),
        start=1,
    )
    for word in words.split()
}
_COUNT = r"(?P<count>\d{1,2}|" + "|".join(sorted(_NUMBERS, key=lambda word: (-len(word), word))) + ")"


def _plain(question: str) -> str:
    """Return the question with straight apostrophes and single spaces."""
    return " ".join(question.replace("’", "'").replace("‘", "'").split())


def _search_end(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Return the longest match of *pattern* that ends the text; None if there is none."""
    return next((found for found in pattern.finditer(text) if found.end() == len(text)), None)


def _count(match: re.Match[str]) -> int | None:
    word = (match.groupdict().get("count") or "").lower()
    number = _NUMBERS.get(word) or (int(word) if word.isdigit() else 0)
    return min(number, MAX_COUNT) or None


_NOUN = re.compile(r"\ba (?:will|can|may|might|must)\b", re.I)


def _is_vague(plain: str, vague_words: frozenset[str]) -> bool:
    """Return whether every word is vague."""
    words = re.findall(r"[^\W_]+(?:'[^\W_]+)?", plain)
    return (
        bool(words) and not _NOUN.search(plain) and all(_is_vague_word(word, vague_words) for word in words)
    )


def _is_vague_word(word: str, vague_words: frozenset[str]) -> bool:
    """Return whether a word, or each part of a word with an apostrophe, is vague; an acronym is not."""
    if len(word) > 1 and word.isupper():
        return False
    first, *rest = word.lower().split("'")
    return word.lower() in vague_words or (first in vague_words and all(len(part) < 3 for part in rest))


@cache
def _languages() -> Mapping[str, _Patterns]:
    """Return the patterns of every language by its code, English first."""
    path = Path(__file__).with_name("question_patterns.toml")
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return {code: _read_patterns(fields) for code, fields in content.items()}


def _read_patterns(fields: Mapping[str, object]) -> _Patterns:
    parts = {"topic": "(?P<topic>.+?)", "count": _COUNT, **_parts_of(fields)}

    def compiled(name: str, end: str = "") -> tuple[re.Pattern[str], ...]:
        return tuple(_compile(line, parts, end) for line in str(fields[name]).strip().splitlines())

    small_talk = (line.split(" = ", 1) for line in str(fields["small_talk"]).strip().splitlines())
    return _Patterns(
        lead=compiled("lead"),
        tail=compiled("tail", end=r"\Z"),
        small_talk=tuple((sort, _compile(line, parts)) for sort, line in small_talk),
        overview=compiled("overview"),
        overview_of_document=compiled("overview_of_document"),
        more=compiled("more"),
        which_document=compiled("which_document"),
        unnamed=_compile("{unnamed}", parts),
        vague_words=frozenset(str(fields["vague_words"]).split()),
    )


def _parts_of(fields: Mapping[str, object]) -> dict[str, str]:
    parts = fields["parts"]
    return {name: str(part) for name, part in parts.items()} if isinstance(parts, dict) else {}


def _compile(pattern: str, parts: Mapping[str, str], end: str = "") -> re.Pattern[str]:
    return re.compile(f"(?:{_expand(pattern, parts)}){end}", re.I)


def _expand(pattern: str, parts: Mapping[str, str]) -> str:
    """Return *pattern* with its parts inserted; a group that occurs twice is named only once."""
    while _PART.search(pattern):
        pattern = _PART.sub(lambda found: parts[found[1]], pattern)
    seen: set[str] = set()

    def once(found: re.Match[str]) -> str:
        if found[1] in seen:
            return "(?:"
        seen.add(found[1])
        return found[0]

    return re.sub(r"\(\?P<([a-z]+)>", once, pattern)
