"""
The two sides of a question that compares, and the plain question about each.

A side is what stands before and after a connective such as *or* or *than*, as far as words of grammar, verbs
and punctuation allow. What is left of the question, without the words that only compare, is asked of each
side.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import dropwhile
from pathlib import Path
from typing import Any

from qa.answering.answerers.lexicon import words_in
from qa.answering.english import (
    ARTICLES,
    ASKING,
    AUXILIARIES,
    GRAMMAR,
    PREPOSITIONS,
    VERBS,
    is_participle,
    is_time,
)
from qa.answering.languages import ENGLISH, detect_language
from qa.answering.question_forms import replaced_phrase

MAX_LENGTH = 300
"""Maximum characters of a question that is split."""
MAX_SIDE_WORDS = 7
"""Maximum words of a side, unless it is a question of its own."""
MIN_QUESTION = 8
"""Minimum characters of a side that is a question of its own."""

_WORD = re.compile(r"[^\W_]+(?:[-'.&][^\W_]+)*")
_TOKEN = re.compile(r"\S+")
_EDGES = " ,.;:?!()"
_ASKING = r"(?:how|what|when|who|which|where|why)\b"
_ASKING_IS = re.compile(r"\b(what|who|where|when|how)(?:'s|s)\b", re.I)
_TWO_QUESTIONS = re.compile(rf"(?P<a>{_ASKING}.+?),? and (?P<b>{_ASKING}.+)", re.I)
_PRONOUN = re.compile(r"\b(?:it|its|they|their|them|he|his|him|she|her|this|that)\b", re.I)
_THEY = re.compile(r"\b(?:they|each(?: of them)?|both(?: of them)?|these|those|it)\b", re.I)
_THAT_OF = re.compile(r"(?:that|those|it|the one|they) (?=(?:in|of|for|at|on|from)\b)", re.I)
_EACH_OF_THEM = re.compile(r"\beach of (?:them|these|those)\b", re.I)
_HOW_DOES = re.compile(r"(?:how )?(?:do|does|did)\b", re.I)
"""How a question opens whose verb is *differ* or *compare*."""
_CHOICE = re.compile(r"(?:which|who|whose|what)\b", re.I)
_ONE = re.compile(r"\b(which|what|each|every) ones?\b", re.I)
_WHO = re.compile(r"(?:who|which|what|how many|how much)(?: ones?)?\b\s*", re.I)
_MORE_OF = re.compile(
    r"(?:which|what|who)(?: ones?)? (?:will |would )?(?P<verb>cost|last|take|weigh|earn|pay|run|go)(?:e?s)? "
    r"(?:the )?(?P<degree>longer|longest|more|most|less|least|faster|fastest|further|furthest)\W*$",
    re.I,
)
_AMOUNT = re.compile(
    r"\W*(?:\d|(?:once|twice|one|two|three|four|five|six|seven|eight|nine|ten|half)\b)", re.I
)
"""More than 65, more than once a year."""
_PAUSES = tuple(",;:?!")
_ASKS_IN_WHAT = re.compile(
    r"(?:(?:is|are) there|what (?:is|are))(?: an?| any| the)? (?:in|between) (?:the )?(?=\w)", re.I
)
"""What is left of "is there a difference in" and the like."""
_DO = frozenset("do does did will would can could should".split())


@dataclass(frozen=True, slots=True)
class Side:
    """
    One thing that is compared.

    Args:
        name: Its name in the question.
        question: The question about it.
        noun: The last word of the name, if it is that of the other side's name as well; otherwise empty.
    """

    name: str
    question: str
    noun: str = ""

    @property
    def asks_what_it_is(self) -> bool:
        """Return whether the question asks nothing more of the side."""
        return self.question == f"what is {self.name}?"

    @property
    def short_question(self) -> str:
        """Return the question about the name without the noun that both have: "what is a C-1?"."""
        if not (self.noun and self.asks_what_it_is):
            return self.question
        return f"what is {self.name.removesuffix(self.noun).strip()}?"

    @property
    def is_question(self) -> bool:
        """Return whether the side is a question of its own."""
        return re.match(_ASKING, self.name, re.I) is not None


def split_sides(question: str) -> tuple[Side, ...]:
    """
    Return the two sides that *question* compares, in its order; empty if it compares nothing.

    >>> [side.question for side in split_sides("Did Tern or Sala have more guests?")]
    ['how many guests did Tern have?', 'how many guests did Sala have?']
    """
    plain = " ".join(question.replace("’", "'").split()).rstrip(" .?!")
    if len(plain) > MAX_LENGTH:
        return ()
    language = detect_language(plain)
    if language != ENGLISH:
        return _in_language(plain, language)
    plain = _ASKING_IS.sub(r"\1 is", plain)
    for split in (_questions, _adjacent, _distant):
        sides = split(plain)
        if len(sides) == 2 and sides[0].name.lower() != sides[1].name.lower():
            last = [side.name.split()[-1] for side in sides]
            same = last[0] == last[1] and all(len(side.name.split()) > 1 for side in sides)
            return tuple(replace(side, noun=last[0] if same else "") for side in sides)
    return ()


def telling_words(text: str) -> list[str]:
    """Return the words of *text* that aren't stop words, in lower case; one with a hyphen is one word."""
    words = _WORD.findall(text)
    return [word.lower().removesuffix("'s") for word in words if not _is_stop_word(word)]


