"""
Everyday questions, judged by rules: what a right answer must contain, may not contain and must cite.

Unlike the other question sets this one judges the answer that a person sees, over the original files. A
folder holds ``questions.jsonl`` and ``documents.jsonl``. The documents may be in another folder; they are
identified by their SHA-256. They are split into a half for tuning and a half for testing, and a question is
asked over the documents of its half.
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
DOCUMENT_FOLDERS = ("documents", "../../../shared/everyday/docs")
"""Default folders of a set's documents, relative to the set's folder; the first that exists is used."""
HIGH_CONFIDENCE, LOW_CONFIDENCE = 0.75, 0.55
"""Bounds of the bands of confidence: high from the first on, low below the second, medium between."""
_BINS = 10
"""Bins of equal width for the calibration error."""

_Record = TypeVar("_Record", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RequiredCitation(_Strict):
    """Words of one document that a footnote must overlap; "" means any words of it."""

    document: str
    text: str


class Message(_Strict):
    """One message of the conversation before the question."""

    role: Literal["user", "assistant"]
    text: str


class EverydayQuestion(_Strict):
    """
    A question with the conditions of a right answer.

    Args:
        id: Unique in the set.
        half: The half whose documents it is asked over.
        kind: A label to group results by, such as ``cell`` or ``near_miss``.
        language: Of the question, as an ISO 639-1 code.
        question: In a person's words.
        history: The messages before it, oldest first.
        documents: Names of the files to search; empty means all.
        expects: The kind of response that is right.
        must_contain: Groups of alternatives; a right answer shows at least one text of each group.
        may_not_contain: Texts that occur only in wrong answers.
        short: Texts of which the short answer, if there is one, must contain one; empty accepts any.
        must_cite: Places of which a footnote must overlap one; empty accepts any.
        min_groups: How many groups of *must_contain* suffice; None means all.
        note: A remark for people.
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
        """Return the history as questions with their answers, oldest first."""
        paired: list[Turn] = []
        for message in self.history:
            if message.role == "user":
                paired.append(Turn(message.text))
            elif paired:
                paired[-1] = Turn(paired[-1].question, f"{paired[-1].answer} {message.text}".strip())
        return tuple(paired)


class EverydayDocument(_Strict):
    """
    A file that questions are asked over, recognised by its digest.

    Args:
        file: Its name in the folder of the documents.
        sha256: Of its bytes, in hexadecimal.
        half: The half that it belongs to.
        source: Where it comes from, as ``owner/name@commit:path`` of a repository; empty if not stated.
        licence: Under which it may be used; empty if not stated.
    """

    file: str
    sha256: str
    half: Half
    source: str = ""
    licence: str = ""


class Verdict(enum.StrEnum):
    """The judgement on a response."""

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
        question: The question with its expectations.
        answer: The pipeline's response.
        verdict: The judgement on it.
        reasons: Why it isn't right, for people; empty if it is.
    """

    question: EverydayQuestion
    answer: Answer
    verdict: Verdict
    reasons: tuple[str, ...]


class Pipeline(Protocol):
    """Anything that answers questions."""

    def run(
        self, question: str, documents: Sequence[str] | None = None, *, history: Sequence[Turn] = ()
    ) -> Answer:
        """Return an answer or a refusal; *documents* are the ids of those in scope, None means all."""
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
        half: The half to evaluate.
        documents: Folder of the files; None takes the first of :data:`DOCUMENT_FOLDERS` that exists.
        embedder: For the index.
        chunking: For the index.
        limits: For reading the files.
        make_pipeline: Returns a pipeline over an index directory.
        progress: Called with the progress of indexing and of asking.

    Raises:
        InvalidQuestionSet: If the set is malformed or a document is missing.
    """
    questions, listed_documents = load_everyday(folder)
    folders = [folder / name for name in DOCUMENT_FOLDERS]
    source = documents or next((path for path in folders if path.is_dir()), folders[0])
    paths = find_documents([document for document in listed_documents if document.half == half], source)
    index_dir = build_everyday_index(
        paths, embedder=embedder, chunking=chunking, limits=limits, progress=progress
    )
    with IndexDir(index_dir).open_current() as snapshot:
        doc_ids = {Path(path).name: entry.doc_id for entry in snapshot.documents() for path in entry.paths}
    selected = [question for question in questions if question.half == half]
    return list(ask_everyday(selected, make_pipeline(index_dir), doc_ids, progress))


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
    """Build or update the index of these files in the user's cache, and return its directory."""
    import platformdirs

    recipe = f"{[str(path) for path in paths]} {embedder.fingerprint} {chunking}"
    name = hashlib.sha256(recipe.encode()).hexdigest()[:16]
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
        doc_ids: The id of each file's document by file name; without files that can't be read.
        progress: Called before the first question and after each one.
    """
    progress(Progress("asking", 0, len(questions)))
    for done, question in enumerate(questions, start=1):
        scope = [doc_ids[name] for name in question.documents if name in doc_ids] or None
        answer = pipeline.run(question.question, scope, history=question.turns)
        verdict, reasons = judge(question, answer)
        yield EverydayResult(question, answer, verdict, reasons)
        progress(Progress("asking", done, len(questions)))


def judge(question: EverydayQuestion, answer: Answer) -> tuple[Verdict, tuple[str, ...]]:
    """
    Return the verdict on an answer and the reasons why it isn't right.

    An answer is right if its text contains enough of the required groups and no forbidden text, its short
    answer is acceptable, and a footnote overlaps a required place. It is partly right if it has at least one
    group and nothing wrong.
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
    present = [any(contains(shown, text) for text in group) for group in question.must_contain]
    missing = [group[0] for group, found in zip(question.must_contain, present, strict=True) if not found]
    needed = len(present) if question.min_groups is None else question.min_groups
    cited = not question.must_cite or any(
        _overlaps(footnote, citation) for footnote in answer.footnotes for citation in question.must_cite
    )
    if not wrong and sum(present) >= needed and cited:
        return Verdict.RIGHT, ()
    reasons = (*wrong, *(f"lacks {text!r}" for text in missing), *(() if cited else ("cites another place",)))
    partly = not wrong and (any(present) or (cited and not present))
    return (Verdict.PARTLY if partly else Verdict.WRONG), reasons


