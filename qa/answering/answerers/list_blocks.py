"""Lists: all items of a list in a document, for a question that asks for several things."""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import PurePath

from index.records import Block, BlockKind, Document
from qa.answering.answerers.list_items import with_items
from qa.answering.answerers.list_sections import explanation_of, sections_near
from qa.answering.answerers.question_words import asks_which_ones
from qa.answering.answerers.quoting import quote_range
from qa.answering.answerers.table_words import QuestionWords, table_words
from qa.answering.answerers.texts import fixed_text
from qa.answering.english import is_plural, noun_phrases, requested_phrase
from qa.answering.languages import ENGLISH, detect_language
from qa.answering.question_analysis import QuestionAnalysis
from qa.answering.sources import Sources
from qa.records import AnswerDraft, AnswerKind, ClaimSentence

MAX_PASSAGES = 15
"""Maximum number of passages around which lists are looked for."""
MIN_ITEMS, MAX_ITEMS = 2, 24
MAX_ITEM = 350
"""Maximum characters of an item; of a longer one only the first sentence is shown."""
MAX_LEAD = 400
"""Maximum characters of the sentence before a list that introduces it."""
MAX_SHOWN_LEAD = 300
MAX_PARAGRAPH = 800
"""Maximum characters of the paragraph before a list whose words count as those of its introduction."""
MAX_BETWEEN = 4
"""Maximum number of blocks that may interrupt a numbered list, such as page footers."""
MAX_HEADINGS = 3
"""Maximum number of headings right before a list; forms have several."""
NEAR = 3
"""Number of blocks around a passage in which a list may start."""
IN_NAMES, IN_ITEMS = 0.75, 0.5
"""Weights of a word in the document's names or the outer headings, and in the items."""
SURELY, PERHAPS = 0.6, 0.75
"""Minimum share of matched question words, if several things are surely or perhaps asked for."""
MIN_DIRECT = 0.5
"""Minimum share of question words in the sentence that introduces a list or in the titles above it."""
MIN_PRECISION = 0.5
"""Minimum share of a heading's words in the question, if no sentence introduces the list."""
MIN_LEAD_PRECISION = 0.75
"""The same, if a question doesn't ask for several things."""
PRECISION, SEVERAL, DENIED, PER_PASSAGE = 0.15, 0.05, 0.2, 0.01
"""Score that precision and a plural of the question add, and that a list of the opposite and each better
passage subtract."""
BASE_CONFIDENCE, COVERED, FITTING = 0.6, 0.25, 0.1
"""Confidence of a list with the least coverage, what full coverage adds, and what a fitting heading or an
introduction adds."""
INSTRUCTIONS = 0.85
"""Factor of the confidence of code and of steps: other blocks near the same words often do something else."""

MAX_TERM_WORDS, MIN_TERMS = 6, 0.6
"""Maximum words of a term, and the minimum share of a list that terms and their explanations make up."""

MIN_LEAD = 0.5
"""Minimum probability of a sentence that introduces a list for the list to be the answer."""

_OPEN = re.compile(
    r"\W*(?:(?:in|under|for|on|by|to|with|at) )?"
    r"(?:what|which|when|where|why|how(?! (?:many|much|long|old)))\b",
    re.I,
)
_HOW_TO = re.compile(
    r"\W*(?:how (?:(?:do|can|should|would) (?:i|we|you|one)|to)"
    r"|(?:what|which)(?:'s| is)?(?: the)? command)\b",
    re.I,
)
_TO_DO = re.compile(r"(?:.*[.!?]\s+)?(?:in order )?to [^.!?]+:\s*$", re.I | re.S)
"""A sentence before the steps of doing something."""
_COUNTS = re.compile(r"\W*how\b", re.I)
_INTRODUCES = re.compile(r":\s*$|\b(?:following|as follows|several|below|listed|these)\b", re.I)
"""What says that a list comes next."""
_NUMERALS = "no one two three four five six seven eight nine ten".split()
_BULLET = re.compile(r"[☐☑☒□■●•◦▪▫‣⁃∙·○¨✓✔✗➢➤►▶→*–—-]\s*(?=\S)")
_COUNTED = re.compile(r"\(?(\d{1,3})[.)]\s")
_LETTERED = re.compile(r"\(?(?:[a-z]|[ivx]{2,5})[.)]\s")


