"""
Everyday questions: what a right answer must contain, may not contain and must cite, checked by program.

Unlike the other question sets this one judges the answer as a person sees it, over the files themselves. A
folder holds ``questions.jsonl`` and ``documents.jsonl``; the documents may live elsewhere, are recognised by
their SHA-256, and are split into a half for tuning and a half for testing, each of which is asked alone.
"""

import enum
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index import Chunking, Embedder, IndexDir, Limits, Progress, build_snapshot
from qa.errors import InvalidQuestionSet
from qa.records import Answer, AnswerKind, Footnote, Turn
from qa.rendering import to_json

Half = Literal["tuning", "test"]
QUESTIONS, DOCUMENTS = "questions.jsonl", "documents.jsonl"
PLACES = ("documents", "../../../shared/everyday/docs")
"""Where a set's documents are looked for, relative to its folder."""
HIGH_CONFIDENCE, LOW_CONFIDENCE = 0.6, 0.45
"""Bounds of the three bands in which confidence is shown: high from the first, low below the second."""
_BINS = 10
"""Bins of equal width for the calibration error."""


_Line = TypeVar("_Line", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RequiredCitation(_Strict):
    """Words of one document that a footnote must overlap; "" stands for any place in it."""

    document: str
    text: str


class Message(_Strict):
    """One message of the conversation before the question."""

    role: Literal["user", "assistant"]
    text: str


class EverydayQuestion(_Strict):
    """
    A question, and what makes its answer right.

    Args:
        id: Unique in the set.
        half: Which half's documents it is asked over.
        kind: A label to group results by, such as ``cell`` or ``near_miss``.
        language: Of the question, as an ISO 639-1 code.
        question: As a person types it.
        history: The conversation before it, in order.
        documents: File names that the person has limited the question to; empty means all.
        expects: What a right response is.
        must_contain: Groups of alternatives; of a right answer, one of each group occurs in what is shown.
        may_not_contain: What shows an answer to be wrong.
        short: Of these one must occur in the short answer, if one is shown; empty if that isn't judged.
        must_cite: A footnote must overlap one of these; empty if that isn't judged.
        min_groups: Groups that suffice; None means all.
        note: For people.
    """

    id: str
    half: Half
    kind: str
    language: str = "en"
    question: str
    history: tuple[Message, ...] = ()
    documents: tuple[str, ...] = ()
    expects: Literal["answer", "refusal", "small_talk", "clarification"]
    must_contain: tuple[tuple[str, ...], ...] = ()
    may_not_contain: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    must_cite: tuple[RequiredCitation, ...] = ()
    min_groups: int | None = Field(default=None, ge=0)
    note: str = ""

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The history as questions with their answers, oldest first."""
        paired: list[Turn] = []
        for message in self.history:
            if message.role == "user":
                paired.append(Turn(message.text))
            elif paired:
                paired[-1] = Turn(paired[-1].question, f"{paired[-1].answer} {message.text}".strip())
        return tuple(paired)


class EverydayDocument(_Strict):
    """A file that questions are asked over, recognised by its digest."""

    file: str
    sha256: str
    half: Half


class Verdict(enum.StrEnum):
    """What became of a question."""

    RIGHT = "right"
    PARTLY = "partly right"
    WRONG = "wrong"
    WRONGLY_REFUSED = "wrongly refused"
    RIGHTLY_REFUSED = "rightly refused"
    WRONGLY_ANSWERED = "wrongly answered"


@dataclass(frozen=True, slots=True)
class EverydayResult:
    """
    One question with its answer.

    Args:
        question: What was asked, and what is expected.
        answer: As shown.
        verdict: What became of it.
        reasons: Why it isn't right, for people; empty if it is.
    """

    question: EverydayQuestion
    answer: Answer
    verdict: Verdict
    reasons: tuple[str, ...]


class Pipeline(Protocol):
    """What answers a question."""

    def run(
        self, question: str, documents: Sequence[str] | None = None, *, history: Sequence[Turn] = ()
    ) -> Answer:
        """Answer, or refuse; *documents* are the ids of those in scope, or None for all."""
        ...


def evaluate_everyday(
    folder: Path,
    half: Half,
    documents: Path | None,
    *,
    embedder: Embedder,
    chunking: Chunking,
    limits: Limits,
    make_pipeline: Callable[[Path], Pipeline],
    progress: Callable[[Progress], None],
) -> list[EverydayResult]:
    """
    Index the documents of one half and ask its questions.

    Args:
        folder: The question set.
        half: Which questions and documents.
        documents: The folder with the files; None takes the first of :data:`PLACES` that exists.
        embedder: For the index.
        chunking: For the index.
        limits: On what reading a file may take.
        make_pipeline: From an index directory to what answers from it.
        progress: Told how far indexing and asking are.

    Raises:
        InvalidQuestionSet: If the set is malformed or its documents aren't there.
    """
    questions, listed = load_everyday(folder)
    places = (folder / place for place in PLACES)
    source = documents or next((place for place in places if place.is_dir()), folder / PLACES[0])
    paths = find_documents([document for document in listed if document.half == half], source)
    index_dir = build_everyday_index(
        paths, embedder=embedder, chunking=chunking, limits=limits, progress=progress
    )
    with IndexDir(index_dir).open_current() as snapshot:
        doc_ids = {Path(path).name: entry.doc_id for entry in snapshot.documents() for path in entry.paths}
    chosen = [question for question in questions if question.half == half]
    return list(ask_everyday(chosen, make_pipeline(index_dir), doc_ids, progress))


def is_everyday_set(folder: Path) -> bool:
    """Return whether *folder* holds a set of everyday questions."""
    return (folder / QUESTIONS).is_file() and (folder / DOCUMENTS).is_file()


def load_everyday(folder: Path) -> tuple[list[EverydayQuestion], list[EverydayDocument]]:
    """
    Return the questions and the documents of a set, in the order of its files.

    Raises:
        InvalidQuestionSet: If a line is malformed, an id is used twice, or a question names an unknown file.
    """
    questions = list(_read_lines(folder / QUESTIONS, EverydayQuestion))
    documents = list(_read_lines(folder / DOCUMENTS, EverydayDocument))
    halves = {document.file: document.half for document in documents}
    seen: set[str] = set()
    for question in questions:
        if question.id in seen:
            raise InvalidQuestionSet(f"{folder / QUESTIONS}: the id {question.id!r} is used twice")
        seen.add(question.id)
        for name in (*question.documents, *(citation.document for citation in question.must_cite)):
            if halves.get(name) != question.half:
                raise InvalidQuestionSet(
                    f"{folder / QUESTIONS}: {question.id} names {name!r}, which {DOCUMENTS} "
                    f"doesn't list in the {question.half} half"
                )
    return questions, documents


def find_documents(documents: Sequence[EverydayDocument], folder: Path) -> list[Path]:
    """
    Return the paths of *documents* in *folder*.

    Raises:
        InvalidQuestionSet: If a file is missing or isn't the one that the set was written for.
    """
    paths = []
    for document in documents:
        path = folder / document.file
        if not path.is_file():
            raise InvalidQuestionSet(f"{path} is missing. Name the folder that has it with --documents.")
        if hashlib.sha256(path.read_bytes()).hexdigest() != document.sha256:
            raise InvalidQuestionSet(f"{path} isn't the file that the questions were written for.")
        paths.append(path)
    return paths


def build_everyday_index(
    paths: Sequence[Path],
    *,
    embedder: Embedder,
    chunking: Chunking,
    limits: Limits,
    progress: Callable[[Progress], None],
) -> Path:
    """Return the index directory of these files, in the user's cache; built or updated first."""
    import platformdirs

    made_of = f"{[str(path) for path in paths]} {embedder.fingerprint} {chunking}"
    name = hashlib.sha256(made_of.encode()).hexdigest()[:16]
    index_dir = platformdirs.user_cache_path("footnote") / "eval" / f"everyday-{name}"
    build_snapshot(index_dir, paths, embedder=embedder, chunking=chunking, limits=limits, progress=progress)
    return index_dir


def ask_everyday(
    questions: Sequence[EverydayQuestion],
    pipeline: Pipeline,
    doc_ids: Mapping[str, str],
    progress: Callable[[Progress], None],
) -> Iterator[EverydayResult]:
    """
    Yield the results of *questions*, in order.

    Args:
        questions: All of one half.
        pipeline: Over an index of that half's documents.
        doc_ids: Each file's name to the id of its document; files that can't be read are missing.
        progress: Told before the first question and after each.
    """
    progress(Progress("questions", 0, len(questions)))
    for done, question in enumerate(questions, start=1):
        scope = [doc_ids[name] for name in question.documents if name in doc_ids] or None
        answer = pipeline.run(question.question, scope, history=question.turns)
        verdict, reasons = judge(question, answer)
        yield EverydayResult(question, answer, verdict, reasons)
        progress(Progress("questions", done, len(questions)))


def judge(question: EverydayQuestion, answer: Answer) -> tuple[Verdict, tuple[str, ...]]:
    """
    Return the verdict on an answer, with the reasons why it isn't right.

    An answer is right if what is shown has enough of the required groups and nothing that it may not have,
    its short answer is an acceptable one, and a footnote overlaps a required place; partly right if it has
    at least one group and nothing wrong.
    """
    match question.expects:
        case "refusal":
            return _judge_refusal(answer)
        case "clarification":
            if answer.kind is AnswerKind.CLARIFICATION:
                return Verdict.RIGHT, ()
            return _judge_refusal(answer)
        case "small_talk":
            if answer.kind is AnswerKind.SMALL_TALK:
                return Verdict.RIGHT, ()
            verdict = Verdict.WRONGLY_REFUSED if answer.refused else Verdict.WRONG
            return verdict, ("not taken as small talk",)
        case "answer":
            return _judge_answer(question, answer)


def _judge_refusal(answer: Answer) -> tuple[Verdict, tuple[str, ...]]:
    if answer.refused:
        return Verdict.RIGHTLY_REFUSED, ()
    return Verdict.WRONGLY_ANSWERED, ("answered, though the documents don't",)


def _judge_answer(question: EverydayQuestion, answer: Answer) -> tuple[Verdict, tuple[str, ...]]:
    if answer.refused:
        return Verdict.WRONGLY_REFUSED, ("refused",)
    shown = fold(shown_text(answer))
    wrong = [f"contains {text!r}" for text in question.may_not_contain if fold(text) in shown]
    short = fold(answer.short or "")
    if answer.short and question.short and not any(fold(text) in short for text in question.short):
        wrong.append(f"short answer {answer.short!r}")
    found = [any(contains(shown, text) for text in group) for group in question.must_contain]
    missing = [group[0] for group, held in zip(question.must_contain, found, strict=True) if not held]
    needed = len(found) if question.min_groups is None else question.min_groups
    cited = not question.must_cite or any(
        _overlaps(footnote, citation) for footnote in answer.footnotes for citation in question.must_cite
    )
    if not wrong and sum(found) >= needed and cited:
        return Verdict.RIGHT, ()
    reasons = (*wrong, *(f"lacks {text!r}" for text in missing), *(() if cited else ("cites another place",)))
    partly = not wrong and (any(found) or (cited and not found))
    return (Verdict.PARTLY if partly else Verdict.WRONG), reasons


def shown_text(answer: Answer) -> str:
    """Return all the words of an answer that a person sees above its footnotes."""
    sentences = (f"{sentence.label} {sentence.text}" for sentence in answer.sentences)
    sides = (side.short for side in answer.disagreement)
    return "\n".join([answer.short or "", *sentences, *sides])


def fold(text: str) -> str:
    """
    Return *text* in a form in which spellings of the same words are equal.

    >>> fold("“Net  sales”: 1,234 –  UP")
    '"net sales": 1234 - up'
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    text = text.translate(_SIGNS)
    text = re.sub(r"(?<=\d)[,\u202f\u00a0' ](?=\d{3}(?!\d))", "", text)
    return " ".join(text.split())


_SIGNS = str.maketrans("‘’‚“”„«»‐‑‒–—−", '\'\'\'"""""------')


def contains(folded: str, text: str) -> bool:
    """
    Return whether folded text has *text* in it, not within a longer number or word.

    >>> contains(fold("It rose by 150 %."), "50"), contains(fold("It rose by 150 %."), "150")
    (False, True)
    """
    wanted = fold(text)
    before = r"(?<![\w])(?<!\d[.,])" if wanted[:1].isalnum() else ""
    after = r"(?![.,]?\d)" if wanted[-1:].isdigit() else ""
    return re.search(before + re.escape(wanted) + after, folded) is not None


def _overlaps(footnote: Footnote, citation: RequiredCitation) -> bool:
    """Return whether a footnote shares a character with any occurrence of the words to be cited."""
    if Path(footnote.path).name != citation.document:
        return False
    if not citation.text:
        return True
    text, span = footnote.document.text, footnote.span
    start = text.find(citation.text)
    while start >= 0:
        if start < span.end and span.start < start + len(citation.text):
            return True
        start = text.find(citation.text, start + 1)
    return False


@dataclass(frozen=True, slots=True)
class EverydaySummary:
    """
    The figures of one half.

    Args:
        counts: By kind, how many questions have each verdict.
        bands: For high, medium and low confidence: how many answers were shown with it, and how many of them
            were right.
        calibration_error: Expected calibration error of the confidence shown, 0 to 1, lower is better; None
            if no answer shows one.
    """

    counts: Mapping[str, Mapping[Verdict, int]]
    bands: Mapping[str, tuple[int, int]]
    calibration_error: float | None

    @property
    def total(self) -> Counter[Verdict]:
        """How many questions of all kinds have each verdict."""
        return sum((Counter(counts) for counts in self.counts.values()), Counter())

    @property
    def questions(self) -> int:
        """How many questions were asked."""
        return self.total.total()

    @property
    def right(self) -> float:
        """Share of questions answered rightly or rightly refused, 0 to 1."""
        return self._share(Verdict.RIGHT, Verdict.RIGHTLY_REFUSED)

    @property
    def useful(self) -> float:
        """Share of questions answered rightly or partly, or rightly refused, 0 to 1."""
        return self._share(Verdict.RIGHT, Verdict.PARTLY, Verdict.RIGHTLY_REFUSED)

    @property
    def wrong(self) -> float:
        """Share of questions with a wrong answer, 0 to 1; unanswerable ones that were answered included."""
        return self._share(Verdict.WRONG, Verdict.WRONGLY_ANSWERED)

    @property
    def wrongly_refused(self) -> float | None:
        """Share of the answerable questions that were refused, 0 to 1; None if there are none."""
        answerable = (Verdict.RIGHT, Verdict.PARTLY, Verdict.WRONG, Verdict.WRONGLY_REFUSED)
        count = sum(self.total[verdict] for verdict in answerable)
        return self.total[Verdict.WRONGLY_REFUSED] / count if count else None

    def _share(self, *verdicts: Verdict) -> float:
        return sum(self.total[verdict] for verdict in verdicts) / max(self.questions, 1)


def summarise(results: Sequence[EverydayResult]) -> EverydaySummary:
    """Return the figures of *results*."""
    kinds = dict.fromkeys(result.question.kind for result in results)
    counts = {
        kind: Counter(result.verdict for result in results if result.question.kind == kind) for kind in kinds
    }
    shown = [
        (result.answer.confidence, result.verdict is Verdict.RIGHT)
        for result in results
        if result.answer.confidence is not None and not result.answer.refused
    ]
    bands = {
        "high": [right for confidence, right in shown if confidence >= HIGH_CONFIDENCE],
        "medium": [right for confidence, right in shown if LOW_CONFIDENCE <= confidence < HIGH_CONFIDENCE],
        "low": [right for confidence, right in shown if confidence < LOW_CONFIDENCE],
    }
    return EverydaySummary(
        counts=counts,
        bands={name: (len(rights), sum(rights)) for name, rights in bands.items()},
        calibration_error=expected_calibration_error(shown) if shown else None,
    )


def expected_calibration_error(shown: Sequence[tuple[float, bool]]) -> float:
    """
    Return the mean distance of confidence from accuracy over bins of equal width, weighted by their size.

    As defined by Guo et al., "On Calibration of Modern Neural Networks" (arXiv:1706.04599).

    Args:
        shown: Confidence, 0 to 1, and whether the answer was right.
    """
    bins: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in shown:
        bins.setdefault(min(int(confidence * _BINS), _BINS - 1), []).append((confidence, right))
    gaps = (
        abs(sum(confidence for confidence, _ in members) - sum(right for _, right in members))
        for members in bins.values()
    )
    return sum(gaps) / len(shown)


def result_line(result: EverydayResult) -> dict[str, Any]:
    """Return one result as a JSON object, for a file of results."""
    return {
        "id": result.question.id,
        "kind": result.question.kind,
        "question": result.question.question,
        "verdict": result.verdict.value,
        "reasons": list(result.reasons),
        "answer": to_json(result.answer),
        "expected": result.question.model_dump(mode="json"),
    }


def _read_lines(path: Path, model: type[_Line]) -> Iterator[_Line]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield model.model_validate_json(line)
        except ValidationError as error:
            fault = error.errors()[0]
            place = ".".join(map(str, fault["loc"]))
            raise InvalidQuestionSet(f"{path}, line {number}: {place}: {fault['msg']}") from None