def _is_stop_word(word: str) -> bool:
    label = len(word) == 1 and word.isupper() and word != "I"  # "plan A"
    return not label and word.lower() in words_in("stop")


def _in_language(plain: str, language: str) -> tuple[Side, ...]:
    for pattern in _patterns(language):
        if match := pattern.fullmatch(plain):
            names = [match[side].strip(" ,.?¿¡!\"'") for side in ("a", "b")]
            if all(telling_words(name) and len(name.split()) <= MAX_SIDE_WORDS for name in names):
                return tuple(
                    Side(name, _data()["languages"][language]["side"].format(x=name)) for name in names
                )
    return ()


def _questions(plain: str) -> tuple[Side, ...]:
    """Return two questions that *and* joins, if the second says what it is about."""
    match = _TWO_QUESTIONS.fullmatch(plain)
    if match is None or _PRONOUN.search(match["b"]) or min(len(match["a"]), len(match["b"])) < MIN_QUESTION:
        return ()
    return tuple(Side(match[side], f"{match[side]}?") for side in ("a", "b"))


def _adjacent(plain: str) -> tuple[Side, ...]:
    """Return the sides right before and after a connective: "Tern or Sala"."""
    tokens = _Tokens(plain)
    for at in range(1, len(tokens) - 1):
        if not _connects(tokens, at):
            continue
        left, right = _operands(tokens, at)
        if left is None or right is None:
            continue
        asks = any(tokens.bare(number) in _DO for number in range(left[0]))
        if asks and right[1] == len(tokens) and right[1] - right[0] > 1 and not _says_it_compares(tokens):
            right = right[0], right[1] - 1  # "did men or women travel": the last word is the verb
        if _is_numbered(tokens, left[1] - 1) and _is_numbered(tokens, right[0]):
            right = right[0], right[0] + 1  # "version 3.1 vs 3.2 support": what is after it is asked
        if _THAT_OF.match(tokens.text(*right)):
            right = right[0] + 2, right[1]  # "compare to that of France"
        names = _with_shared_words(tokens.text(*left), tokens.text(*right))
        if not all(_is_name(name) for name in names):
            continue
        before, after = tokens.text(0, left[0]), tokens.text(right[1], len(tokens))
        if any(tokens.bare(number) in ("compare", "differ") for number in range(right[0])):
            before = _HOW_DOES.sub("what is", before, count=1)
        apart = left[0] > 0 and tokens.has_pause(left[0] - 1)
        if _are_years(tokens, at) and (apart or not _counted(before, after)[0]):
            return tuple(Side(name, _question_of_year(name, before, after)) for name in names)
        if _EACH_OF_THEM.search(after):
            return tuple(
                Side(name, f"{before} {name.join(_EACH_OF_THEM.split(after))}?".lstrip(_EDGES))
                for name in names
            )
        if more := _MORE_OF.match(before):
            return tuple(Side(name, _question_how(name, more, after)) for name in names)
        return tuple(Side(name, _question_of(name, before, after, apart=apart)) for name in names)
    return ()


