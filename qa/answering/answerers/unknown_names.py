"""Refusal of a question about a name or a year that no document has."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from index import Snapshot
from qa.answering.answerers.extractive import MAX_POSSIBLE, ExtractiveAnswerer
from qa.answering.answerers.texts import fixed_text
from qa.answering.languages import ENGLISH, detect_language
from qa.answering.question_analysis import QuestionAnalysis
from qa.answering.sources import Sources
from qa.records import AnswerDraft, ClaimSentence

MIN_LETTERS = 3
MIN_COMMON, MAX_ENDING = 4, 3
"""Minimum letters of the common beginning of two forms of a name, *German* and *Germany*, and maximum letters
after it."""
MAX_CAPITALISED = 0.5
"""Maximum share of capitalised words for a capital to tell a name."""
MIN_POSSIBLE = 0.5
"""Minimum probability of a sentence that is offered with the refusal."""

_WORD = re.compile(r"[^\W_]+(?:[-'’.&][^\W_]+)*")
_YEAR = re.compile(r"(?:1[4-9]|20)\d\d")
_TITLES = frozenset(
    "president chancellor minister secretary senator governor mayor king queen pope judge justice professor "
    "sir lord lady general captain mr mrs ms dr".split()
)
_SPEECH = frozenset(
    "say says said mention mentions mentioned propose proposes proposed claim claims claimed describe "
    "describes described emphasize emphasizes emphasized argue argues argued announce announces "
    "announced".split()
)


@dataclass(frozen=True, slots=True)
class UnknownNameForm:
    """
    Says which name of a question no document has, instead of answering about another one.

    Args:
        answerer: Finds the sentences that are offered.
    """

    answerer: ExtractiveAnswerer

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield a refusal, if no document has a name or a year of an English question."""
        if detect_language(question.text) != ENGLISH:
            return
        unknown = [name for name in names_in(question.text) if not _is_known(name, sources)]
        if unknown:
            quotes = self.answerer.sentences(question.text, sources.search(question.text))[:MAX_POSSIBLE]
            yield AnswerDraft(
                reason=fixed_text("no_side", question.language, side=unknown[0]),
                possible=tuple(
                    ClaimSentence(quote.text, (quote,))
                    for quote in quotes
                    if quote.probability >= MIN_POSSIBLE
                ),
            )


def names_in(question: str) -> Sequence[str]:
    """
    Return the names and years in a question: words with a capital that doesn't begin it; acronyms aren't.

    The name of who speaks isn't one either, since a speech or a letter often has it nowhere.

    >>> names_in("Who built the Durham station in 1850, and why?")
    ['Durham', '1850']
    """
    words = _WORD.findall(question)
    capitalised = [word for word in words if word[0].isupper()]
    telling = len(capitalised) <= max(1, MAX_CAPITALISED * len(words))
    return [
        name
        for at, word in enumerate(words)
        if len(name := re.sub(r"['’]s?$", "", word)) >= MIN_LETTERS
        and (_YEAR.fullmatch(name) or (telling and at > 0 and name[0].isupper() and name[1:].islower()))
        and not _is_speaker(words, at)
    ]


def _is_speaker(words: Sequence[str], at: int) -> bool:
    """Return whether a name is a title or of a person with one, or of somebody who says something."""
    before, after = " ".join(words[max(0, at - 2) : at]).lower(), words[at + 1 : at + 2]
    return (
        words[at].lower() in _TITLES
        or before.rpartition(" ")[2] in _TITLES
        or before == "according to"
        or any(word.lower() in _SPEECH for word in after)
    )


def _is_known(name: str, sources: Sources) -> bool:
    """Return whether a document has a name, a form of it, or a word with that year, in text or names."""
    snapshot, low = sources.snapshot, name.lower()
    entries = sources.documents()
    titles = " ".join(
        [*(entry.title for entry in entries), *(PurePath(p).name for e in entries for p in e.paths)]
    )
    return snapshot.occurs(low) or low in titles.lower() or _has_form(low, snapshot)


def _has_form(name: str, snapshot: Snapshot) -> bool:
    if name.isdigit():
        return any(name in word for word in snapshot.vocabulary)
    beginning = name[: max(MIN_COMMON, len(name) - MAX_ENDING)]
    return any(word.startswith(beginning) for word in snapshot.vocabulary)
