"""
Fit the confidence of the default answerer's answers, which decides between an answer and a refusal.

Example::

    python -m training.confidence --everyday seeds/everyday --write \
        --sets ../shared/data/chunking_eval_a ../shared/data/squadshifts_new_wiki_dev

The questions go through Footnote's own retrieval and reader, and nothing is refused. An answer to an everyday
question, of which only the tuning half is asked, is right if its verdict is; one to a question of another
set, if its first sentence shares a character with a gold span. In those sets, answers to questions without an
answer and to questions whose gold documents are excluded from retrieval are wrong. Each other set has a
weight of its own for being harder or easier than everyday questions, which isn't written.

The printed figures are of six-fold cross-validation over the documents of the everyday questions.
"""

import argparse
import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from index import IndexDir, Span
from qa.answering.answerers.answer_confidence import AnswerConfidence
from qa.answering.answerers.extractive import ExtractiveAnswerer
from qa.answering.answerers.sentence_choice import default_choice
from qa.answering.readers.base import PassageReading
from qa.answering.retrieval import Retriever
from qa.bootstrap import Services, build_services, make_limits
from qa.evaluation import Question, QuestionSet, build_question_set_index, load_question_set
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
FOLDS = 6
SET_WEIGHT = 0.4
"""Weight of a question of another set relative to an everyday one."""
STRENGTH = 0.3
"""Inverse of the penalty on the weights of the standardised features."""
NEVER_REFUSES = 0.0


@dataclass(frozen=True, slots=True)
class Answered:
    """
    One answer.

    Args:
        set_name: Name of its question's set.
        group: The document that the question is about; a group is either fitted on or tested on.
        features: By name.
        right: Whether it is right.
        answerable: Whether a right answer exists.
    """

    set_name: str
    group: str
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
    parser.add_argument("--sets", type=Path, nargs="*", default=[], help="folders of question sets")
    parser.add_argument("--everyday", type=Path, required=True, help="folder of everyday questions")
    parser.add_argument("--documents", type=Path, help="folder with the files of the everyday questions")
    parser.add_argument("--sample", type=int, default=200, help="questions per set")
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--write", action="store_true", help=f"write {WEIGHTS}")
    options = parser.parse_args()
    services = build_services(Settings())
    everyday = list(of_everyday(options.everyday, options.documents, services))
    others = [
        one for folder in options.sets for one in of_set(folder, options.sample, options.seed, services)
    ]
    print(report(everyday, crossed(everyday, others)))
    fitted = fit([*everyday, *others])
    content = json.dumps({"bias": fitted.bias, "weights": fitted.weights}, indent=2)
    print(content)
    if options.write:
        WEIGHTS.write_text(content + "\n", encoding="utf-8")


def fit(answers: Sequence[Answered]) -> AnswerConfidence:
    """Return the weights of a logistic regression over all answers."""
    from sklearn.linear_model import LogisticRegression

    names = list(answers[0].features)
    others = sorted({one.set_name for one in answers if one.set_name != "everyday"})
    values = np.array(
        [
            [*(one.features[name] for name in names), *(float(one.set_name == name) for name in others)]
            for one in answers
        ]
    )
    mean, spread = values.mean(0), values.std(0) + 1e-6
    counted = [1.0 if one.set_name == "everyday" else SET_WEIGHT for one in answers]
    model = LogisticRegression(C=STRENGTH, max_iter=5000)
    model.fit((values - mean) / spread, [one.right for one in answers], sample_weight=counted)
    weights = model.coef_[0] / spread
    bias = float(model.intercept_[0] - weights @ mean)
    return AnswerConfidence(
        round(bias, 4),
        {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=False)},
    )


def crossed(everyday: Sequence[Answered], others: Sequence[Answered]) -> list[float]:
    """Return each everyday answer's confidence by weights fitted without its document."""
    folds = [hashlib.sha256(one.group.encode()).digest()[0] % FOLDS for one in everyday]
    fitted = [
        fit([*(one for one, fold in zip(everyday, folds, strict=True) if fold != held_out), *others])
        for held_out in range(FOLDS)
    ]
    return [fitted[fold].probability(one.features) for one, fold in zip(everyday, folds, strict=True)]


