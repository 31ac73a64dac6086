"""
Fit the confidence of the default answerer's answers, which decides between an answer and a refusal.

Example::

    python -m training.confidence --write --answers /tmp/answers.jsonl \
        --everyday seeds/everyday seeds/repositories/ordinary_a seeds/repositories/ordinary_b \
        seeds/packages/prose seeds/packages/facts

The questions go through Footnote's own retrieval and reader, and nothing is refused. An answer to an everyday
question is right if its verdict is; of these sets, only the tuning half is asked. An answer to a question of
another set is right if a sentence of it shares a character with a gold span; of these sets, the half is
asked that ``training/calibrate.py`` fits on, and every third question without its gold documents, so that
no answer is right.

All features are such that more of them can't make an answer less likely to be right, and a weight below 0 is
not allowed: with a few hundred answers such a weight describes the questions, not what is right. Each set
counts as one of at most :data:`MAX_WEIGHT` answers. The printed figures are of the left-out set each: the
weights for it are fitted on the others.
"""

import argparse
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from index import IndexDir, Span
from qa.answering.answerers.answer_confidence import AnswerConfidence
from qa.answering.answerers.extractive import ExtractiveAnswerer
from qa.answering.answerers.sentence_choice import default_choice
from qa.answering.footnotes import to_document_span
from qa.answering.readers.base import PassageReading
from qa.answering.retrieval import Retriever
from qa.bootstrap import Services, build_services, make_limits
from qa.evaluation import build_question_set_index, load_question_set
from qa.evaluation.everyday import (
    DOCUMENT_FOLDERS,
    Verdict,
    build_everyday_index,
    expected_calibration_error,
    find_documents,
    judge,
    load_everyday,
)
from qa.evaluation.reader_calibration import sampled
from qa.records import AnswerDraft, Quote
from qa.settings import Settings

WEIGHTS = Path("qa/answering/answerers/answer_confidence.json")
MAX_WEIGHT = 120
"""Number of answers that the answers of a larger set count as."""
STRENGTH = 0.1
"""Inverse of the penalty on the weights of the standardised features."""
NEVER_REFUSES = 0.0
OTHER_FORMS = frozenset({"comparison", "list", "summary", "about", "which_document"})
"""Kinds of everyday questions that ask for more than one sentence, so that other forms should answer them."""


@dataclass(frozen=True, slots=True)
class Answered:
    """
    One answer.

    Args:
        set_name: Name of its question's set.
        features: By name.
        right: Whether it is right.
        answerable: Whether a right answer exists.
    """

    set_name: str
    features: dict[str, float]
    right: bool
    answerable: bool


@dataclass(slots=True)
class RecordingAnswerer:
    """Answers everything and records the features of the last answer."""

    answerer: ExtractiveAnswerer
    features: dict[str, float] = field(default_factory=dict)
    first: Quote | None = None

    def draft(self, question: str, readings: Sequence[PassageReading]) -> Iterator[AnswerDraft]:
        """Compose an answer as the answerer does."""
        self.features, self.first = self.answerer.known(question, readings)
        yield from self.answerer.draft(question, readings)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--everyday", type=Path, nargs="*", default=[], help="folders of everyday questions")
    parser.add_argument("--sets", type=Path, nargs="*", default=[], help="folders of other question sets")
    parser.add_argument("--sample", type=int, default=200, help="questions of each of the other sets")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--answers", type=Path, help="file of answers; if it exists, no question is asked")
    parser.add_argument("--write", action="store_true", help=f"write {WEIGHTS}")
    options = parser.parse_args()
    if options.answers and options.answers.exists():
        answers = read_answers(options.answers)
    else:
        services = build_services(Settings())
        answers = [one for folder in options.everyday for one in of_everyday(folder, services)]
        for folder in options.sets:
            answers += of_set(folder, options.sample, options.seed, services)
        if options.answers:
            write_answers(options.answers, answers)
    print(report(answers))
    fitted = fit(answers)
    content = json.dumps({"bias": fitted.bias, "weights": fitted.weights}, indent=2)
    print(content)
    if options.write:
        WEIGHTS.write_text(content + "\n", encoding="utf-8")