@dataclass(frozen=True, slots=True)
class ListBlock:
    """
    A list in a document.

    Args:
        document: Where it is.
        items: Start and end of each item without its bullet; of a term with its explanation, of both.
        terms: Where the term of each item is, if they have one; otherwise empty.
        lead: Start and end of the sentence that introduces it, if any.
        headings: The titles right above it.
        names: The outer titles and the names of the document.
    """

    document: Document
    items: tuple[tuple[int, int], ...]
    lead: tuple[int, int] | None
    headings: tuple[str, ...]
    names: str
    terms: tuple[tuple[int, int], ...] = ()

    @property
    def text(self) -> str:
        """Return the words of all items."""
        return "\n".join(self.document.text[start:end] for start, end in self.items)

    @property
    def paragraph(self) -> str:
        """Return the paragraph before a list of terms, if it isn't long; otherwise the introduction."""
        if not (self.lead and self.terms):
            return self.lead_text
        start = self.document.blocks_in(self.lead[1] - 1, self.lead[1])[0].start
        whole = self.lead[1] - start <= MAX_PARAGRAPH
        return self.document.text[start if whole else self.lead[0] : self.lead[1]]

    @property
    def lead_text(self) -> str:
        """Return the sentence that introduces the list, or ""."""
        return self.document.text[slice(*self.lead)] if self.lead else ""


@dataclass(frozen=True, slots=True)
class ListMatch:
    """
    A list, and how well it fits a question.

    Args:
        found: The list.
        score: Higher is better.
        coverage: Share of the question's words that are matched, weighted by place, 0 to 1.
        precision: Share of the words of the heading or introduction that are the question's, 0 to 1.
    """

    found: ListBlock
    score: float
    coverage: float
    precision: float


