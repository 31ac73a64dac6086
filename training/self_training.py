"""
Questions whose answering sentence is known, but not its words: a trained reader marks the words.

In a lone sentence that is known to answer, even a middling reader finds the right words; a passage is then
made of that sentence among sentences like it, where they are harder to find again.
"""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

from training.data import Example, Group, Rows
from training.evaluate import EvalQuestion, predict
from training.mined_negatives import Retriever
from training.model import network
from training.perturbed_negatives import near_miss

SURE = 2.0  # margin of the marked words over "nowhere"
LIKE = 12  # sentences most like the answering one, of which some stand around it
RETRIEVED, NEAR = 0.35, 0.6  # shares that also get a passage without the answer, and a near miss


def marked(rows: Rows, weights: Path) -> list[Example]:
    """
    Each question on its answering sentence, where the reader surely finds words that stand there once.

    Args:
        rows: With ``query`` and ``positives``.
        weights: Safetensors of the reader, or a folder as exported.
    """
    asked = [EvalQuestion(row["query"], row["positives"][0].strip(), ()) for row in rows]
    examples = []
    for each, found in zip(asked, predict(network(weights), asked), strict=True):
        if found.margin >= SURE and each.passage.count(found.answer) == 1:
            start = each.passage.index(found.answer)
            span = (start, start + len(found.answer))
            examples.append(Example(each.question, each.passage, here=True, span=span))
    return examples


def among_others(
    examples: Sequence[Example], ranker: Callable[[Sequence[str]], Retriever], rng: random.Random
) -> list[Group]:
    """Each example with sentences like its own around it, and its negatives."""
    sentences = list(dict.fromkeys(example.passage for example in examples))
    retriever = ranker(sentences)
    alike = retriever.top([example.passage for example in examples], LIKE + 1)
    questioned = retriever.top([example.question for example in examples], LIKE)
    groups = []
    for example, near, asked in zip(examples, alike, questioned, strict=True):
        around = without(example, [sentences[place] for place in near])
        whole = surrounded(example, rng.sample(around, min(len(around), rng.randint(0, 4))), rng)
        group = [whole]
        wrong = without(example, [sentences[place] for place in asked])[:4]
        if wrong and rng.random() < RETRIEVED:
            group.append(Example(example.question, " ".join(wrong), here=False))
        if rng.random() < NEAR and (missed := near_miss(whole, [], rng)):
            group.append(missed)
        groups.append(tuple(group))
    return groups


def without(example: Example, sentences: Sequence[str]) -> list[str]:
    """Those of *sentences* that are another one and lack the example's answer."""
    answer = example.passage[slice(*_words(example))].lower()
    return [text for text in sentences if text != example.passage and answer not in text.lower()]


def surrounded(example: Example, others: Sequence[str], rng: random.Random) -> Example:
    """The example's sentence at a random place among *others*."""
    place = rng.randint(0, len(others))
    before = "".join(f"{text} " for text in others[:place])
    passage = " ".join((before + example.passage, *others[place:]))
    start, end = _words(example)
    return Example(example.question, passage, here=True, span=(start + len(before), end + len(before)))


def _words(example: Example) -> tuple[int, int]:
    if example.span is None:
        raise ValueError("an example without marked words")
    return example.span
