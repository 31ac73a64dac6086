"""
Self-training: a trained reader annotates the answer's words in sentences that are known to answer.

In a single sentence that is known to answer, even a mediocre reader finds the right words. The passage then
consists of that sentence among similar ones, where the words are harder to find.
"""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

from training.data import Example, Group, Rows
from training.evaluate import EvalQuestion, predict
from training.mined_negatives import Retriever
from training.model import network
from training.perturbed_negatives import near_miss

MIN_MARGIN = 2.0  # of the annotated words over "no answer"
MAX_SIMILAR = 12  # sentences most similar to the answering one, of which some surround it
RETRIEVED, NEAR = 0.35, 0.6  # shares that also get a passage without the answer, and a near miss


def annotated(rows: Rows, weights: Path) -> list[Example]:
    """
    Return the questions on their answering sentences in which the reader surely finds words that occur once.

    Args:
        rows: With ``query`` and ``positives``.
        weights: Safetensors file or exported folder of the reader.
    """
    questions = [EvalQuestion(row["query"], row["positives"][0].strip(), ()) for row in rows]
    examples = []
    for each, prediction in zip(questions, predict(network(weights), questions), strict=True):
        if prediction.margin >= MIN_MARGIN and each.passage.count(prediction.answer) == 1:
            start = each.passage.index(prediction.answer)
            span = (start, start + len(prediction.answer))
            examples.append(Example(each.question, each.passage, here=True, span=span))
    return examples


def among_others(
    examples: Sequence[Example], ranker: Callable[[Sequence[str]], Retriever], rng: random.Random
) -> list[Group]:
    """Return the groups of the examples, surrounded by similar sentences, with their negatives."""
    sentences = list(dict.fromkeys(example.passage for example in examples))
    retriever = ranker(sentences)
    similar = retriever.top([example.passage for example in examples], MAX_SIMILAR + 1)
    retrieved = retriever.top([example.question for example in examples], MAX_SIMILAR)
    groups = []
    for example, near, found in zip(examples, similar, retrieved, strict=True):
        around = without(example, [sentences[place] for place in near])
        whole = surrounded(example, rng.sample(around, min(len(around), rng.randint(0, 4))), rng)
        group = [whole]
        wrong = without(example, [sentences[place] for place in found])[:4]
        if wrong and rng.random() < RETRIEVED:
            group.append(Example(example.question, " ".join(wrong), here=False))
        if rng.random() < NEAR and (missed := near_miss(whole, [], rng)):
            group.append(missed)
        groups.append(tuple(group))
    return groups


def without(example: Example, sentences: Sequence[str]) -> list[str]:
    """Return the other sentences that lack the example's answer."""
    answer = example.passage[slice(*_words(example))].lower()
    return [text for text in sentences if text != example.passage and answer not in text.lower()]


def surrounded(example: Example, others: Sequence[str], rng: random.Random) -> Example:
    """Return the example with its sentence at a random place among *others*."""
    place = rng.randint(0, len(others))
    before = "".join(f"{text} " for text in others[:place])
    passage = " ".join((before + example.passage, *others[place:]))
    start, end = _words(example)
    return Example(example.question, passage, here=True, span=(start + len(before), end + len(before)))


def _words(example: Example) -> tuple[int, int]:
    if example.span is None:
        raise ValueError("an example without annotated words")
    return example.span