@dataclass(frozen=True, slots=True)
class ListForm:
    """Answers with a whole list, if the words of the question lead to one."""

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield one draft, if a list has what the question asks for, or code does it."""
        needed = needed_coverage(question.text)
        by_code = _HOW_TO.match(question.text) is not None
        find = instructions_near if by_code else lists_near
        matches = list(_matches(question.text, sources, find)) if needed or _OPEN.match(question.text) else []
        if needed is None and not by_code:
            matches = [match for match in matches if _is_introduced_by(question.text, match)]
        best = max(matches, key=lambda match: match.score, default=None)
        if best is not None and best.coverage >= (needed or SURELY):
            likely = _confidence(best) * (INSTRUCTIONS if by_code else 1.0)
            yield _draft(best.found, likely, question.language)
        elif led := _list_of_best_sentence(question.text, sources, several=needed is not None):
            yield _draft(*led, question.language)
        sources.lap("lists")


def _draft(found: ListBlock, confidence: float, language: str) -> AnswerDraft:
    claims = item_claims(found)[:MAX_ITEMS]
    count = len(claims)
    if found.lead and len(found.lead_text) <= MAX_SHOWN_LEAD:
        claims.insert(0, _claim(found.document, *found.lead))
    note = None
    if count < len(found.items):
        note = fixed_text("first_items", language, count=len(found.items), shown=count)
    return AnswerDraft(tuple(claims), note=note, kind=AnswerKind.LIST, confidence=confidence)


def _is_introduced_by(question: str, match: ListMatch) -> bool:
    """Return whether the words before a list's colon are those of a question that needn't ask for a list."""
    lead = match.found.lead_text
    wanted = frozenset(_question_words(question).words)
    return (
        lead.rstrip().endswith(":")
        and wanted <= frozenset(table_words(lead))
        and _precision(lead, wanted) >= MIN_LEAD_PRECISION
        and _denies(question) == _denies(lead)
    )


def _confidence(match: ListMatch) -> float:
    """Return how likely a list is the one asked for: by its coverage, and by what introduces it."""
    above = (match.coverage - SURELY) / (1 - SURELY)
    fits = match.precision >= MIN_PRECISION or bool(_INTRODUCES.search(match.found.lead_text))
    return BASE_CONFIDENCE + COVERED * min(1.0, max(0.0, above)) + FITTING * fits


def item_claims(found: ListBlock) -> list[ClaimSentence]:
    """Return the items of a list, each labelled with its term, if they have one."""
    terms = found.terms or tuple((start, start) for start, _ in found.items)
    return [_item_claim(found.document, item, term) for item, term in zip(found.items, terms, strict=True)]


def _list_of_best_sentence(
    question: str, sources: Sources, *, several: bool
) -> tuple[ListBlock, float] | None:
    """
    Return the list that the likeliest sentence introduces, with its probability; None without one.

    Args:
        question: Any question.
        sources: Where to look.
        several: Whether it asks for several things; otherwise the sentence must end with a colon.
    """
    if not several and not _OPEN.match(question):
        return None
    quotes = [quote for reading in sources.search(question) for quote in reading.quotes]
    best = max(quotes, key=lambda quote: quote.probability, default=None)
    if best is None or best.probability < MIN_LEAD:
        return None
    if not (several or best.text.rstrip().endswith(":")):
        return None
    span = best.passage.span
    start, end = span.start + best.start, span.start + best.end
    for found in lists_near(sources.document(span.doc_id), start, end):
        if several and any(first < end and start < last for first, last in found.items):
            return found, best.probability
        if found.lead and found.lead[0] < end <= found.lead[1] + 1:
            introduced = _INTRODUCES.search(found.lead_text) or found.terms
            return (found, best.probability) if introduced else None
    return None


def needed_coverage(question: str) -> float | None:
    """
    Return the share of a question's words that a list must match; None if it doesn't ask for several things.

    >>> needed_coverage("Which exceptions are there?"), needed_coverage("Who signed the lease?")
    (0.6, None)
    """
    plain = " ".join(question.lower().replace("’", "'").split())
    language = detect_language(question)
    if language != ENGLISH:
        return SURELY if asks_which_ones(question, language) else None
    if _requests_plural(question) or any(pattern.search(plain) for pattern in _words().several):
        return SURELY
    return PERHAPS if any(pattern.search(plain) for pattern in _words().perhaps) else None


def _requests_plural(question: str) -> bool:
    """Return whether a question asks which things: "which traits aren't random?"."""
    requested = requested_phrase(question, noun_phrases(question))
    return requested is not None and not _COUNTS.match(question) and is_plural(requested.text)


def _matches(question: str, sources: Sources, find: "_Find") -> Iterator[ListMatch]:
    """Yield the lists, or what else *find* returns for a place, that fit a question."""
    question_words = _question_words(question)
    sources.search(question)
    seen: set[tuple[str, int]] = set()
    for place, passage in enumerate(
        sources.passages(question)[:MAX_PASSAGES] if question_words.words else ()
    ):
        document = sources.document(passage.span.doc_id)
        for found in find(document, passage.span.start, passage.span.end):
            key = (document.doc_id, found.items[0][0])
            match = None if key in seen else match_list(question_words, found)
            seen.add(key)
            if match is not None:
                yield replace(match, score=match.score - PER_PASSAGE * place)


def _question_words(question: str) -> QuestionWords:
    question_words = QuestionWords.of(question)
    return question_words.without(
        frozenset(word for word in question_words.words if question_words.written[word] in _words().nouns)
    )


def match_list(question_words: QuestionWords, found: ListBlock) -> ListMatch | None:
    """Return how well a question fits the words before a list; None if it doesn't."""
    wanted = frozenset(question_words.words)
    lead = frozenset(table_words(found.paragraph))
    direct = lead.union(*(table_words(heading) for heading in found.headings))
    named = frozenset(table_words(found.names)) & wanted
    # The name of the document tells which document is meant, not which of its lists.
    own = wanted - named or wanted
    if len(direct & own) < MIN_DIRECT * len(own):
        return None
    items = frozenset(table_words(found.text))
    weights = dict.fromkeys(items & wanted, IN_ITEMS)
    weights |= dict.fromkeys(named, IN_NAMES)
    weights |= dict.fromkeys(direct & wanted, 1.0)
    missing = wanted - weights.keys()
    if question_words.years & missing or question_words.are_unknown_to(found.document, missing):
        return None
    coverage = sum(weights.values()) / len(wanted)
    precision = max((_precision(text, wanted) for text in (found.lead_text, *found.headings)), default=0.0)
    introduced = _INTRODUCES.search(found.lead_text) or (found.terms and found.lead)
    if not introduced and precision < MIN_PRECISION:
        return None
    above = found.lead_text or " ".join(found.headings)
    denied = _denies(question_words.text) != _denies(above)
    score = coverage + PRECISION * precision - DENIED * denied
    return ListMatch(found, score + SEVERAL * _names_several(question_words, found), coverage, precision)