def shown_text(answer: Answer) -> str:
    """Return the text of an answer that a person sees above its footnotes."""
    sentences = (f"{sentence.label} {sentence.text}" for sentence in answer.sentences)
    positions = (position.short for position in answer.disagreement)
    return "\n".join([answer.short or "", *sentences, *positions])


def fold(text: str) -> str:
    """
    Return *text* with one spelling of quotes, dashes, case, spaces and digit groups.

    >>> fold("“Net  sales”: 1,234 –  UP")
    '"net sales": 1234 - up'
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    text = text.translate(_SIGNS)
    # Only a group of exactly three digits continues a number: "1,234" but not "1, 2345".
    text = re.sub(r"(?<=\d)[,\u202f\u00a0' ](?=\d{3}(?!\d))", "", text)
    return " ".join(text.split())


_SIGNS = str.maketrans("‘’‚“”„«»‐‑‒–—−", '\'\'\'"""""------')


def contains(folded: str, text: str) -> bool:
    """
    Return whether folded text contains *text*, but not as part of a longer number or word.

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
        counts: Number of questions by kind and verdict.
        bands: Number of answers and of right answers for each of high, medium and low confidence.
        calibration_error: Expected calibration error, 0 to 1, lower is better; None if no answer has a
            confidence.
    """

    counts: Mapping[str, Mapping[Verdict, int]]
    bands: Mapping[str, tuple[int, int]]
    calibration_error: float | None

    @property
    def total(self) -> Counter[Verdict]:
        """Return the number of questions of all kinds by verdict."""
        return sum((Counter(counts) for counts in self.counts.values()), Counter())

    @property
    def questions(self) -> int:
        """Return the number of questions."""
        return self.total.total()

    @property
    def right(self) -> float:
        """Return the share of questions rightly answered or rightly refused, 0 to 1."""
        return self._share(Verdict.RIGHT, Verdict.RIGHTLY_REFUSED)

    @property
    def useful(self) -> float:
        """Return the share of questions answered rightly or partly, or rightly refused, 0 to 1."""
        return self._share(Verdict.RIGHT, Verdict.PARTLY, Verdict.RIGHTLY_REFUSED)

    @property
    def wrong(self) -> float:
        """Return the share of questions wrongly answered, 0 to 1; unanswerable ones included."""
        return self._share(Verdict.WRONG, Verdict.WRONGLY_ANSWERED)

    @property
    def wrongly_refused(self) -> float | None:
        """Return the share of answerable questions that were refused, 0 to 1; None without such questions."""
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
    predictions = [
        (result.answer.confidence, result.verdict is Verdict.RIGHT)
        for result in results
        if result.answer.confidence is not None and not result.answer.refused
    ]
    bands = {
        "high": [right for confidence, right in predictions if confidence >= HIGH_CONFIDENCE],
        "medium": [
            right for confidence, right in predictions if LOW_CONFIDENCE <= confidence < HIGH_CONFIDENCE
        ],
        "low": [right for confidence, right in predictions if confidence < LOW_CONFIDENCE],
    }
    return EverydaySummary(
        counts=counts,
        bands={name: (len(rights), sum(rights)) for name, rights in bands.items()},
        calibration_error=expected_calibration_error(predictions) if predictions else None,
    )


def expected_calibration_error(predictions: Sequence[tuple[float, bool]]) -> float:
    """
    Return the mean distance of confidence from accuracy over bins of equal width, weighted by their size.

    As defined by Guo et al., "On Calibration of Modern Neural Networks" (arXiv:1706.04599).

    Args:
        predictions: Confidence, 0 to 1, and whether the answer was right; at least one.
    """
    bins: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in predictions:
        bins.setdefault(min(int(confidence * _BINS), _BINS - 1), []).append((confidence, right))
    gaps = (
        abs(sum(confidence for confidence, _ in members) - sum(right for _, right in members))
        for members in bins.values()
    )
    return sum(gaps) / len(predictions)


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


def _read_lines(path: Path, model: type[_Record]) -> Iterator[_Record]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield model.model_validate_json(line)
        except ValidationError as error:
            fault = error.errors()[0]
            field_name = ".".join(map(str, fault["loc"]))
            raise InvalidQuestionSet(f"{path}, line {number}: {field_name}: {fault['msg']}") from None
