"""Questions that a document asks itself, as in a list of frequently asked ones, with the answer below."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from index.records import BlockKind, Document
from qa.answering.answerers.answer_type import AnswerType, expected_answer
from qa.answering.answerers.lexicon import content_stems
from qa.answering.answerers.list_blocks import MAX_ITEM
from qa.answering.answerers.prose import is_question
from qa.answering.answerers.quoting import quote_range
from qa.answering.answerers.sentence_choice import lacks_type
from qa.answering.question_analysis import QuestionAnalysis
from qa.answering.sources import Sources
from qa.records import AnswerDraft, ClaimSentence

MAX_PASSAGES = 10
MAX_QUESTION = 200
"""Maximum characters of a question in a document."""
MIN_ALIKE = 0.75
"""Minimum likeness of two questions: the harmonic mean of the shares of their words that both have."""
MIN_WORDS = 2
"""Minimum number of content words of a question: one alone may be the topic of the whole document."""
MAX_SENTENCES = 3
MIN_LENGTH = 120
"""Characters of the first sentences together for them to be enough; "Yes." isn't."""
MIN_CONFIDENCE = 0.5
"""Confidence of an answer to a question that is hardly alike."""

_ASKING = re.compile(r"\b(why|how (?:many|much|long|often|far|old)|how|when|where|who|which|what)\b", re.I)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A question in a document: where it is, where it ends, and how much it is like the one that is asked."""

    document: Document
    start: int
    end: int
    alike: float


@dataclass(frozen=True, slots=True)
class FaqForm:
    """Answers with the first sentences below the same question in a document."""

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield one draft, if a document asks the same."""
        if len(set(content_stems(question.text))) < MIN_WORDS:
            return
        best = max(_entries(question.text, sources), key=lambda entry: entry.alike, default=None)
        claims = _answer(best) if best is not None and best.alike >= MIN_ALIKE else []
        expected = expected_answer(question.text)
        decides = expected.type in (AnswerType.SENTENCE, AnswerType.DECISION)
        if (
            best is not None
            and claims
            and (decides or not all(lacks_type(one.text, expected) for one in claims))
        ):
            likely = MIN_CONFIDENCE + (1 - MIN_CONFIDENCE) * best.alike * best.alike
            yield AnswerDraft(tuple(claims), confidence=min(likely, 0.95))
        sources.lap("faq")


def _entries(question: str, sources: Sources) -> Iterator[_Entry]:
    """Yield the questions in and above the best passages."""
    sources.search(question)
    seen: set[tuple[str, int]] = set()
    for passage in sources.passages(question)[:MAX_PASSAGES]:
        span = passage.span
        document = sources.document(span.doc_id)
        at = bisect_right(document.blocks, span.start, key=lambda block: block.end)
        # A question may be the last block before the passage.
        # One at a time: each block of a list is made when it is asked for, and a book has thousands.
        for number in range(max(0, at - 1), len(document.blocks)):
            block = document.blocks[number]
            if block.start >= span.end:
                break
            end = _first_sentence_end(document, block.start, block.end)
            text = document.text[block.start : end]
            key = (span.doc_id, block.start)
            if key not in seen and len(text) <= MAX_QUESTION and is_question(text):
                yield _Entry(document, block.start, end, similarity(question, text))
            seen.add(key)


def similarity(question: str, other: str) -> float:
    """
    Return how far two questions ask the same, 0 to 1; 0 if they ask with different words.

    >>> similarity("how does tern differ from sala?", "1.7. How does Tern differ from the old Sala?") > 0.8
    True
    >>> similarity("when does tern open?", "Why does Tern open?")
    0.0
    """
    asked, asking = (_ASKING.search(text) for text in (question, other))
    if (asked[0].lower() if asked else "") != (asking[0].lower() if asking else ""):
        return 0.0
    one, two = (
        {word for word in content_stems(text) if any(map(str.isalpha, word))} for text in (question, other)
    )
    shared = len(one & two)
    return 2 * shared / (len(one) + len(two)) if shared else 0.0


def _first_sentence_end(document: Document, start: int, end: int) -> int:
    at = bisect_right(document.sentences, start, key=lambda sentence: sentence[1])
    return min(document.sentences[at][1], end) if at < len(document.sentences) else end


def _answer(entry: _Entry) -> list[ClaimSentence]:
    """Return the first sentences below a question, and the items of a list that they introduce."""
    document = entry.document
    claims: list[ClaimSentence] = []
    length = 0
    at = bisect_right(document.sentences, entry.end - 1, key=lambda sentence: sentence[1] - 1)
    for start, end in document.sentences[at:]:
        if start < entry.end:
            continue
        text = document.text[start:end]
        kind = document.blocks_in(start, end)[0].kind
        if kind is BlockKind.HEADING or is_question(text):
            break
        listed = kind is BlockKind.LIST_ITEM and (not claims or claims[0].text.rstrip().endswith(":"))
        enough = len(claims) >= MAX_SENTENCES or length >= MIN_LENGTH
        if enough and not listed and not claims[-1].text.rstrip().endswith(":"):
            break
        if end - start > MAX_ITEM * 2:
            break
        claims.append(ClaimSentence(text, (quote_range(document, start, end),)))
        length += end - start
    return claims
