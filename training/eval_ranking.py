"""
Choose the weights of the reader's and of retrieval's scores in the order of passages, on half of dev sets.

Example::

    python -m training.eval_ranking --sets ../shared/data/scifact ../shared/data/clapnq_a --sample 200

It prints the nDCG@10 of the documents in retrieval's order and in the reader's order for each pair of
weights, on the half that chooses and on the other. They are the weights in the reader's
``PassageScores.relevance``.
"""

import argparse
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from index import IndexDir, Progress
from qa.answering.readers.cross_encoder import WEIGHTS, CrossEncoderReader
from qa.answering.readers.scoring import PassageScores
from qa.answering.retrieval import Retriever
from qa.bootstrap import make_chunking, make_embedder_from
from qa.evaluation import Question, build_question_set_index, load_question_set
from qa.evaluation.measures.retrieval import ndcg
from qa.evaluation.reader_calibration import sampled
from qa.settings import Settings

HERES = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
RETRIEVALS = (0.0, 50.0, 85.0, 100.0, 120.0, 150.0, 200.0, 250.0, 300.0, 360.0, 400.0)


@dataclass(frozen=True, slots=True)
class Ranked:
    """
    One question's passages in retrieval's order.

    Args:
        documents: The document of every retrieved passage.
        read: Margin, has-answer logit and retrieval score of the first passages, which were read.
        grades: Grades of the relevant documents.
    """

    documents: tuple[str, ...]
    read: tuple[tuple[float, float, float], ...]
    grades: Mapping[str, int]

    def ndcg(self, here: float, retrieval: float) -> float:
        """Return nDCG@10 with the read passages ordered by the weighted sum, ties in retrieval's order."""
        sums = [margin + here * present + retrieval * score for margin, present, score in self.read]
        order = sorted(range(len(sums)), key=lambda place: -sums[place])
        return self.as_ordered([*order, *range(len(sums), len(self.documents))])

    def as_ordered(self, places: Sequence[int]) -> float:
        """Return nDCG@10 with the passages in that order; a document ranks where it first occurs."""
        return ndcg(list(dict.fromkeys(self.documents[place] for place in places)), self.grades, 10)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=Path, nargs="+", required=True, help="folders of question sets")
    parser.add_argument("--sample", type=int, default=200, help="questions per set")
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
    """Yield the rankings of a sample of the set's questions that have relevant documents."""
    question_set = load_question_set(folder)
    embedder = make_embedder_from(settings)
    index = build_question_set_index(
        question_set, embedder=embedder, chunking=make_chunking(settings), progress=_quiet
    )
    retriever = Retriever(embedder, settings.dense_weight, settings.candidates)
    with IndexDir(index).open_current() as snapshot:
        for question in sampled(question_set.questions, sample, seed):
            grades = _grades(question, question_set.doc_ids)
            if grades:
                found = retriever.retrieve(snapshot, question.text, 3 * settings.passages)
                scored = reader.score(question.text, found[: settings.passages])
                documents = tuple(passage.span.doc_id for passage in found)
                yield Ranked(documents, tuple(map(_scores, scored)), grades)


def table(ranked: Sequence[Ranked]) -> str:
    """Return the figures of retrieval alone and of the first half's best weights, on both halves."""
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


def _scores(scored: PassageScores) -> tuple[float, float, float]:
    margin = scored.candidates[0].margin if scored.candidates else -math.inf
    return margin, scored.has_answer_logit, scored.passage.hit.score


def _quiet(progress: Progress) -> None:
    pass


if __name__ == "__main__":
    main()
