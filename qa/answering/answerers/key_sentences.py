"""
The sentences of a document that say what it is about.

A sentence is scored without a model: by its position (Edmundson, "New Methods in Automatic Extracting",
1969), its wording, and its share of the words that the document repeats (Nenkova and Vanderwende, "The Impact
of Frequency on Summarization", 2005). The best are then compared as vectors, so that those close to all
others come first (Radev et al., "Centroid-based summarization of multiple documents", 2004) and none repeats
another (Carbonell and Goldstein, "The Use of MMR", 1998).
"""

import math
import re
import tomllib
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from index import ENGLISH, Vectors, detect_language, languages
from index.records import Block, BlockKind, Document
from qa.answering.dictionaries import is_known

MIN_LENGTH, MAX_LENGTH = 30, 420
"""Bounds of a shown sentence in characters."""
MIN_CELL_LENGTH = 60
"""Minimum characters of a table cell with sentences."""
GOOD_LENGTHS = (60, 260)
"""Bounds of the ideal length of a point in characters."""
MIN_WORDS = 6
MIN_WORDS_OF_ITEM = 4
MIN_WORDS_OPEN = 9
"""Minimum words of a paragraph that may be one sentence without a full stop."""
MIN_CONTENT_WORDS, MIN_CONTENT_WORDS_OF_ITEM = 4, 3
"""Minimum number of different content words of a sentence."""
MIN_LETTERS = 0.75
"""Minimum share of letters in the characters of a sentence, without white space."""
MIN_CAPITALS = 0.8
"""Minimum share of capitalised content words for a line without a full stop to be a line of names."""
MISREAD_WORDS = 2.5
"""Score that an English sentence loses if all of its words are misread, as in a bad scan."""
MAX_BOILERPLATE = 0.3
"""Maximum share of boilerplate sentences in a paragraph that isn't boilerplate."""
RUNNING_HEAD = 3
"""Minimum repetitions of a block, apart from its numbers, for it to be a running head or foot."""
OPENING = 12
"""Sentences at the beginning of a document that are more likely than others to say what it is about."""
FIRST_OF_SECTION = 0.3
"""Score that the first sentence of a section gains."""


@dataclass(frozen=True, slots=True)
class KeySentence:
    """
    A sentence that can be shown in an overview.

    Args:
        start: Offset of its first character in the document's text.
        end: Offset one past the last.
        block: Number of the paragraph or list item it is in, to tell neighbours.
        prior: What its section and its wording say for it; higher is better, comparable within a document.
        opening: How near to the document's beginning it is: 1 for the first sentence, 0 after some more.
        words: The beginnings of its content words.
    """

    start: int
    end: int
    block: int
    prior: float
    opening: float = 0.0
    words: frozenset[str] = frozenset()