def _names_several(question_words: QuestionWords, found: ListBlock) -> bool:
    """Return whether what is above a list has the plural that is asked for: "schedules", not "schedule"."""
    requested = requested_phrase(question_words.text, noun_phrases(question_words.text))
    if requested is None:
        return False
    above = re.findall(r"[\w']+", " ".join((found.lead_text, *found.headings)).lower())
    return any(is_plural(word) and word in above for word in requested.text.lower().split())


def _precision(text: str, wanted: frozenset[str]) -> float:
    """Return the share of the content words of *text*, without its number, that are in *wanted*."""
    telling = frozenset(_question_words(_COUNTED.sub("", text, count=1)).words)
    return len(telling & wanted) / len(telling) if telling else 0.0


def _denies(text: str) -> bool:
    return not _words().negations.isdisjoint(re.findall(r"[\w']+", text.lower().replace("’", "'")))


def lists_near(document: Document, start: int, end: int) -> list[ListBlock]:
    """Return the lists of which a part is at [start, end) or a few blocks around it, in order."""
    document = with_items(document, start, end)
    blocks = document.blocks
    at = max(0, bisect_right(blocks, start, key=lambda block: block.end) - NEAR)
    found: list[ListBlock] = []
    in_lists: set[int] = set()
    beyond = 0
    while at < len(blocks) and beyond < NEAR:
        numbers = [] if at in in_lists else _run(document, at)
        if numbers:
            listed = _list(document, numbers)
            is_list = len(listed.items) >= MIN_ITEMS and not _are_sections(listed, blocks, numbers)
            found += [listed] if is_list else []
            in_lists.update(numbers)
        beyond += blocks[at].start >= end and at not in in_lists
        at += 1
    return [*found, *(_sections(document, titles) for titles in sections_near(document, start, end))]


def _sections(document: Document, titles: Sequence[int]) -> ListBlock:
    """Return titles as a list; as terms with the first sentence of each section if all have one."""
    blocks = [document.blocks[number] for number in titles]
    lead, headings, names = _before(document, titles[0])
    text = document.text[slice(*lead)] if lead else ""
    if not (_INTRODUCES.search(text) or _counts_them(text, len(titles))):
        lead = None  # the end of the text below the heading says something of its own
    terms = tuple((block.start, block.end) for block in blocks)
    below = [explanation_of(document.blocks, number) for number in titles]
    ends = [_first_sentence_end(document, block.start, block.end) for block in below if block]
    if len(ends) < len(terms):
        return ListBlock(document, terms, lead, headings, names)
    items = tuple((start, end) for (start, _), end in zip(terms, ends, strict=True))
    return ListBlock(document, items, lead, headings, names, terms)


def _counts_them(text: str, count: int) -> bool:
    """Return whether a text says how many there are: "these are the three parts"."""
    numeral = _NUMERALS[count] if count < len(_NUMERALS) else str(count)
    return re.search(rf"\b(?:{count}|{numeral})\b", text, re.I) is not None


def instructions_near(document: Document, start: int, end: int) -> list[ListBlock]:
    """Return the code at [start, end), and the lists there that a sentence like "To save it:" introduces."""
    led = [found for found in lists_near(document, start, end) if _TO_DO.match(found.lead_text)]
    return [*code_near(document, start, end), *led]


def _are_sections(listed: ListBlock, blocks: Sequence[Block], numbers: Sequence[int]) -> bool:
    """Return whether numbered items are sections: half of them are long, and no colon introduces them."""
    long = sum(blocks[number].end - blocks[number].start > MAX_ITEM for number in numbers)
    return 2 * long >= len(numbers) and not listed.lead_text.rstrip().endswith(":")


_Find = Callable[[Document, int, int], list[ListBlock]]