def report(answers: Sequence[Answered], confidences: Sequence[float]) -> str:
    """Return figures on how confidences separate right from wrong answers, and on each threshold."""
    from sklearn.metrics import roc_auc_score

    right = [one.right for one in answers]
    predictions = list(zip(confidences, right, strict=True))
    lines = [
        f"{len(answers)} answers, {sum(right)} right; AUROC {roc_auc_score(right, confidences):.3f}, "
        f"calibration error {expected_calibration_error(predictions):.3f}"
    ]
    for threshold in np.arange(0.2, 0.5, 0.04):
        refused = [confidence < threshold for confidence in confidences]
        pairs = list(zip(answers, refused, strict=True))
        lines.append(
            f"below {threshold:.2f}: {sum(one.answerable for one, out in pairs if out)} answerable refused, "
            f"{sum(not one.right for one, out in pairs if not out)} wrong shown"
        )
    return "\n".join(lines)


def of_everyday(folder: Path, files: Path | None, services: Services) -> Iterator[Answered]:
    """Yield the answers to the everyday questions of the tuning half that no other form answers."""
    questions, documents = load_everyday(folder)
    places = (folder / name for name in DOCUMENT_FOLDERS)
    source = files or next((place for place in places if place.is_dir()), folder)
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
        if question.half != "tuning" or question.expects not in {"answer", "refusal"}:
            continue
        recording.features = {}
        scope = [doc_ids[name] for name in question.documents if name in doc_ids] or None
        answer = pipeline.run(question.question, scope, history=question.turns)
        if recording.features:
            answerable = question.expects == "answer"
            group = question.must_cite[0].document if question.must_cite else question.id
            right = answerable and judge(question, answer)[0] is Verdict.RIGHT
            yield Answered("everyday", group, recording.features, right, answerable)


def of_set(folder: Path, sample: int, seed: int, services: Services) -> Iterator[Answered]:
    """Yield the answers to a sample of a set's questions; every third is asked without its gold documents."""
    question_set = load_question_set(folder)
    index = build_question_set_index(
        question_set, embedder=services.embedder, chunking=services.chunking, progress=lambda progress: None
    )
    settings = services.settings
    retriever = Retriever(services.embedder, settings.dense_weight, settings.candidates)
    recording = _recording(services)
    with IndexDir(index).open_current() as snapshot:
        for place, question in enumerate(sampled(question_set.questions, sample, seed)):
            gold = {question_set.doc_ids[span.doc] for span in question.spans}
            hidden = gold if place % 3 == 2 else set()
            found = retriever.retrieve(snapshot, question.text, 2 * settings.passages)
            visible = [one for one in found if one.span.doc_id not in hidden][: settings.passages]
            yield from answered(
                question, question_set, hidden, recording, services.reader.read(question.text, visible)
            )


def answered(
    question: Question,
    question_set: QuestionSet,
    hidden: Collection[str],
    recording: RecordingAnswerer,
    readings: Sequence[PassageReading],
) -> Iterator[Answered]:
    """Yield the answer to one question of a set, unless nothing was read."""
    features, first = recording.answerer.known(question.text, readings)
    if first is None:
        return
    gold = [
        Span(question_set.doc_ids[span.doc], span.start, span.end)
        for span in question.spans
        if question.answerable and not hidden
    ]
    start = first.passage.span.start
    span = Span(first.passage.span.doc_id, start + first.start, start + first.end)
    group = question.spans[0].doc if question.spans else question.id
    right = any(span.overlaps(one) for one in gold)
    yield Answered(question_set.name, group, features, right, bool(question.answerable) and not hidden)


def _recording(services: Services) -> RecordingAnswerer:
    settings = services.settings
    return RecordingAnswerer(ExtractiveAnswerer(NEVER_REFUSES, settings.bold_from, choice=default_choice()))


if __name__ == "__main__":
    main()
