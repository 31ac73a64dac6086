"""
The words and noun phrases of an English question, without a tagger.

A noun is what is left of a question when the words of grammar, the commonest verbs and the words that need a
complement (*difference*, *steps*) are taken away.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

MAX_WORD = 40
"""Maximum characters of a noun."""
MAX_CHARACTERS = 2000
"""Characters that are read of a question."""

WORD = re.compile(r"[^\W_]+(?:[-'’.&,][^\W_]+)*")
_ABBREVIATION = re.compile(r"[^\W\d_]{1,3}")
"""A word whose full stop doesn't end a phrase: "tarrant v. herrmann"."""
_POSSESSIVE = re.compile(r"(?:['’]s|s['’])\Z", re.I)
_ASKING_FOR = re.compile(r"\W*(?:how\s+(?:many|much)|which|what|whose)\s+", re.I)
_COMPLEMENT = re.compile(r"\s(?:of|on|for|in|at)\s")
_YEAR = re.compile(r"(?:1[4-9]|20)\d\d\Z")


def _load() -> dict[str, str]:
    content: dict[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return content


_CLASSES = _load()


def _words(name: str) -> frozenset[str]:
    return frozenset(_CLASSES[name].split())


POINTING = _words("pointing")
PERSONS = _words("persons")
ASKING = _words("asking")
AUXILIARIES = _words("auxiliaries")
LINKING = _words("linking")
PREPOSITIONS = _words("prepositions")
ARTICLES = _words("articles")
OPENING = _words("opening")
NEEDING_MORE = _words("needing_more")
MEASURES = _words("measures")
TIMES = _words("times")
WRITINGS = _words("writings")
ATTRIBUTES = _words("attributes")
ADVERBS = _words("adverbs")
PREDICATES = _words("predicates")
MONTHS = _words("months")
ORDINALS = _words("ordinals")
AFTER_DO = _words("after_do")
"""Verbs that are nouns as well."""
REQUESTS = _words("requests")
_ADJECTIVES_IN_LY = _words("adjectives_in_ly")
_ASKING_AUXILIARIES = frozenset("do does did can could will would shall should may might must".split())
_DO = frozenset("do does did".split())
_SUBJECTS = frozenset("i you we they he she it".split())
_BARE = ASKING | PREPOSITIONS | MEASURES | frozenset("else exactly not come so time year then".split())
_FORMS = [tuple(verb.split()) for verb in _CLASSES["irregular"].split(",")]
PARTICIPLES = {form: participle for base, past, participle in _FORMS for form in (base, base + "s", past)}
"""Past participles of irregular verbs by their other forms."""
BASES = frozenset(forms[0] for forms in _FORMS)
"""Irregular verbs in their base form, many of which are nouns as well."""
VERBS = _words("verbs") | {form for forms in _FORMS for form in forms[1:] if form != forms[0]} - {
    "left",
    "rose",
}
_MAIN_VERBS = AFTER_DO | VERBS | BASES
GRAMMAR = POINTING | PERSONS | ASKING | AUXILIARIES | LINKING


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """
    A noun with its modifiers.

    Args:
        start: First character within the question, after the article.
        end: One past its last character.
        text: Its words as typed.
        article: The word before it, in lower case: an article, *his*, or a name with *'s*; or empty.
        article_start: First character of the article, or *start*.
        preposition: The preposition before that, in lower case; otherwise empty.
    """

    start: int
    end: int
    text: str
    article: str
    article_start: int
    preposition: str

    @property
    def is_owned(self) -> bool:
        """Return whether a name with *'s* precedes it."""
        return self.article.endswith(("'s", "s'"))


def plain(word: str) -> str:
    """Return a word in the form in which it is listed."""
    return word.lower().replace("’", "'")


def stem(word: str) -> str:
    """Return enough of a word to see that *empire's* and *empires* are *empire*."""
    low = plain(word).removesuffix("'s")
    return low[:-1] if len(low) > 3 and low.endswith("s") else low


def is_acronym(word: str) -> bool:
    """Return whether a word is a name by its capitals: ``US`` and ``WHO``, unlike ``us`` and ``who``."""
    return len(word) > 1 and word.isupper() and not word.isdigit()


def is_participle(word: str) -> bool:
    """Return whether a word ends as verbs and adverbs do: *reorganized*, *currently*; no name does."""
    adverb_or_verb = word.endswith(("ed", "ly")) and not word.endswith("eed")
    return len(word) > 4 and word.islower() and adverb_or_verb and word not in _ADJECTIVES_IN_LY


def is_noun(word: str) -> bool:
    """Return whether a word names something by itself."""
    low = plain(word)
    if is_acronym(word):
        return True
    known = low in GRAMMAR or low in VERBS or low in NEEDING_MORE
    return not (known or low.isdigit() or is_participle(word))


def is_verb(word: str) -> bool:
    """Return whether a word is likely a verb other than an auxiliary."""
    return plain(word) in VERBS or (word.islower() and len(word) > 3 and word.endswith("ed"))


def is_time(word: str) -> bool:
    """Return whether a word is a year, a month or a quarter."""
    return bool(_YEAR.match(word)) or (plain(word) in MONTHS and (word[0].isupper() or plain(word) != "may"))


def participle(verb: str) -> str | None:
    """
    Return the past participle of a verb in the past or the third person; None if it is unclear.

    >>> participle("founded"), participle("wrote"), participle("maintains")
    ('founded', 'written', 'maintained')
    """
    low = plain(verb)
    if low in PARTICIPLES:
        return PARTICIPLES[low]
    if low.endswith("ed"):
        return low
    if low.endswith("s") and not low.endswith("ss"):
        base = low[:-1]
        return base + "d" if base.endswith("e") else base + "ed"
    return None


def noun_phrases(question: str) -> list[NounPhrase]:
    """
    Return the noun phrases of a question in order; *of* and a possessive part two.

    >>> [phrase.text for phrase in noun_phrases("How long is Ireland's coast at the end of summer?")]
    ['Ireland', 'coast', 'summer']
    """
    found = list(WORD.finditer(question))
    runs = list(_runs(question, found, main_verb(question)))
    return [_phrase(question, found, first, last) for first, last in runs]


def main_verb(question: str) -> int | None:
    """
    Return where the verb of a question with *do* or *can* begins, if its place tells; otherwise None.

    >>> main_verb("Does the warranty cover batteries?"), main_verb("How do I reset my password?")
    (18, 9)
    """
    found = list(WORD.finditer(question))
    low = [plain(word[0]) for word in found]
    auxiliary = next((at for at, word in enumerate(low) if word in _ASKING_AUXILIARIES), None)
    if auxiliary is None or auxiliary + 1 >= len(low):
        return None
    if low[auxiliary + 1] in _SUBJECTS:
        return found[auxiliary + 2].start() if auxiliary + 2 < len(low) else None
    subject = False
    for at in range(auxiliary + 1, len(low)):
        if subject and low[at] in _MAIN_VERBS:
            # "Does the court order require": of two such words the first is a noun.
            later = at + 1 < len(low) and low[at + 1] in _MAIN_VERBS
            return found[at + later].start()
        subject = subject or is_noun(found[at][0]) or low[at] in NEEDING_MORE
    # "What does the law propose?" ends with its verb, which isn't listed.
    own = low[auxiliary + 1 :]
    has_object = any(word in PREPOSITIONS | ARTICLES | AUXILIARIES for word in own[1:])
    ends = low[auxiliary] in _DO and len(own) > 1 and not has_object
    return found[-1].start() if ends and own[-1].isalpha() else None


def _runs(question: str, found: Sequence[re.Match[str]], verb: int | None) -> Iterator[tuple[int, int]]:
    """Ranges of words, first and last, that make up a phrase with a noun in it."""
    run: list[int] = []
    # "Summarise the lease": the request isn't a part of what it asks for.
    opening = 1 if len(found) > 1 and plain(found[0][0]) in REQUESTS else 0
    for at in range(opening, len(found) + 1):
        here = at < len(found) and found[at].start() != verb and not _is_measure(found, at)
        if here and _goes_on(question, found, run, at):
            run.append(at)
            continue
        while run and (is_participle(found[run[-1]][0]) or _is_predicate(found, run)):
            run.pop()
        if any(is_noun(found[number][0]) for number in run):
            yield run[0], run[-1]
        run = [at] if here and _belongs(found[at][0], []) else []


def _is_predicate(found: Sequence[re.Match[str]], run: Sequence[int]) -> bool:
    """Return whether a run ends with what is said of it: "is the pool open?"."""
    asked = plain(found[0][0]) in ("is", "are", "was", "were")
    return asked and len(run) > 1 and plain(found[run[-1]][0]) in PREDICATES


def _is_measure(found: Sequence[re.Match[str]], at: int) -> bool:
    """Return whether a word is the measure of "how far"."""
    return at > 0 and plain(found[at - 1][0]) == "how" and plain(found[at][0]) in MEASURES


def _goes_on(question: str, found: Sequence[re.Match[str]], run: Sequence[int], at: int) -> bool:
    if not run:
        return _belongs(found[at][0], [])
    before, word = found[run[-1]], found[at][0]
    between = question[before.end() : found[at].start()].strip()
    apart = between and not (between == "." and _ABBREVIATION.fullmatch(before[0]))
    begins_a_name = word[0].isupper() and before[0].islower() and not _ABBREVIATION.fullmatch(before[0])
    if apart or begins_a_name or _POSSESSIVE.search(before[0]):
        return False
    return _belongs(word, [found[number][0] for number in run])


def _belongs(word: str, run: Sequence[str]) -> bool:
    """Return whether a word can continue the phrase of *run*."""
    low = plain(word)
    if len(word) > MAX_WORD or is_acronym(word):
        return len(word) <= MAX_WORD
    if is_time(word) or low in GRAMMAR or low in VERBS:
        return False
    # A participle may be inside a phrase, but not before or after its noun: "the mls | called outside".
    return not is_participle(word) or (bool(run) and not is_noun(run[-1]))


def _phrase(question: str, found: Sequence[re.Match[str]], first: int, last: int) -> NounPhrase:
    start, end = found[first].start(), found[last].end()
    possessive = _POSSESSIVE.search(found[last][0])
    if possessive:
        end -= len(possessive[0]) if possessive[0].lower().endswith("s") else 1
    before = first - 1
    if before > 0 and plain(found[before][0]) in ORDINALS and plain(found[before - 1][0]) in ARTICLES:
        start, before = found[before].start(), before - 1  # "a first offence"
    article, article_start = "", start
    if before >= 0 and (plain(found[before][0]) in ARTICLES or _POSSESSIVE.search(found[before][0])):
        article, article_start = plain(found[before][0]), found[before].start()
        before -= 1
        if _POSSESSIVE.search(article):  # the name before it is a phrase of its own
            article_start = start
    preposition = plain(found[before][0]) if before >= 0 and plain(found[before][0]) in PREPOSITIONS else ""
    return NounPhrase(start, end, question[start:end], article, article_start, preposition)


def split_words(question: str) -> list[str]:
    """Return the words of a question, as typed."""
    return WORD.findall(question[:MAX_CHARACTERS])


def is_question(text: str) -> bool:
    """Return whether a text begins as a question does, and asks more than its question words."""
    words = split_words(text)
    if len(words) < 2 or is_bare_question_word(words):
        return False
    first, second = (plain(word) for word in words[:2])
    return first in ASKING | AUXILIARIES or (first in PREPOSITIONS and second in ASKING)


def is_request(text: str) -> bool:
    """Return whether a text asks for something without a question: "list the traits"."""
    words = split_words(text)
    return len(words) > 1 and plain(words[0]) in REQUESTS


def is_bare_question_word(words: Sequence[str]) -> bool:
    """Return whether a question has only question words: "since when?", "how much?"."""
    low = {plain(word) for word in words}
    return len(words) <= 4 and bool(low & ASKING) and low <= _BARE


def requested_phrase(question: str, phrases: Sequence[NounPhrase]) -> NounPhrase | None:
    """
    Return the phrase that the question word belongs to: "murders" of "how many murders were there?".

    Args:
        question: As typed.
        phrases: Its noun phrases.
    """
    match = _ASKING_FOR.match(question)
    return phrases[0] if match and phrases and phrases[0].start == match.end() else None


def is_plural(text: str) -> bool:
    """Return whether a phrase names several things, by its ending or by *and*."""
    head = _COMPLEMENT.split(text, maxsplit=1)[0].lower()
    return " and " in text or (head.endswith("s") and not head.endswith(("ss", "us", "is", "'s")))


def has_determiner(text: str) -> bool:
    """Return whether a phrase begins with an article, *this* or *my*."""
    return plain(first_word(text)[0]) in ARTICLES


def first_word(text: str) -> tuple[str, str]:
    """Return the first word of a text, and what comes after it."""
    first, *rest = text.split(maxsplit=1) or [""]
    return first, rest[0] if rest else ""


def without_mark(question: str) -> str:
    """Return a question without the marks at its end."""
    return question.strip().rstrip("?.! ")
