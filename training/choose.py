"""
Fit the weights by which the default answerer chooses among the reader's candidate sentences.

Example::

    python -m training.choose --sets ../shared/data/chunking_eval_a ../shared/data/squadshifts_new_wiki_dev \
        --everyday seeds/everyday --sample 400 --write

The questions go through Footnote's own retrieval and reader. A sentence is right if it shares a character
with a gold span. For everyday questions, of which only the tuning half is asked, it is right if it overlaps
words that must be cited and has some that the answer must contain. A logistic regression over all sentences
gives the weights, with every set counting equally; a second one over each question's likeliest sentence
corrects for the selection of the best of many.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index import IndexDir, Span
from qa.answering.answerers.sentence_choice import SentenceChoice, features, likeliest
from qa.answering.footnotes import to_document_span
from qa.answering.readers import default_reader
from qa.answering.readers.base import Reader
from qa.answering.retrieval import Retriever
from qa.bootstrap import make_chunking, make_embedder_from, make_limits
from qa.evaluation import build_question_set_index, load_question_set
from qa.evaluation.everyday import (
    DOCUMENT_FOLDERS,
    EverydayQuestion,
    build_everyday_index,
    contains,
    find_documents,
    fold,
    load_everyday,
)
from qa.evaluation.reader_calibration import sampled
from qa.records import Quote
from qa.settings import Settings

WEIGHTS = Path("qa/answering/answerers/sentence_choice.json")


@dataclass(frozen=True, slots=True)
class Weighed:
    """
    One sentence of a question.

    Args:
        set_name: Name of the question's set.
        question: Number of the question among all.
        features: By name.
        right: Whether it answers the question.
    """

    set_name: str
    question: int
    features: dict[str, float]
    right: bool


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", type=Path, nargs="*", default=[], help="folders of question sets")
    parser.add_argument(
        "--everyday", type=Path, help="folder of everyday questions; its tuning half is asked"
    )
    parser.add_argument("--sample", type=int, default=400, help="questions per set")
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--write", action="store_true", help=f"write {WEIGHTS}")
    options = parser.parse_args()
    settings = Settings()
    reader = default_reader(settings.reader_precision, settings.threads)
    rows = list(of_sets(options.sets, options.sample, options.seed, settings, reader))
    if options.everyday:
        rows += of_everyday(options.everyday, settings, reader, first=len(rows))
    choice = fit(rows)
    print(json.dumps({"bias": choice.bias, "weights": choice.weights}, indent=2))
    if options.write:
        write(choice, WEIGHTS)


def write(choice: SentenceChoice, path: Path) -> None:
    """Write weights as :func:`qa.answering.answerers.sentence_choice.default_choice` reads them."""
    path.write_text(
        json.dumps({"bias": choice.bias, "weights": choice.weights}, indent=2) + "\n", encoding="utf-8"
    )


def fit(rows: Sequence[Weighed]) -> SentenceChoice:
    """Return weights of a logistic regression over all sentences, corrected for the choice of the best."""
    names = list(rows[0].features)
    values = np.array([[row.features[name] for name in names] for row in rows])
    right = np.array([row.right for row in rows])
    sizes = {name: sum(row.set_name == name for row in rows) for name in {row.set_name for row in rows}}
    shares = np.array([len(rows) / (len(sizes) * sizes[row.set_name]) for row in rows])
    mean, spread = values.mean(0), values.std(0) + 1e-6
    coefficients, bias = _logistic((values - mean) / spread, right, shares)
    coefficients = coefficients / spread
    bias -= float(coefficients @ mean)
    logits = values @ coefficients + bias
    best: dict[int, int] = {}
    for at, row in enumerate(rows):
        if row.question not in best or logits[at] > logits[best[row.question]]:
            best[row.question] = at
    first = list(best.values())
    (scale,), shift = _logistic(logits[first, None], right[first], shares[first])
    return SentenceChoice(
        round(float(bias * scale + shift), 4),
        {name: round(float(weight * scale), 4) for name, weight in zip(names, coefficients, strict=True)},
    )


def _logistic(values: np.ndarray, right: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, float]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=0.3, max_iter=500).fit(values, right, sample_weight=shares)
    return model.coef_[0], float(model.intercept_[0])


def of_sets(
    folders: Iterable[Path], sample: int, seed: int, settings: Settings, reader: Reader
) -> Iterator[Weighed]:
    """Yield the sentences of a sample of each set's questions."""
    place = 0
    for folder in folders:
        question_set = load_question_set(folder)
        embedder = make_embedder_from(settings)
        index = build_question_set_index(
            question_set, embedder=embedder, chunking=make_chunking(settings), progress=lambda progress: None
        )
        retriever = Retriever(embedder, settings.dense_weight, settings.candidates)
        with IndexDir(index).open_current() as snapshot:
            for question in sampled(question_set.questions, sample, seed):
                found = retriever.retrieve(snapshot, question.text, settings.passages)
                gold = [
                    Span(question_set.doc_ids[span.doc], span.start, span.end)
                    for span in question.spans
                    if question.answerable
                ]
                quotes = likeliest(reader.read(question.text, found))
                place += 1
                for quote, of_quote in zip(quotes, features(question.text, quotes), strict=True):
                    yield Weighed(
                        question_set.name, place, of_quote, any(span_of(quote).overlaps(one) for one in gold)
                    )