def _distant(plain: str) -> tuple[Side, ...]:
    """Return the sides of "did Tern have more guests than Sala": the second takes the first one's place."""
    match = _distant_pattern().search(plain)
    if match is None:
        return ()
    base, rest = plain[: match.start()].strip(_EDGES), _THAT_OF.sub("", match["rest"])
    tokens = _Tokens(rest)
    start, end = _right_operand(tokens, 0, "")
    preposition = f"{tokens[0]} " if start and tokens[0].lower() in PREPOSITIONS else ""
    fragment = f"{preposition}{tokens.text(start, end)}"
    words = [
        word for word in f"{base} {tokens.text(end, len(tokens))}".split() if not _is_degree(word.lower())
    ]
    first = replaced_phrase(" ".join(words), fragment)
    if first is None or _AMOUNT.match(tokens.text(start, end)):
        return ()
    names = _with_shared_words(first.text, tokens.text(start, end))
    if not all(_is_name(name) for name in names):
        return ()
    whole = f"{base} {tokens.text(end, len(tokens))}"
    place = whole.find(first.text)
    if place < 0:
        return ()
    end = place + len(names[0] if whole[place:].startswith(names[0]) else first.text)
    before, after = whole[:place], whole[end:]
    return tuple(Side(name, _question_of(name, before, after)) for name in names)


class _Tokens:
    """The words of a question with their marks, and where they are."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found = list(_TOKEN.finditer(text))

    def __len__(self) -> int:
        return len(self._found)

    def __getitem__(self, at: int) -> str:
        return self._found[at][0]

    def bare(self, at: int) -> str:
        """Return a word in lower case without the marks around it."""
        return self[at].strip(_EDGES).lower()

    def text(self, first: int, end: int) -> str:
        """Return the words [first, end) as typed, without the marks around them."""
        return (
            ""
            if first >= end
            else self._text[self._found[first].start() : self._found[end - 1].end()].strip(_EDGES)
        )

    def has_pause(self, at: int) -> bool:
        """Return whether a mark after a word, or a dash, ends the phrase."""
        return self[at].endswith(_PAUSES) or self[at] in ("-", "–", "—")


def _is_numbered(tokens: _Tokens, at: int) -> bool:
    """Return whether a word is a number that isn't a year, such as that of a version."""
    return tokens.bare(at)[:1].isdigit() and not is_time(tokens.bare(at))


def _connects(tokens: _Tokens, at: int) -> bool:
    """Return whether a word stands between two things that are compared."""
    word = tokens[at].lower()
    if word in _words("always"):
        return True
    if word in ("to", "with") and tokens.bare(at - 1) == "compared":  # "3.1 compared with 3.2"
        return at > 1 and _is_numbered(tokens, at - 2) and _is_numbered(tokens, at + 1)
    others = [tokens.bare(number) for number in range(len(tokens)) if number != at]
    says_so = any(other in _words("cues") for other in others) or bool(
        re.search(rf" in common\b|{_EACH_OF_THEM.pattern}", " ".join(others))
    )
    if word in _words("chosen"):
        return says_so or any(_is_degree(other) for other in others) or _is_choice(tokens, at)
    if word == "and":
        return says_so or _is_parallel(tokens, at)
    if word in ("from", "to", "with", "than", "until"):
        return says_so or (word in ("to", "until") and _are_years(tokens, at) and _changes(others))
    return False


def _says_it_compares(tokens: _Tokens) -> bool:
    return any(tokens.bare(number) in _words("cues") for number in range(len(tokens)))


def _is_choice(tokens: _Tokens, at: int) -> bool:
    """Return whether a question word's choice is named apart from it: "who signed, Tern or Sala?"."""
    marks = any(tokens.has_pause(number) for number in range(len(tokens) - 1))
    words = " ".join(tokens[number] for number in range(len(tokens)))
    return marks and any(_CHOICE.match(part.strip()) for part in re.split(r"[,:;?]| [-–—] ", words))


def _is_parallel(tokens: _Tokens, at: int) -> bool:
    """Return whether a preposition is repeated: "in Tern and in Sala"."""
    after = tokens.bare(at + 1)
    if after not in PREPOSITIONS or after == "of":
        return False
    left = _left_operand(tokens, at)
    return left is not None and left[0] > 0 and tokens.bare(left[0] - 1) == after


