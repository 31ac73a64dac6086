"""
Fit the weights by which sentences are chosen by their words, on questions in several languages.

Example::

    python -m seeds.packages.fetch
    python -m training.choose_in_languages seeds/repositories/languages seeds/packages/languages \
        seeds/packages/other_languages seeds/everyday --write

The tuning halves of sets in the everyday format are used. The documents of a set are in its folder
``documents``, where those of ``seeds/repositories`` must be put, or in ``../shared/everyday/docs``.

The first weights order the sentences of a question. They maximise the likelihood of those that answer, with a
ridge towards the weights of ``training/choose_by_words.py``. A logistic regression over each question's first
sentence then tells how likely it answers; it also learns from near misses, and from each question without the
sentences that answer.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from index import ENGLISH, IndexDir, MultilingualEmbedder, word_stems
from qa import bootstrap
from qa.answering.answerers.other_languages import RETRIEVED, is_heading, reader_preference
from qa.answering.answerers.sentence_similarity import VectorSimilarity
from qa.answering.answerers.word_match import features, scaled_similarity
from qa.answering.languages import can_be_in, detect_language
from qa.answering.sources import Sources
from qa.evaluation.everyday import (
    DOCUMENT_FOLDERS,
    EverydayQuestion,
    build_everyday_index,
    find_documents,
    load_everyday,
)
from qa.records import Quote
from qa.settings import Settings

WEIGHTS = Path("qa/answering/answerers/word_match.json")
PRIOR = {
    "read": 0.35,
    "fragment": -2.0,
    "defines": 1.5,
    "ends_with_colon": 0.0,
    "announces": 1.5,
    "similarity": 2.0,
}
"""Weights towards which the ridge pulls, where English questions gave none."""
LACKS_NUMBER = -1.5
"""Added to the weight that English questions gave."""
RIDGE = 2.0
HIDDEN_WEIGHT = 0.35
"""Weight of a question without the sentences that answer, which are easier to refuse than near misses."""
CERTAINTY = ("score", "share", "read", "similarity", "lacks_number", "lacks_type")


@dataclass(frozen=True, slots=True)
class Question:
    """
    A question with its sentences.

    Args:
        features: Of each sentence.
        answers: Whether each sentence answers; none does for a near miss.
    """

    features: tuple[Mapping[str, float], ...]
    answers: tuple[bool, ...]


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", type=Path, nargs="+", help="folders of question sets")
    parser.add_argument("--write", action="store_true", help=f"write {WEIGHTS}")
    options = parser.parse_args()
    questions = [one for folder in options.sets for one in _of_set(folder)]
    content = fit(questions, json.loads(WEIGHTS.read_text(encoding="utf-8"))["english"])
    print(json.dumps(content, indent=2))
    if options.write:
        WEIGHTS.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def fit(questions: Sequence[Question], english: Mapping[str, float]) -> dict[str, Any]:
    """
    Return the content of the file of weights.

    Args:
        questions: With and without an answer.
        english: The weights by feature that were fitted on English questions.
    """
    prior = dict(english) | PRIOR
    prior["lacks_number"] += LACKS_NUMBER
    weights = _ordering(questions, prior)
    bias, certainty = _certainty(questions, weights, CERTAINTY)
    unread_bias, unread = _certainty(
        questions,
        {name: weight for name, weight in weights.items() if name != "read"},
        [name for name in CERTAINTY if name != "read"],
    )
    return {
        "english": dict(english),
        "weights": {name: round(value, 4) for name, value in weights.items()},
        "certainty_bias": bias,
        "certainty": certainty,
        "unread_bias": unread_bias,
        "unread": unread,
    }


def _certainty(
    questions: Sequence[Question], weights: Mapping[str, float], names: Sequence[str]
) -> tuple[float, dict[str, float]]:
    """Return the bias and the weights by which a question's first sentence answers."""
    rows, rights, counts = [], [], []
    for one in questions:
        scores = _matrix(one.features, list(weights)) @ np.array(list(weights.values()))
        answers = np.array(one.answers)
        rows.append(_first(one.features, scores))
        rights.append(float(answers[np.argmax(scores)]))
        counts.append(1.0)
        if answers.any() and not answers.all():
            others = [of for of, answer in zip(one.features, answers, strict=True) if not answer]
            rows.append(_first(others, scores[~answers]))
            rights.append(0.0)
            counts.append(HIDDEN_WEIGHT)
    bias, *fitted = _logistic(_matrix(rows, names), np.array(rights), np.array(counts))
    return round(float(bias), 4), {
        name: round(float(one), 4) for name, one in zip(names, fitted, strict=True)
    }


def _first(of_sentences: Sequence[Mapping[str, float]], scores: Any) -> dict[str, float]:
    """Return the features of the sentence with the highest score, with its score and its share."""
    best = int(np.argmax(scores))
    share = 1 / np.exp(scores - scores[best]).sum()
    return {**of_sentences[best], "score": float(scores[best]), "share": float(share)}