def of_everyday(folder: Path, settings: Settings, reader: Reader, first: int) -> Iterator[Weighed]:
    """Yield the sentences of the everyday questions in the tuning half without a history."""
    questions, documents = load_everyday(folder)
    places = (folder / name for name in DOCUMENT_FOLDERS)
    source = next((place for place in places if place.is_dir()), folder)
    embedder = make_embedder_from(settings)
    index = build_everyday_index(
        find_documents([one for one in documents if one.half == "tuning"], source),
        embedder=embedder,
        chunking=make_chunking(settings),
        limits=make_limits(settings),
        progress=lambda progress: None,
    )
    retriever = Retriever(embedder, settings.dense_weight, settings.candidates)
    with IndexDir(index).open_current() as snapshot:
        doc_ids = {Path(path).name: entry.doc_id for entry in snapshot.documents() for path in entry.paths}
        for place, question in enumerate(questions, start=first):
            if question.half != "tuning" or question.history or question.expects not in {"answer", "refusal"}:
                continue
            quotes = likeliest(
                reader.read(
                    question.question, retriever.retrieve(snapshot, question.question, settings.passages)
                )
            )
            texts = {
                doc_id: snapshot.document(doc_id).text
                for doc_id in {span_of(quote).doc_id for quote in quotes}
            }
            for quote, of_quote in zip(quotes, features(question.question, quotes), strict=True):
                right = answers(question, quote, texts[span_of(quote).doc_id], doc_ids)
                yield Weighed(folder.name, place, of_quote, right)


def answers(question: EverydayQuestion, quote: Quote, text: str, doc_ids: dict[str, str]) -> bool:
    """Return whether a sentence overlaps words to be cited and has some that the answer must contain."""
    span = span_of(quote)
    cited = any(
        doc_ids.get(one.document) == span.doc_id and one.text and _overlaps(text, one.text, span)
        for one in question.must_cite
    )
    folded = fold(quote.text)
    return cited and any(contains(folded, word) for group in question.must_contain for word in group)


def _overlaps(text: str, words: str, span: Span) -> bool:
    at = text.find(words)
    while at >= 0:
        if at < span.end and span.start < at + len(words):
            return True
        at = text.find(words, at + 1)
    return False


def span_of(quote: Quote) -> Span:
    """Return the span of a quote in its document."""
    return to_document_span(quote.passage.span, quote.start, quote.end)


if __name__ == "__main__":
    main()