def _changes(words: Sequence[str]) -> bool:
    return any(word in _words("changing") for word in words)


def _are_years(tokens: _Tokens, at: int) -> bool:
    """Return whether years are around a word: "2019 or 2020", "2019 or in 2020"."""
    after = at + 2 if tokens.bare(at + 1) in PREPOSITIONS and at + 2 < len(tokens) else at + 1
    return all(re.fullmatch(r"(?:fy)?(?:1[5-9]|20)\d\d", tokens.bare(number)) for number in (at - 1, after))


def _operands(tokens: _Tokens, at: int) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """Return the ranges of the two sides around a connective; None for one that there isn't."""
    left = _left_operand(tokens, at)
    if left is None:
        return None, None
    before = tokens.bare(left[0] - 1) if left[0] else ""
    right = _right_operand(tokens, at + 1, before)
    if right[0] >= right[1]:
        return left, None
    # "lag on a zoo series with lag on a zooreg series": both depend on a phrase of their own.
    if before in PREPOSITIONS and right[1] + 1 < len(tokens) and tokens.bare(right[1]) == before:
        outer = _left_operand(tokens, left[0] - 1)
        inner = _right_operand(tokens, right[1] + 1, "")
        if outer and not tokens.has_pause(right[1] - 1) and inner[0] < inner[1]:
            return (outer[0], left[1]), (right[0], inner[1])
    return left, right


def _left_operand(tokens: _Tokens, end: int) -> tuple[int, int] | None:
    """Return the range of the phrase that ends before *end*; None if there is none."""
    while end > 0 and tokens.bare(end - 1) in _words("comparing"):  # "how does Tern compare to Sala?"
        end -= 1
    start = end
    while start > 0 and end - start < MAX_SIDE_WORDS:
        if start < end and tokens.has_pause(start - 1):
            break
        word = tokens.bare(start - 1)
        article = word in ARTICLES and not tokens[start - 1].isupper()
        adjective = start < end and _is_adjective(tokens, start - 1)
        if _ends_phrase(tokens[start - 1]) and not article and not adjective:
            break
        start -= 1
        if article:
            break
    return (start, end) if telling_words(tokens.text(start, end)) else None


def _is_adjective(tokens: _Tokens, at: int) -> bool:
    """Return whether a verb's form before a noun is part of the name: "a paid fare"."""
    before = tokens.bare(at - 1) if at else ""
    return before in ARTICLES or (is_participle(tokens[at]) and before not in AUXILIARIES)


def _right_operand(tokens: _Tokens, start: int, before: str) -> tuple[int, int]:
    """Return the range of the phrase that begins at *start*, without a preposition that the left has too."""
    while start < len(tokens) and (
        tokens.bare(start) == before or tokens.bare(start) in ("more", "less", "fewer")
    ):
        start += 1
    if start < len(tokens) and not before and tokens.bare(start) in PREPOSITIONS:
        start += 1
    end = start
    while end < len(tokens) and end - start < MAX_SIDE_WORDS:
        word = tokens.bare(end)
        after_article = end > start and tokens.bare(end - 1) in ARTICLES
        opens = after_article or (end == start and (word in ARTICLES or is_participle(tokens.bare(end))))
        if _ends_phrase(tokens[end]) and not opens and not (end > start and word in ("one", "ones")):
            break
        end += 1
        if tokens.has_pause(end - 1):
            break
    return start, end


def _ends_phrase(token: str) -> bool:
    """Return whether a word can't be part of a name: a word of grammar, a verb or a word that compares."""
    word = token.strip(_EDGES)
    if (word.isupper() and word != "I") or is_time(word):  # "plan A", "the May report"
        return False
    low = word.lower()
    if not any(letter.isalnum() for letter in word):
        return True
    grammar = low in GRAMMAR or low in VERBS or low in ("cost", "costs")
    return (
        grammar
        or (is_participle(word) and low.endswith("ed"))
        or low in _words("comparing")
        or _is_degree(low)
    )


