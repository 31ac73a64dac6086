"""Answer forms of which a language model writes the sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from qa.answering.answerers.comparison_sides import split_sides
from qa.answering.answerers.form import AnswerForm
from qa.answering.answerers.llm.answerer import LlmAnswerer, Task
from qa.answering.prompting import compare_prompt, overview_prompt
from qa.answering.question_analysis import QuestionAnalysis
from qa.answering.sources import Sources
from qa.answering.token_budget import count_tokens
from qa.errors import LlmFailed
from qa.records import AnswerDraft, AnswerKind, Hit, Passage

MAX_DOCUMENTS = 3
"""Maximum number of documents of an overview that the model writes; of more, each has its own sentence."""
POINTS = 5
"""Sentences of an overview, unless the question asks for a number."""
OVERVIEW_TOKENS = 700
"""Maximum tokens of an overview or a comparison."""


@dataclass(frozen=True, slots=True)
class LlmForm:
    """
    Answers any question from the best passages.

    Args:
        answerer: Writes the answer.
    """

    answerer: LlmAnswerer

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield the answer as it grows."""
        readings = sources.search(question.text)
        yield from self.answerer.draft(question.text, readings, sources.cancelled)


@dataclass(frozen=True, slots=True)
class LlmOverviewForm:
    """
    Summarises documents in two steps: key sentences by rule, then the model's own words.

    The rules say which documents are meant and what matters in them. The model is sent the passages with the
    key sentences, then passages spread evenly over the documents.

    Args:
        answerer: Writes the answer.
        by_rule: Answers if the model fails or refuses, and for more than a few documents.
    """

    answerer: LlmAnswerer
    by_rule: AnswerForm

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield the overview as it grows."""
        drafts = list(self.by_rule.draft(question, sources))
        if not drafts or drafts[-1].reason is not None:
            yield from drafts
            return
        quoted = [quote.passage.span for claim in drafts[-1].claims for quote in claim.quotes[:1]]
        doc_ids = list(dict.fromkeys(span.doc_id for span in quoted))
        if not 0 < len(doc_ids) <= MAX_DOCUMENTS:
            yield from drafts
            return
        passages = [passage for doc_id in doc_ids for passage in _passages_of(doc_id, sources)]
        key = [
            passage
            for passage in passages
            if any(passage.span.doc_id == span.doc_id and _overlaps(passage, span.start) for span in quoted)
        ]
        points = question.count or POINTS
        task = Task(
            question.text,
            _spread(key, passages, self.answerer.writer.settings.budget),
            lambda sent, constrained: overview_prompt(
                question.text, sent, constrained=constrained, points=points
            ),
            AnswerKind.OVERVIEW,
            OVERVIEW_TOKENS,
        )
        yield from _written_or(drafts, self.answerer, task, sources)


@dataclass(frozen=True, slots=True)
class LlmComparisonForm:
    """
    Compares two things in the model's words, from the passages of each side in turn.

    Args:
        answerer: Writes the answer.
        by_rule: Decides whether there is something to compare, and answers if the model fails or refuses, or
            if numbers are compared.
    """

    answerer: LlmAnswerer
    by_rule: AnswerForm

    def draft(self, question: QuestionAnalysis, sources: Sources) -> Iterator[AnswerDraft]:
        """Yield the comparison as it grows; nothing if nothing is compared."""
        drafts = list(self.by_rule.draft(question, sources))
        sides = split_sides(question.text)
        is_computed = bool(drafts) and any(len(claim.quotes) > 1 for claim in drafts[-1].claims)
        if not drafts or not sides or drafts[-1].reason is not None or is_computed:
            yield from drafts
            return
        found = [[reading.passage for reading in sources.search(side.question)] for side in sides]
        in_turn = [passage for each in zip_longest(*found) for passage in each if passage is not None]
        task = Task(
            question.text,
            list({passage.span: passage for passage in in_turn}.values()),
            lambda sent, constrained: compare_prompt(
                question.text, sent, [side.name for side in sides], constrained=constrained
            ),
            AnswerKind.COMPARISON,
            OVERVIEW_TOKENS,
        )
        yield from _written_or(drafts, self.answerer, task, sources)


def _written_or(
    by_rule: Sequence[AnswerDraft], answerer: LlmAnswerer, task: Task, sources: Sources
) -> Iterator[AnswerDraft]:
    """Yield what the model writes; after a failure or a refusal, what the rules found."""
    note = None
    try:
        for draft in answerer.write(task, sources.cancelled):
            if draft.reason is None:
                yield draft
            else:
                note = draft.reason
    except LlmFailed as exc:
        note = f"{exc}."
    if note is not None:
        yield replace(by_rule[-1], note=f"{note} This answer uses the documents' own sentences.")


def _passages_of(doc_id: str, sources: Sources) -> list[Passage]:
    """Return the chunks of a document as passages, in its order."""
    snapshot = sources.snapshot
    entry = snapshot.entry(doc_id)
    chunks = sorted(snapshot.chunks(snapshot.rows_of([doc_id])), key=lambda each: each[0].span)
    ranges = snapshot.sentences([chunk.span for chunk, _ in chunks])
    return [
        Passage(Hit(chunk, 0.0, rank, None, None), text, entry.title, entry.paths[0], tuple(found))
        for rank, ((chunk, text), found) in enumerate(zip(chunks, ranges, strict=True), 1)
    ]


def _overlaps(passage: Passage, start: int) -> bool:
    return passage.span.start <= start < passage.span.end


def _spread(key: Sequence[Passage], passages: Sequence[Passage], budget: int) -> list[Passage]:
    """
    Return the passages of an overview: with key sentences first, then spread evenly, in about the budget.

    Each half of the remaining ones is between two that were taken before, so that any beginning of the list
    is spread over the whole document.
    """
    taken = {passage.span: passage for passage in key}
    tokens = sum(count_tokens(passage.text) for passage in key)
    step = max(1, len(passages))
    while step >= 1 and tokens < budget:
        for passage in passages[::step]:
            if passage.span not in taken:
                taken[passage.span] = passage
                tokens += count_tokens(passage.text)
        if step == 1:
            break
        step //= 2
    return list(taken.values())