def _ordering(questions: Sequence[Question], prior: Mapping[str, float]) -> dict[str, float]:
    """Return the weights for which the sentences that answer come first, by Newton's method."""
    names = list(prior)
    start = np.array(list(prior.values()))
    answered = [
        (_matrix(one.features, names), np.array(one.answers)) for one in questions if any(one.answers)
    ]
    weights = start.copy()
    for _ in range(100):
        gradient = -RIDGE * (weights - start)
        hessian = np.eye(len(names)) * RIDGE
        for rows, answers in answered:
            parts = np.exp(rows @ weights - (rows @ weights).max())
            likely = parts / parts.sum()
            right = likely * answers / (likely * answers).sum()
            mean = rows.T @ likely
            gradient += rows.T @ (right - likely)
            hessian += (rows * likely[:, None]).T @ rows - np.outer(mean, mean)
        step = np.linalg.solve(hessian, gradient)
        weights = weights + step
        if np.abs(step).max() < 1e-4:
            break
    return {name: float(weight) for name, weight in zip(names, weights, strict=True)}


def _matrix(rows: Sequence[Mapping[str, float]], names: Sequence[str]) -> Any:
    return np.array([[row[name] for name in names] for row in rows])


def _logistic(values: Any, rights: Any, counts: Any, ridge: float = 0.5) -> Any:
    """Return the weights of a logistic regression by Newton's method, the bias first."""
    rows = np.hstack([np.ones((len(values), 1)), values])
    weights = np.zeros(rows.shape[1])
    penalty = np.diag([1e-6, *[ridge] * values.shape[1]])
    for _ in range(50):
        likely = 1 / (1 + np.exp(-np.clip(rows @ weights, -40, 40)))
        hessian = (rows * (counts * likely * (1 - likely))[:, None]).T @ rows + penalty
        weights = weights + np.linalg.solve(
            hessian, rows.T @ (counts * (rights - likely)) - penalty @ weights
        )
    return weights


def _of_set(folder: Path) -> Iterator[Question]:
    """
    Yield the questions of a set's tuning half that are in the language of their documents.

    A question is left out if the passages retrieved for it lack the answer.
    """
    settings = Settings()
    embedder = bootstrap.make_embedder_from(settings)
    services = bootstrap.assemble(settings, embedder, bootstrap.make_reader(settings))
    compare = VectorSimilarity(MultilingualEmbedder())
    questions, listed = load_everyday(folder)
    documents = next(path for name in DOCUMENT_FOLDERS if (path := folder / name).is_dir())
    paths = find_documents([document for document in listed if document.half == "tuning"], documents)
    index_dir = build_everyday_index(
        paths,
        embedder=embedder,
        chunking=services.chunking,
        limits=bootstrap.make_limits(settings),
        progress=lambda progress: None,
    )
    pipeline = services.pipeline_over(index_dir)
    with IndexDir(index_dir).open_current() as snapshot:
        for question in questions:
            language = detect_language(question.question)
            wanted = question.half == "tuning" and question.kind in ("same_language", "near_miss")
            if not wanted or question.history or language == ENGLISH:
                continue
            sources = Sources(snapshot, pipeline.retriever, pipeline.reader, pipeline.passages)
            readings = sources.search(question.question)
            passages = sources.retrieve(question.question, RETRIEVED)
            own = [passage for passage in passages if can_be_in(passage.text, language)]
            sentences = [
                (Quote(passage, start, end, 0.0), of_sentence)
                for passage, (start, end), of_sentence in features(
                    question.question, language, own, partial(word_stems, language=language)
                )
            ]
            sentences = [one for one in sentences if not is_heading(one[0], sources)]
            similarity = compare(question.question, [quote.text for quote, _ in sentences])
            found: dict[str, tuple[Mapping[str, float], bool]] = {}
            for (quote, of_sentence), value in zip(sentences, similarity, strict=True):
                weighed = {
                    **of_sentence,
                    "read": reader_preference(quote, readings),
                    "similarity": scaled_similarity(value),
                }
                first, answers = found.get(quote.text, (weighed, False))
                found[quote.text] = first, answers or _is_cited(quote, question, sources)
            if found and (question.kind == "near_miss" or any(answers for _, answers in found.values())):
                yield Question(*zip(*found.values(), strict=True))


def _is_cited(quote: Quote, question: EverydayQuestion, sources: Sources) -> bool:
    """Return whether a right answer may cite a sentence."""
    document = sources.document(quote.passage.span.doc_id).text
    start = quote.passage.span.start
    place = start + quote.start, start + quote.end
    return any(
        _overlaps(document, place, cited.text)
        for cited in question.must_cite
        if cited.document == Path(quote.passage.path).name
    )


def _overlaps(document: str, place: tuple[int, int], text: str) -> bool:
    """Return whether a range of a document shares a character with an occurrence of *text*."""
    at = document.find(text) if text else -1
    while at >= 0:
        if at < place[1] and place[0] < at + len(text):
            return True
        at = document.find(text, at + 1)
    return False


if __name__ == "__main__":
    main()