def _with_shared_words(one: str, other: str) -> tuple[str, str]:
    """
    Return both names with the words that they share.

    >>> _with_shared_words("strong", "dextrous units"), _with_shared_words("Debian 2.0", "2.1")
    (('strong units', 'dextrous units'), ('Debian 2.0', 'Debian 2.1'))
    """
    first, second = _without_article(one), _without_article(other)
    noun = second[-1] if second else ""
    if noun in ("one", "ones") and len(first) > 1:
        return one, f"{other.removesuffix(noun)}{first[-1]}"
    numbered = bool(first and second) and first[-1][-1:].isdigit() and second[0][-1:].isdigit()
    if len(second) == 1 and len(first) > 1 and numbered:
        return one, " ".join([*one.split()[:-1], *second])
    # "The tall clock or the back room workshop": with an article of its own, a name of two words is whole.
    articles = len(first) < len(one.split()) and len(second) < len(other.split())
    same_length = len(first) == len(second) - 1 and 0 < len(first) <= (1 if articles else 2)
    is_name = noun[:1].isupper() and not one[:1].islower()
    if (
        same_length
        and not is_name
        and not first[-1].lower().endswith(noun.lower())
        and not _is_several(first[-1])
        and noun.isalpha()
    ):
        return f"{one} {noun}", other
    return one, other


def _without_article(name: str) -> list[str]:
    words = name.split()
    return words[1:] if words and words[0].lower() in ARTICLES else words


def _is_several(word: str) -> bool:
    return word.islower() and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s"))


def _question_how(name: str, more: re.Match[str], after: str) -> str:
    """Return "how long does the tram take?" for "which takes longer, the tram or the bus?"."""
    adverb = _data()["adverbs"][more["degree"].lower()]
    return " ".join(["how", adverb, "does", name, more["verb"], after]).rstrip() + "?"


def _question_of(name: str, before: str, after: str, *, apart: bool = False) -> str:
    """
    Return what is asked of one side, without the words that only compare.

    Args:
        name: The side.
        before: The words of the question before the sides.
        after: Those after them.
        apart: Whether a comma or the like parts the sides from the words before them.
    """
    counted, before, after = _counted(before[:1].lower() + before[1:], after)
    first, last = (
        [word for one in text.split() if (word := _without_comparison(one))] for text in (before, after)
    )
    article = name.split(maxsplit=1)[0].lower() in ARTICLES
    while first and (first[-1].lower() == "between" or (article and first[-1].lower() in ARTICLES)):
        first.pop()
    rest = [*first, *last]
    if counted:
        words = [name, *first] if apart else [*first, name, *last]
        return f"how many {' '.join([counted, *words]).strip(_EDGES)}?"
    if _THEY.search(" ".join(rest)):  # "how many do they have": their name replaces *they*
        text = _THEY.sub(lambda match: name, _ONE.sub(r"\1", " ".join(rest)), count=1)
        return f"{text.strip(_EDGES)}?"
    content = [word for word in rest if _is_content(word)]
    if not content:
        return f"what is {name}?"
    if len(content) == 1 and content[0].lower().strip(_EDGES) in _words("measures"):
        return f"what is the {content[0].strip(_EDGES)} of {name}?"
    if apart and not last and _CHOICE.match(rest[0]):  # "who signed, Tern or Sala?"
        return f"{name} {' '.join(_ONE.sub(r'which', ' '.join(first)).split()[1:])}".strip(_EDGES) + "?"
    return _joined_question(name, first, last)


def _joined_question(name: str, first: Sequence[str], last: Sequence[str]) -> str:
    """Return the words around a side with its name between them, as a question."""
    if opening := _ASKS_IN_WHAT.match(" ".join(first)):  # "is there a (difference) in price (between)"
        asked = " ".join(first)[opening.end() :].removesuffix(" of")
        return f"what is the {asked} of {' '.join([name, *last])}".strip(_EDGES) + "?"
    if _is_interrogative(first) or _is_interrogative(last):
        return " ".join([*first, name, *last]).strip(_EDGES) + "?"
    first = list(dropwhile(lambda word: word.lower() in PREPOSITIONS, first))  # "the difference in price"
    joined = [] if not first or first[-1].lower() in PREPOSITIONS else ["of"]
    return f"what is {' '.join([*first, *joined, name, *last]).strip(_EDGES)}?"


