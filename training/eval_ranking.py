"""
Weighs what the reader says against what retrieval says in the order of passages, on one half of dev sets.

Example::

    python -m training.eval_ranking --sets ../shared/data/scifact ../shared/data/clapnq_a --sample 200

Printed is nDCG@10 of the documents in retrieval's order, and in the reader's for each pair of weights, on the
half that chooses and on the other. They are the weights in the reader's ``PassageScores.relevance``.
"""

import argparse
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from index import IndexDir, Progress
from qa.answering.readers.cross_encoder import WEIGHTS, CrossEncoderReader, PassageScores
from qa.answering.retrieval import Retriever
from qa.bootstrap import make_chunking, make_embedder_from
from qa.evaluation import Question, load_question_set, prepare
from qa.evaluation.measures.retrieval import ndcg
from qa.settings import Settings
from training.calibration_data import sampled

HERES = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
RETRIEVALS = (0.0, 50.0, 85.0, 100.0, 120.0, 150.0, 200.0, 250.0, 300.0, 360.0, 400.0)


@dataclass(frozen=True, slots=True)
class Ranked:
    """
    One question's passages in retrieval's order: of those that were read, margin, "here" and retrieval score.

    Args:
        documents: Of every passage found.
        read: Of the first of them.
        grades: Of the documents that are relevant.
    """

    documents: tuple[str, ...]
    read: tuple[tuple[float, float, float], ...]
    grades: Mapping[str, int]

    def ndcg(self, here: float, retrieval: float) -> float:
        """With the passages that were read in the order of the weighted sum; ties as retrieval has them."""
        sums = [margin + here * present + retrieval * score for margin, present, score in self.read]
        order = sorted(range(len(sums)), key=lambda place: -sums[place])
        return self.as_ordered([*order, *range(len(sums), len(self.documents))])

    def as_ordered(self, places: Sequence[int]) -> float:
        """nDCG@10 of the documents where each first occurs in that order of the passages."""
        return ndcg(list(dict.fromkeys(self.documents[place] for place in places)), self.grades, 10)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=Path, nargs="+", required=True, help="folders of question sets")
    parser.add_argument("--sample", type=int, default=200, help="questions a set")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the reader's weights")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    settings = Settings()
    reader = CrossEncoderReader(settings.reader_precision, settings.threads, options.weights)
    for folder in options.sets:
        ranked = list(ranked_of(folder, reader, settings, options.sample, options.seed))
        print(f"{folder.name}, {len(ranked)} questions: {table(ranked)}", flush=True)


def ranked_of(
    folder: Path, reader: CrossEncoderReader, settings: Settings, sample: int, seed: int
) -> Iterator[Ranked]:
    """What is found and read for some of the set's questions that have relevant documents."""
    question_set = load_question_set(folder)
    embedder = make_embedder_from(settings)
    index = prepare(question_set, embedder=embedder, chunking=make_chunking(settings), progress=_quiet)
    retriever = Retriever(embedder, settings.dense_weight, settings.candidates)
    with IndexDir(index).open_current() as snapshot:
        for question in sampled(question_set.questions, sample, seed):
            grades = _grades(question, question_set.doc_ids)
            if grades:
                found = retriever.retrieve(snapshot, question.text, 3 * settings.passages)
                evidence = reader.score(question.text, found[: settings.passages])
                documents = tuple(passage.span.doc_id for passage in found)
                yield Ranked(documents, tuple(map(_scores, evidence)), grades)


def table(ranked: Sequence[Ranked]) -> str:
    """Retrieval alone, then the best weights of the first half with what both halves make of them."""
    halves = ranked[::2], ranked[1::2]
    alone = [statistics.mean(one.as_ordered(range(len(one.documents))) for one in half) for half in halves]
    lines = [f"retrieval alone {alone[0]:.3f} {alone[1]:.3f}"]
    pairs = [(here, retrieval) for here in HERES for retrieval in RETRIEVALS]
    means = {pair: [statistics.mean(one.ndcg(*pair) for one in half) for half in halves] for pair in pairs}
    for here, retrieval in sorted(pairs, key=lambda pair: -means[pair][0])[:12]:
        first, second = means[here, retrieval]
        lines.append(f"here {here}, retrieval {retrieval}: {first:.3f} {second:.3f}")
    return "\n  ".join(lines)


def _grades(question: Question, doc_ids: Mapping[str, str]) -> dict[str, int]:
    names = question.relevant or {span.doc: 1 for span in question.spans}
    return {doc_ids.get(name, name): grade for name, grade in names.items() if grade > 0}


def _scores(evidence: PassageScores) -> tuple[float, float, float]:
    margin = evidence.candidates[0].margin if evidence.candidates else -math.inf
    return margin, evidence.has_answer_logit, evidence.passage.hit.score


def _quiet(progress: Progress) -> None:
    pass


if __name__ == "__main__":
    main()