def write_answers(path: Path, answers: Sequence[Answered]) -> None:
    """Write one answer per line."""
    path.write_text("".join(json.dumps(asdict(one)) + "\n" for one in answers), encoding="utf-8")


def read_answers(path: Path) -> list[Answered]:
    """Read the answers that :func:`write_answers` wrote."""
    return [Answered(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


# ---- fitting


def fit(answers: Sequence[Answered]) -> AnswerConfidence:
    """Return the weights of a logistic regression over all answers, none below 0."""
    from scipy.optimize import minimize

    names = list(answers[0].features)
    values = np.array([[one.features[name] for name in names] for one in answers])
    mean, spread = values.mean(0), values.std(0) + 1e-6
    scaled = np.hstack([np.ones((len(values), 1)), (values - mean) / spread])
    signs = np.where([one.right for one in answers], 1.0, -1.0)
    counts = _counts(answers)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margins = signs * (scaled @ weights)
        wrong = 1 / (1 + np.exp(np.clip(margins, -50, 50)))
        penalised = np.r_[0.0, weights[1:]]
        total = counts @ np.logaddexp(0, -margins) + penalised @ penalised / (2 * STRENGTH)
        return float(total), -(scaled.T @ (counts * wrong * signs)) + penalised / STRENGTH

    bounds = [(None, None)] + [(0, None)] * len(names)
    solution = minimize(loss, np.zeros(len(names) + 1), jac=True, bounds=bounds, method="L-BFGS-B").x
    weights = solution[1:] / spread
    return AnswerConfidence(
        round(float(solution[0] - weights @ mean), 4),
        {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)},
    )


def _counts(answers: Sequence[Answered]) -> np.ndarray:
    """Return how much each answer counts: a large set's answers count less."""
    sizes = {name: sum(one.set_name == name for one in answers) for name in _set_names(answers)}
    return np.array([min(1.0, MAX_WEIGHT / sizes[one.set_name]) for one in answers])


def _set_names(answers: Sequence[Answered]) -> list[str]:
    return list(dict.fromkeys(one.set_name for one in answers))


def left_out(answers: Sequence[Answered]) -> dict[str, list[tuple[Answered, float]]]:
    """Return each set's answers with their confidence by weights that were fitted on the other sets."""
    found = {}
    for name in _set_names(answers):
        fitted = fit([one for one in answers if one.set_name != name])
        found[name] = [(one, fitted.probability(one.features)) for one in answers if one.set_name == name]
    return found


def report(answers: Sequence[Answered]) -> str:
    """Return how well confidences tell right from wrong answers of sets that they weren't fitted on."""
    if len(_set_names(answers)) == 1:
        fitted = fit(answers)
        groups = {"fitted on itself": [(one, fitted.probability(one.features)) for one in answers]}
    else:
        groups = left_out(answers)
        groups["all, each left out"] = [pair for pairs in groups.values() for pair in pairs]
    lines = []
    for name, pairs in groups.items():
        lines += [
            _summary(name, pairs),
            *(_at_threshold(pairs, float(at)) for at in np.arange(0.3, 0.65, 0.05)),
        ]
    return "\n".join(lines)


def _summary(name: str, pairs: Sequence[tuple[Answered, float]]) -> str:
    from sklearn.metrics import roc_auc_score

    right = [one.right for one, _ in pairs]
    area = roc_auc_score(right, [confidence for _, confidence in pairs]) if 0 < sum(right) < len(right) else 1
    error = expected_calibration_error([(confidence, one.right) for one, confidence in pairs])
    return (
        f"{name}: {len(pairs)} answers, {sum(right)} right, {sum(not one.answerable for one, _ in pairs)} "
        f"without an answer; AUROC {area:.3f}, calibration error {error:.3f}"
    )


def _at_threshold(pairs: Sequence[tuple[Answered, float]], threshold: float) -> str:
    """Return what is shown and refused below one threshold, and how right the answers above it are."""
    shown = [one for one, confidence in pairs if confidence >= threshold]
    refused = [one for one, confidence in pairs if confidence < threshold]
    return (
        f"  below {threshold:.2f}: {sum(one.right for one in refused)} right ones refused, "
        f"{sum(not one.right for one in shown)} wrong ones shown; "
        f"{sum(one.right for one in shown)} of {len(shown)} shown are right"
    )


# ---- answers


def of_everyday(folder: Path, services: Services) -> Iterator[Answered]:
    """Yield the answers to the everyday questions of the tuning half that no other form answers."""
    questions, documents = load_everyday(folder)
    places = (folder / name for name in DOCUMENT_FOLDERS)
    source = next((place for place in places if place.is_dir()), folder)
    index = build_everyday_index(
        find_documents([one for one in documents if one.half == "tuning"], source),
        embedder=services.embedder,
        chunking=services.chunking,
        limits=make_limits(services.settings),
        progress=lambda progress: None,
    )
    recording = _recording(services)
    pipeline = replace(services.pipeline_over(index), answerer=recording)
    with IndexDir(index).open_current() as snapshot:
        doc_ids = {Path(path).name: entry.doc_id for entry in snapshot.documents() for path in entry.paths}
    for question in questions:
        if (
            question.half != "tuning"
            or question.kind in OTHER_FORMS
            or question.expects not in {"answer", "refusal"}
        ):
            continue
        recording.features = {}
        scope = [doc_ids[name] for name in question.documents if name in doc_ids] or None
        answer = pipeline.run(question.question, scope, history=question.turns)
        if recording.features:
            answerable = question.expects == "answer"
            right = answerable and judge(question, answer)[0] is Verdict.RIGHT
            yield Answered(folder.name, recording.features, right, answerable)


def of_set(folder: Path, sample: int, seed: int, services: Services) -> Iterator[Answered]:
    """Yield the answers to a sample of a set's questions; every third is asked without its gold documents."""
    question_set = load_question_set(folder)
    index = build_question_set_index(
        question_set, embedder=services.embedder, chunking=services.chunking, progress=lambda progress: None
    )
    settings = services.settings
    retriever = Retriever(services.embedder, settings.dense_weight, settings.candidates)
    answerer = _recording(services).answerer
    fitting = [
        question
        for question in question_set.questions
        if hashlib.sha256((question.spans[0].doc if question.spans else question.id).encode()).digest()[0] % 2
        == 0
    ]
    with IndexDir(index).open_current() as snapshot:
        for place, question in enumerate(sampled(fitting, sample, seed)):
            gold = [Span(question_set.doc_ids[span.doc], span.start, span.end) for span in question.spans]
            hidden = {span.doc_id for span in gold} if place % 3 == 2 else set()
            found = retriever.retrieve(snapshot, question.text, 3 * settings.passages)
            visible = [one for one in found if one.span.doc_id not in hidden][: settings.passages]
            readings = services.reader.read(question.text, visible)
            features, first = answerer.known(question.text, readings)
            if first is None:
                continue
            answerable = bool(question.answerable) and not hidden
            *_, draft = answerer.draft(question.text, readings)
            shown = [quote for claim in draft.claims for quote in claim.quotes]
            spans = [to_document_span(quote.passage.span, quote.start, quote.end) for quote in shown]
            right = answerable and any(span.overlaps(one) for span in spans for one in gold)
            yield Answered(folder.name, features, right, answerable)


def _recording(services: Services) -> RecordingAnswerer:
    settings = services.settings
    return RecordingAnswerer(ExtractiveAnswerer(NEVER_REFUSES, settings.bold_from, choice=default_choice()))


if __name__ == "__main__":
    main()