def code_near(document: Document, start: int, end: int) -> list[ListBlock]:
    """Return each block of code at [start, end), and of indented lines under a colon, as a list of one."""
    blocks, text = document.blocks, document.text
    at = bisect_right(blocks, start, key=lambda block: block.end)
    found = []
    while at < len(blocks) and blocks[at].start < end:
        lines = text[blocks[at].start : blocks[at].end].splitlines()
        led = at > 0 and text[blocks[at - 1].end - 1] == ":"
        indented = blocks[at].kind is BlockKind.PLAIN_TEXT and all(line[:1].isspace() for line in lines)
        if blocks[at].kind is BlockKind.CODE or (led and indented):
            item = (blocks[at].start, blocks[at].end)
            found.append(ListBlock(document, (item,), *_before(document, at)))
        at += 1
    return found


def _run(document: Document, at: int) -> list[int]:
    """Return the numbers of the blocks of the list with the block *at*; none if that is no item."""
    mark = _mark(document, document.blocks[at])
    if mark is None:
        return []
    numbers = [at]
    for step in (-1, 1):
        last = at
        while (near := _next_item(document, last, step, mark)) is not None:
            numbers.append(near)
            last = near
    return sorted(numbers)


def _next_item(document: Document, at: int, step: int, mark: str) -> int | None:
    """Return the neighbour of an item in its list, in one direction; None at its end."""
    blocks = document.blocks
    near = at + step
    if not 0 <= near < len(blocks):
        return None
    if _mark(document, blocks[near]) == mark and not (step > 0 and _number(document, blocks[near]) == 1):
        return None if step < 0 and _number(document, blocks[at]) == 1 else near
    number = _number(document, blocks[at])
    between = 0
    while number and 0 <= near < len(blocks) and between < MAX_BETWEEN:
        found = _mark(document, blocks[near])
        if blocks[near].kind is BlockKind.HEADING:
            return None
        if found == mark:
            return near if _number(document, blocks[near]) == number + step else None
        between += found is None  # the items of a list within the item don't count
        near += step
    return None


def _mark(document: Document, block: Block) -> str | None:
    """Return the kind of list that a block is an item of: an item or its bullet; None for other blocks."""
    if block.kind is BlockKind.LIST_ITEM:
        # In plain text an item has its mark: a list of letters may be within an item of a list of numbers.
        if _COUNTED.match(document.text, block.start, block.end):
            return "number"
        return "letter" if _LETTERED.match(document.text, block.start, block.end) else "item"
    if block.kind not in (BlockKind.PARAGRAPH, BlockKind.PLAIN_TEXT):
        return None
    bullet = _BULLET.match(document.text, block.start, block.end)
    return bullet[0].strip() if bullet else None


def _number(document: Document, block: Block) -> int | None:
    counted = _COUNTED.match(document.text, block.start, block.end)
    return int(counted[1]) if counted else None


def _list(document: Document, numbers: list[int]) -> ListBlock:
    blocks = [document.blocks[number] for number in numbers]
    outer = min(block.level for block in blocks)
    if len(blocks) > MAX_ITEMS:
        blocks = [block for block in blocks if block.level == outer]
    lead, headings, names = _before(document, numbers[0])
    if explained := _explained_terms(document, blocks):
        items = tuple((start, end) for (start, _), (_, end) in explained)
        return ListBlock(document, items, lead, headings, names, tuple(term for term, _ in explained))
    items = tuple(item for block in blocks for item in _items(document, block))
    return ListBlock(document, items, lead, headings, names)