def _counted(before: str, after: str) -> tuple[str, str, str]:
    """
    Return the noun that a question counts, and the words without it: "more guests" asks for how many.

    >>> _counted("did", "have more guests in 2019")
    ('guests', 'did', 'have in 2019')
    """
    texts = [before, after]
    for number, text in enumerate(texts):
        words = text.split()
        for at in range(len(words) - 1):
            end = _counted_end(words, at + 1) if words[at].lower() in _words("counting") else 0
            if end:
                texts[number] = " ".join(words[:at] + words[end:])
                noun = " ".join(words[at + 1 : end]).strip(_EDGES)
                return noun, _WHO.sub("", texts[0], count=1), texts[1]
    return "", before, after


def _counted_end(words: Sequence[str], start: int) -> int:
    """Return where a plural noun ends that a word or none stands before: "money requests"; 0 without one."""
    for at in range(start, min(start + 2, len(words))):
        bare = words[at].strip(_EDGES)
        if bare.lower() in GRAMMAR or bare.lower() in VERBS:
            return 0
        if _is_several(bare):
            return at + 1
    return 0


def _question_of_year(year: str, before: str, after: str) -> str:
    """Return "what was revenue in 2013?" for "how did revenue change from 2013 to 2016?"."""
    left_out = (
        ASKING | AUXILIARIES | _words("changing") | _words("comparing") | {"much", "by", "year", "there"}
    )
    words = [word for word in f"{before} {after}".split() if word.lower().strip(_EDGES) not in left_out]
    kept = [word for word in words if not _is_degree(word.lower().strip(_EDGES))]
    while kept and kept[-1].lower() in PREPOSITIONS:
        kept.pop()
    return f"what was {' '.join(dropwhile(lambda word: word.lower() in PREPOSITIONS, kept))} in {year}?"


def _is_content(word: str) -> bool:
    bare = word.strip(_EDGES)
    return bool(telling_words(bare)) and bare.lower() not in GRAMMAR


def _is_interrogative(words: Sequence[str]) -> bool:
    return any(word.lower().strip(_EDGES) in ASKING | AUXILIARIES for word in words)


def _without_comparison(word: str) -> str:
    """Return a word of a question about a side; "" for one that compares, the measure for an adjective."""
    low = word.strip(_EDGES).lower()
    if low in _words("comparing") and low != "between":
        return ""
    degree = _degrees().get(low)
    return word if degree is None else degree


def _is_name(name: str) -> bool:
    """Return whether words name a thing."""
    return bool(telling_words(name)) and len(name.split()) <= MAX_SIDE_WORDS


def _is_degree(word: str) -> bool:
    return word in _degrees()


@cache
def _degrees() -> Mapping[str, str]:
    """Return comparatives and superlatives with what they measure, "" for nothing in particular."""
    forms = dict.fromkeys(_data()["degrees"].split(), "")
    for adjective, measure in _data()["adjectives"].items():
        for ending in ("er", "est"):
            forms[_inflected(adjective, ending)] = measure
    return forms


def _inflected(adjective: str, ending: str) -> str:
    """Return a comparative or superlative: *bigger*, *later*, *earliest*."""
    if adjective.endswith("e"):
        return adjective + ending[1:]
    if adjective.endswith("y"):
        return f"{adjective[:-1]}i{ending}"
    if re.search(r"[^aeiou][aeiou][gdtn]$", adjective):
        return adjective + adjective[-1] + ending
    return adjective + ending


@cache
def _words(name: str) -> frozenset[str]:
    if name == "measures":
        return frozenset(measure for measure in _data()["adjectives"].values() if measure)
    return frozenset(_data()[name].split())


@cache
def _distant_pattern() -> re.Pattern[str]:
    return re.compile(rf"[\s,]+(?:{_data()['distant']})\s+(?P<rest>.+)", re.I)


@cache
def _patterns(language: str) -> Sequence[re.Pattern[str]]:
    lines = _data()["languages"].get(language, {}).get("patterns", "").strip().splitlines()
    return [re.compile(line, re.I) for line in lines]


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("comparison_words.toml").read_text(encoding="utf-8"))