def key_sentences(document: Document, ranges: Sequence[tuple[int, int]] | None = None) -> list[KeySentence]:
    """
    Return the sentences that can be shown in an overview of *document*, in order.

    Args:
        document: With its blocks and sentences.
        ranges: Parts of the text to look at, in order; None means all of it.
    """
    candidates = list(_candidates(document, _blocks(document, ranges)))
    texts = [document.text[one.start : one.end] for one in candidates]
    seen: set[str] = set()
    usable = []
    for candidate, text in zip(candidates, texts, strict=True):
        plain = " ".join(text.lower().split())
        if plain not in seen:
            seen.add(plain)
            usable.append(candidate)
    texts = [document.text[one.start : one.end] for one in usable]
    words = [frozenset(content_words(text)) for text in texts]
    title = frozenset(content_words(document.title))
    is_english = detect_language(document.text) == ENGLISH
    word_counts = (
        Counter(word for text in texts for word in _SMALL_WORD.findall(text)) if is_english else Counter()
    )
    return [
        KeySentence(
            start=one.start,
            end=one.end,
            block=one.block,
            prior=one.section
            + wording(text)
            + 2.0 * significance
            + 0.5 * _share(title, own)
            - MISREAD_WORDS * misread_share(text, word_counts),
            opening=one.opening,
            words=own,
        )
        for one, text, own, significance in zip(usable, texts, words, word_significance(words), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    end: int
    block: int
    section: float
    opening: float


def _blocks(document: Document, ranges: Sequence[tuple[int, int]] | None) -> Iterator[tuple[int, Block]]:
    """Yield the blocks within *ranges* with their numbers, each once."""
    if ranges is None:
        yield from enumerate(document.blocks)
        return
    following = 0
    for start, end in ranges:
        number = max(following, bisect_right(document.blocks, start, key=lambda block: block.end))
        while number < len(document.blocks) and (block := document.blocks[number]).start < end:
            yield number, block
            number += 1
        following = max(following, number)


def _candidates(document: Document, blocks: Iterable[tuple[int, Block]]) -> Iterator[_Candidate]:
    """Yield the sentences of prose, each with the score of its position."""
    shown = 0
    for number, block, section, opens_section in _prose(document, list(blocks)):
        first = FIRST_OF_SECTION if opens_section else 0.0
        for start, end in _shown_sentences(document, block):
            yield _Candidate(start, end, number, section + first, max(0.0, 1 - shown / OPENING))
            first = 0.0
            shown += 1


def _prose(
    document: Document, blocks: Sequence[tuple[int, Block]]
) -> Iterator[tuple[int, Block, float, bool]]:
    """Yield blocks with their numbers, the score of their section, and whether they are its first."""
    repeated = _running_heads(document.text, [block for _, block in blocks])
    section, opens_section, before = 0.0, False, -1
    for number, block in blocks:
        if number != before + 1:
            section, opens_section = 0.0, False  # what is between wasn't asked for
        before = number
        text = document.text[block.start : block.end]
        if _plain_block(text) in repeated:
            continue
        is_heading = block.kind is BlockKind.HEADING or _is_bare_heading(block, text)
        if is_heading:
            section, opens_section = section_weight(text), True
        if section >= 0 and (not is_heading or _is_sentence_heading(text)):
            yield number, block, section, opens_section
            opens_section = False


def _shown_sentences(document: Document, block: Block) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a block that can be shown; none of a paragraph of boilerplate."""
    ranges = list(_sentences(document, block))
    texts = [document.text[start:end] for start, end in ranges]
    if MAX_BOILERPLATE * len(texts) < sum(map(is_boilerplate, texts)):
        return
    is_item = block.kind is BlockKind.LIST_ITEM
    needed = MIN_CONTENT_WORDS_OF_ITEM if is_item else MIN_CONTENT_WORDS
    for (start, end), text in zip(ranges, texts, strict=True):
        whole = end - start == block.end - block.start
        if is_prose(text, is_item, whole=whole) and len(set(content_words(text))) >= needed:
            yield start, end


def _sentences(document: Document, block: Block) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a block, without a bullet or a number before them."""
    for part_start, part_end in _parts(block):
        first = bisect_right(document.sentences, part_start, key=lambda sentence: sentence[1])
        last = bisect_left(document.sentences, part_end, key=lambda sentence: sentence[0])
        for number in range(first, last):
            start, end = document.sentences[number]
            start, end = max(start, part_start), min(end, part_end)
            mark = _MARK.match(document.text, start, end)
            yield (mark.end() if mark else start), end


def _parts(block: Block) -> list[tuple[int, int]]:
    """Return where a block has prose: in all of it, or in the long cells of a table row."""
    if block.kind in (BlockKind.CODE, BlockKind.CAPTION):
        return []
    if block.kind is not BlockKind.TABLE_ROW:
        return [(block.start, block.end)]
    return [(cell.start, cell.end) for cell in block.cells if cell.end - cell.start >= MIN_CELL_LENGTH]


_MARK = re.compile(
    r"(?:[^\w\s\"'“”‘’«»„(\[$€£§]|§(?=\s[A-Za-z])|[\ue000-\uf8ff]|[oO¨!](?=\s))+\s*|\s*(?:\(?[a-z]\)|\(?\d{1,2}[.)]|[A-Z]\.)\s+"
)
"""A bullet, a check box or the number of a list item; a section sign is one where fonts have none."""


def _is_bare_heading(block: Block, text: str) -> bool:
    """Return whether a paragraph is a heading that the format doesn't mark: a known one, or ``Held:``."""
    return block.kind is BlockKind.PARAGRAPH and len(text) <= 60 and section_weight(text) != 0


def _is_sentence_heading(text: str) -> bool:
    """Return whether a heading is a sentence, as on slides and leaflets."""
    return len(text.split()) >= 8 and text.rstrip().endswith((".", "!"))


def section_weight(heading: str) -> float:
    """
    Return the score that a section's heading gives its sentences; negative if they are left out.

    >>> section_weight("1 Introduction"), section_weight("References"), section_weight("Methods")
    (0.6, -1.0, 0.0)
    """
    bare = re.sub(
        r"^\W*(?:(?:\d+|[ivxIVX]+|[A-Z])(?:\.\d+)*[.)]?\s+)?|[\s:.]+$|\[edit\]$", "", heading.strip()
    )
    if any(pattern.fullmatch(bare) for pattern in _patterns("aside")):
        return -1.0
    return 0.6 if any(pattern.fullmatch(bare) for pattern in _patterns("summing_up")) else 0.0


def _running_heads(text: str, blocks: Sequence[Block]) -> frozenset[str]:
    counts = Counter(
        _plain_block(text[block.start : block.end]) for block in blocks if block.end - block.start < 200
    )
    return frozenset(plain for plain, count in counts.items() if count >= RUNNING_HEAD)


def _plain_block(text: str) -> str:
    return re.sub(r"[\W\d]+", " ", text.lower()).strip()


def is_prose(text: str, is_item: bool = False, *, whole: bool = False) -> bool:
    """
    Return whether *text* is a sentence that can be shown alone.

    Args:
        text: A sentence as the document has it.
        is_item: Whether it is a list item, which may be short and end without a stop.
        whole: Whether it is all of a paragraph, which may end without a stop if it is long.

    >>> is_prose("The guide explains how to close a mortgage."), is_prose("Purposes ........ 4")
    (True, False)
    """
    words = text.split()
    if not MIN_LENGTH <= len(text) <= MAX_LENGTH or len(words) < (
        MIN_WORDS_OF_ITEM if is_item else MIN_WORDS
    ):
        return False
    if _last_word(text) in _function_words():
        return False
    if _LINE_BREAK_HYPHEN.search(text) or (not is_item and is_name_line(text)):
        return False
    ends = is_item or _STOP.search(text) or (whole and len(words) >= MIN_WORDS_OPEN)
    if not ends or not _BEGINS.match(text) or _has("no_prose", text) or is_boilerplate(text):
        return False
    dense = [letter for letter in text if not letter.isspace()]
    letters = sum(letter.isalpha() for letter in dense)
    return letters >= MIN_LETTERS * len(dense) and not text.isupper() and _odd_words(words) <= 0.2


def is_name_line(text: str) -> bool:
    """
    Return whether *text* is a by-line, a letterhead or a title: nearly all capitals, and no full stop.

    >>> is_name_line("Ada Reed, Tom Vale and Ines Roth Language Systems Lab"), is_name_line("Ada drew a map")
    (True, False)
    """
    words = [word for word in _NAME_WORD.findall(text) if word not in _function_words()]
    if _STOP.search(text) or not words:
        return False
    return bool(sum(word[0].isupper() for word in words) >= MIN_CAPITALS * len(words))


def _last_word(text: str) -> str:
    """Return the word that *text* ends with, in lower case; empty if a stop ends it."""
    found = re.search(r"[^\W_]+$", text.rstrip())
    return found[0].lower() if found else ""


def is_boilerplate(text: str) -> bool:
    """Return whether *text* is boilerplate of printers, publishers or programs."""
    return _has("boilerplate", text)


_NAME_WORD = re.compile(r"[^\W\d_][\w'’.-]+")
_LINE_BREAK_HYPHEN = re.compile(r"[^\W\d_]-\s*$")
"""A word cut at the end of a line whose rest isn't there."""
_STOP = re.compile(r"[.!?…:;。！？][\"'”’»)\]]*(?:\[\w+\]|\d{1,2})*\s*$")
_BEGINS = re.compile(r"[\"'“”‘’«»„(\[]*(?:[^\W_a-zß-öø-ÿ]|[a-z]+[A-Z]|[\u3040-\u9fff])")
"""A capital, a digit, or a name such as *iPhone*: any other beginning is that of a fragment."""


def _odd_words(words: Sequence[str]) -> float:
    """Return the share of words that no language has, as bad recognition of a scan leaves them."""
    odd = sum(bool(_ODD.search(word)) for word in words)
    return odd / len(words)


_ODD = re.compile(r"[a-z][A-Z]{1,2}[a-z]|[a-zA-Z]\d[a-zA-Z]|^[b-hj-zB-HJ-Z]$|[^\W\d_][·\\\]]+[^\W\d_]")


def wording(text: str) -> float:
    """Return the score of a sentence's wording, about -3 to 1; higher is better."""
    score = 0.0
    low, high = GOOD_LENGTHS
    if len(text) < low:
        score -= 0.3 * (low - len(text)) / low
    if len(text) > high:
        score -= 0.6 * (len(text) - high) / (MAX_LENGTH - high)
    if _has("telling", text):
        score += 0.5
    elif any(pattern.match(text.lstrip("\"'“”‘’«»„([")) for pattern in _patterns("leaning")):
        score -= 1.2
    if _has("announcing", text):
        score -= 0.5
    score -= math.fsum(cost for pattern, cost in _FLAWS if pattern.search(text))
    if text.count("(") != text.count(")"):
        score -= 0.3
    score += min(0.4, 0.1 * len(_SPECIFIC.findall(text)))
    return score - min(0.5, 2.0 * sum(letter.isdigit() for letter in text) / len(text))


_SPECIFIC = re.compile(r"(?<=[^\W\d_]\s)[A-ZÀ-Þ][^\W\d_]|(?<![\d.,])\d+(?:[.,]\d+)*")
"""Names within a sentence, and numbers, which make it specific."""
_FLAWS = (
    (re.compile(r"[?？][\"'”’»)\]]*\s*$"), 2.5),  # asks
    (re.compile(r"^[\"“”‘«„]"), 0.3),  # is said by someone
    (re.compile(r"[¨•●▪◦◻□☐✓]\s.*[¨•●▪◦◻□☐✓]\s", re.S), 0.8),  # items of a list in one line
    (re.compile(r":\s*$"), 0.7),  # a list follows that isn't shown
    (re.compile(r"[^.!?…:;。！？\"'”’»)\]\d]\s*$"), 0.3),  # no stop
)
"""Patterns that make a sentence less suitable to be shown alone, with their costs."""


def misread_share(text: str, word_counts: Mapping[str, int]) -> float:
    """
    Return the share of the words in small letters that are likely misread, 0 to 1.

    No dictionary has them, and the document has them only once, unlike its technical terms.

    >>> misread_share("In accordanc ith the polic of the office", {"accordanc": 1, "ith": 1, "polic": 1})
    0.75

    Args:
        text: A sentence.
        word_counts: How often the document has each word; empty if it isn't English.
    """
    words = [word for word in _SMALL_WORD.findall(text) if word not in _function_words()]
    misread = sum(word_counts.get(word) == 1 and not is_known(word, ENGLISH) for word in words)
    return misread / len(words) if words else 0.0


_SMALL_WORD = re.compile(r"(?<![\w'’.@/-])[a-z]{3,}(?![\w'’@/-])")


def word_significance(words: Sequence[frozenset[str]]) -> list[float]:
    """
    Return for the words of each text how many other texts have them, 0 to 1.

    The sum over its different content words of log(count) / log(greatest count), divided by their number and
    two more, so that a few frequent words alone don't make a sentence.
    """
    counts = Counter(word for one in words for word in one)
    greatest = math.log(1 + max(counts.values(), default=1))
    return [
        math.fsum(math.log(counts[word]) for word in sorted(one)) / ((len(one) + 2) * greatest)
        for one in words
    ]


def content_words(text: str) -> list[str]:
    """Return the beginnings of the words of *text* that aren't function words, in order."""
    return [_stem(word) for word in _WORD.findall(text.lower()) if word not in _function_words()]


_WORD = re.compile(r"[^\W_]{2,}")
_STEM = 6
"""Letters of a word that count, so that *policy* and *policies* are one."""


def _stem(word: str) -> str:
    singular = word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
    return singular[:_STEM]


@cache
def _function_words() -> frozenset[str]:
    return frozenset(word for language in languages().values() for word in language.words)


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of the words of *one* that *other* has, 0 to 1."""
    return len(one & other) / len(one) if one else 0.0


def _has(name: str, text: str) -> bool:
    return any(pattern.search(text) for pattern in _patterns(name))


@cache
def _patterns(name: str) -> tuple[re.Pattern[str], ...]:
    """Return a list of ``key_sentences.toml``."""
    path = Path(__file__).with_suffix(".toml")
    content: dict[str, str] = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(re.compile(line, re.I) for line in content[name].strip().splitlines())


def shortlist(
    sentences: Sequence[KeySentence], most: int, *, opening: float, parts: int = 1
) -> list[KeySentence]:
    """
    Return at most *most* good sentences, in order; ties are for the earlier.

    Of sentences with nearly the same words only the best counts.

    Args:
        sentences: In order.
        most: How many at most.
        opening: What it says for a sentence to be the first of the document.
        parts: Equal parts of the document that each bring as many.
    """
    best: list[KeySentence] = []
    for part in np.array_split(np.arange(len(sentences)), parts):
        capacity = len(best) + most // parts
        ranked = (sentences[at] for at in part)
        for one in sorted(ranked, key=lambda one: (-one.prior - opening * one.opening, one.start)):
            if len(best) == capacity:
                break
            if all(_alike(one.words, other.words) < SAME_WORDS for other in best):
                best.append(one)
    return sorted(best, key=lambda one: one.start)


SAME_WORDS = 0.5
"""Share of common words from which two sentences repeat each other."""


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the number of common words by that of all words (Jaccard), 0 to 1."""
    return len(one & other) / len(one | other) if one or other else 1.0


def choose(
    scores: Sequence[float], vectors: Vectors, count: int, *, diversity: float = 0.5, coverage: float = 0.0
) -> list[int]:
    """
    Return the numbers of the sentences to show, best first: good ones that don't repeat each other.

    Each next one has the highest score, less *diversity* times its similarity to the nearest one already
    chosen (maximal marginal relevance), plus *coverage* times how much nearer it brings all sentences to a
    chosen one (facility location: Lin and Bilmes, "A Class of Submodular Functions for Document
    Summarization", 2011).

    Args:
        scores: Of each sentence; higher is better, in standard deviations.
        vectors: Of each sentence. *Shape:* ``(len(scores), dimension)``, of unit length.
        count: How many at most.
        diversity: Standard deviations that a repetition costs, for similarity 1.
        coverage: Standard deviations that it is worth to bring all sentences nearer by similarity 1.
    """
    similar = np.clip(vectors @ vectors.T, 0, 1)
    nearest = np.zeros(len(scores))
    left = np.ones(len(scores), dtype=bool)
    selected: list[int] = []
    while left.any() and len(selected) < count:
        gains = np.maximum(similar - nearest[:, None], 0).mean(axis=0)
        values = np.asarray(scores) - diversity * nearest + coverage * gains
        best = int(np.argmax(np.where(left, values, -np.inf)))
        selected.append(best)
        nearest = np.maximum(nearest, similar[:, best])
        left &= similar[:, best] < SAME
        left[best] = False
    return selected


SAME = 0.8
"""Minimum inner product of two sentences that repeat each other."""


def standardised(values: Sequence[float]) -> list[float]:
    """Return *values* less their mean, in standard deviations; all 0 if they are equal."""
    array = np.array(values, dtype=np.float64)
    if not len(array):
        return []
    array -= array.min()  # otherwise the rounded mean of equal values may differ from all of them
    spread = float(array.std())
    return [0.0] * len(array) if spread == 0 else [float(x) for x in (array - array.mean()) / spread]