def _explained_terms(
    document: Document, blocks: Sequence[Block]
) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return the terms of a list, each with the first sentence that explains it; none if it has no terms."""
    texts = [document.text[block.start : block.end] for block in blocks]
    are_terms = [_is_term(text) for text in texts]
    pairs = [at for at in range(len(blocks) - 1) if are_terms[at] and not are_terms[at + 1]]
    if len(pairs) < MIN_ITEMS or 2 * len(pairs) < MIN_TERMS * len(blocks):
        return []
    return [
        (
            (blocks[at].start, blocks[at].end),
            (blocks[at + 1].start, _first_sentence_end(document, blocks[at + 1].start, blocks[at + 1].end)),
        )
        for at in pairs
    ]


def _is_term(text: str) -> bool:
    """Return whether an item is a few words without the mark of a sentence."""
    return len(text.split()) <= MAX_TERM_WORDS and text.rstrip()[-1:] not in ".!?;,:"


def _items(document: Document, block: Block) -> Iterator[tuple[int, int]]:
    """Yield the items of a block, of which one may have run into the next, each without its bullet."""
    bullet = _BULLET.match(document.text, block.start, block.end)
    mark = bullet[0].strip() if bullet else ""
    starts = [bullet.end() if bullet else block.start]
    if mark and mark not in "-–—*·":
        inner = re.compile(rf"\s{re.escape(mark)}\s*(?=\S)")
        breaks = list(inner.finditer(document.text, starts[0], block.end))
    else:
        breaks = []
    ends = [*(match.start() for match in breaks), block.end]
    starts += [match.end() for match in breaks]
    for start, end in zip(starts, ends, strict=True):
        shown = _first_sentence_end(document, start, end) if end - start > MAX_ITEM else end
        if document.text[start:shown].strip() and not document.text[start:shown].strip().isdigit():
            yield start, shown


def _first_sentence_end(document: Document, start: int, end: int) -> int:
    at = bisect_right(document.sentences, start, key=lambda sentence: sentence[1])
    return min(document.sentences[at][1], end) if at < len(document.sentences) else end


def _before(document: Document, first: int) -> tuple[tuple[int, int] | None, tuple[str, ...], str]:
    """Return the sentence that introduces a list, the titles right above it, and the outer ones."""
    blocks, text = document.blocks, document.text
    lead: tuple[int, int] | None = None
    headings: list[str] = []
    outer: list[str] = []
    level, together = 99, True
    for number in range(first - 1, max(-1, first - 200), -1):
        block = blocks[number]
        if block.kind is BlockKind.HEADING:
            words = text[block.start : block.end]
            if together and len(headings) < MAX_HEADINGS:
                headings.append(words)
            elif block.level < level:
                outer.append(words)
            level = min(level, block.level)
            if level <= 1:
                break
            continue
        if lead is None and not headings and number == first - 1:
            lead = _last_sentence(document, block)
        together = not headings
    names = [document.title, *(PurePath(path).stem for path in document.paths[:1]), *outer]
    return lead, tuple(headings), " ".join(names)


def _last_sentence(document: Document, block: Block) -> tuple[int, int]:
    """Return the last sentence of a block, and the one before it if both are short."""
    at = bisect_right(document.sentences, block.start, key=lambda sentence: sentence[1])
    within = []
    while at < len(document.sentences) and document.sentences[at][0] < block.end:
        within.append(document.sentences[at])
        at += 1
    for start, _ in reversed(within[-2:-1]):
        if block.end - start <= MAX_LEAD:
            return max(start, block.start), block.end
    return (max(within[-1][0], block.start), block.end) if within else (block.start, block.end)


def _item_claim(document: Document, item: tuple[int, int], term: tuple[int, int]) -> ClaimSentence:
    """Return an item, labelled with its term; both are cited."""
    label = " ".join(document.text[slice(*term)].split())
    text = document.text[term[1] : item[1]].lstrip()
    return ClaimSentence(text, (quote_range(document, *item),), label)


def _claim(document: Document, start: int, end: int) -> ClaimSentence:
    return ClaimSentence(document.text[start:end], (quote_range(document, start, end),))


@dataclass(frozen=True, slots=True)
class _Words:
    several: tuple[re.Pattern[str], ...]
    perhaps: tuple[re.Pattern[str], ...]
    nouns: frozenset[str]
    negations: frozenset[str]


@cache
def _words() -> _Words:
    content: Mapping[str, str] = tomllib.loads(
        (files("qa.answering.answerers") / "list_words.toml").read_text(encoding="utf-8")
    )
    return _Words(
        several=tuple(re.compile(line) for line in content["several"].strip().splitlines()),
        perhaps=tuple(re.compile(line) for line in content["perhaps"].strip().splitlines()),
        nouns=frozenset(content["nouns"].split()),
        negations=frozenset(content["negations"].split()),
    )
