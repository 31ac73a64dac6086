"""
Build the training file: questions with their passages and their negatives.

Example::

    python -m training.prepare --data ../shared/data --reader reader.safetensors --out mix.jsonl.gz
"""

import argparse
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from training.data import Example, Group, Rows, read_rows, write_groups
from training.mined_negatives import FusedRetriever, LexicalRetriever, Retriever, without_answer
from training.passage_sampling import CHUNK, LENGTHS, SENTENCE_END, cut, pieces
from training.perturbed_negatives import near_miss
from training.self_training import among_others, annotated
from training.written_questions import read_written, written_groups

Ranker = Callable[[Sequence[str]], Retriever]
DEV_SETS = (
    "squad_dev_v1",
    "squad_dev_v2",
    "squadshifts_new_wiki_dev",
    "clapnq_a",
    "chunking_eval_a",
    "mtrag_a",
    "scifact",
    "cranfield",
)


@dataclass(frozen=True, slots=True)
class Source:
    """
    A training file and how its questions are used.

    Args:
        name: Its name in ``train/``.
        rows: Maximum number of questions.
        retrieved: Share of the questions that also get a retrieved passage without the answer.
        near: Share of the questions that also get a near miss.
    """

    name: str
    rows: int
    retrieved: float
    near: float


# Reviews and forum posts get few negatives: "What size is it?" is answered by many passages.
SOURCES = (
    Source("squad_train_du44", 20_000, 0.35, 0.6),
    Source("squad_part", 20_000, 0.35, 0.6),
    Source("squad_part_lower", 20_000, 0.25, 0.3),
    Source("squadshifts_new_wiki_train", 20_000, 0.35, 0.6),
    Source("squadshifts_reddit", 6_000, 0.05, 0.2),
    Source("squadshifts_amazon_reviews", 6_000, 0.05, 0.2),
    Source("fairytaleqa", 2_000, 0.1, 0.2),
    Source("covidqa", 2_000, 0.2, 0.2),
)
RELEVANCE = (
    ("rel_bioasq9b", 1_000),
    ("rel_medquad", 500),
)  # question and relevant text, without annotated words
CLAIMS = "rel_scifact"  # claims and relevant abstracts; the dev set has other claims
SENTENCES = "rel_squad"  # question and answering sentence, without annotated words


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with train/ and the dev sets")
    parser.add_argument("--out", type=Path, required=True, help="training file to write")
    parser.add_argument(
        "--reader",
        type=Path,
        help="safetensors file or exported folder of a reader that annotates the words in known sentences",
    )
    parser.add_argument(
        "--lexical", action="store_true", help="retrieve negatives by BM25 only, which is minutes faster"
    )
    parser.add_argument(
        "--written", type=int, default=3, help="repetitions of the questions written for Footnote"
    )
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    rng, ranker = random.Random(options.seed), LexicalRetriever if options.lexical else FusedRetriever
    held_out = dev_sentences(options.data)
    groups: list[Group] = []
    for source in SOURCES:
        rows = clean(read_rows(options.data / "train" / f"{source.name}.jsonl.gz"), held_out, source.name)
        groups += groups_of(rng.sample(rows, min(source.rows, len(rows))), rows, source, ranker, rng)
    for name, count in RELEVANCE:
        groups += relevance_groups(
            read_rows(options.data / "train" / f"{name}.jsonl.gz"), count, held_out, rng
        )
    groups += claim_groups(read_rows(options.data / "train" / f"{CLAIMS}.jsonl.gz"), ranker, rng)
    if options.reader:
        rows = unannotated(options.data / "train", held_out)
        examples = annotated(rows, options.reader)
        groups += [with_noise(group, rng) for group in among_others(examples, ranker, rng)]
    train_written = [
        one
        for one in read_written(options.data)
        if not one.held_out and not sentences_of(one.passage) & held_out
    ]
    for _ in range(options.written):
        groups += [with_noise(group, rng) for group in written_groups(train_written, ranker, rng)]
    rng.shuffle(groups)
    write_groups(options.out, groups)
    sizes = Counter(example.here for group in groups for example in group)
    print(
        f"{options.out}: {len(groups)} groups, {sizes[True]} examples with the answer, {sizes[False]} without"
    )


# ---- excluding the dev sets


def sentences_of(text: str) -> set[str]:
    """Return the longer sentences of a text in normalised form, which identify it."""
    plain = (" ".join(re.findall(r"\w+", part.lower())) for part in SENTENCE_END.split(text))
    return {sentence for sentence in plain if len(sentence) >= 60}


def dev_sentences(data: Path) -> set[str]:
    """Return the longer sentences of all texts of the dev sets."""
    dev: set[str] = set()
    for name in DEV_SETS:
        for row in read_rows(data / name / "corpus.jsonl.gz"):
            dev |= sentences_of(row["text"])
    return dev


def clean(rows: Rows, held_out: set[str], name: str) -> Rows:
    """Return the answerable rows that share no sentence with a dev set."""
    is_shared: dict[str, bool] = {}
    for row in rows:
        if row["context"] not in is_shared:
            is_shared[row["context"]] = bool(sentences_of(row["context"]) & held_out)
    usable = [row for row in rows if row["answerable"] and not is_shared[row["context"]]]
    dropped = sum(is_shared[row["context"]] for row in rows)
    print(f"{name}: {len(usable)} rows; dropped {dropped} that share a sentence with a dev set", flush=True)
    return usable


def unannotated(train: Path, held_out: set[str]) -> Rows:
    """Return questions with their answering sentence that are in no other source and in no dev set."""
    sources = [source.name for source in SOURCES if source.name.startswith("squad_")]
    known = {
        row["question"].lower().strip() for name in sources for row in read_rows(train / f"{name}.jsonl.gz")
    }
    rows = read_rows(train / f"{SENTENCES}.jsonl.gz")
    rows = [row for row in rows if row["query"].lower().strip() not in known]
    usable = [row for row in rows if row["positives"] and not sentences_of(row["positives"][0]) & held_out]
    print(
        f"{SENTENCES}: {len(usable)} rows no other source has; dropped {len(rows) - len(usable)}", flush=True
    )
    return usable


# ---- passages


def passage_of(row: dict[str, Any], before: str, rng: random.Random) -> Example:
    """
    Return a row as an example: sometimes with the paragraph before it, and cut like a chunk if long.

    Args:
        row: Of a training file.
        before: The paragraph before it in the same article, or "".
        rng: Decides where to cut.
    """
    answer = row["answers"][0]
    text, span = row["context"], (answer["start"], answer["end"])
    if before and rng.random() < 0.15:
        text, span = f"{before}\n{text}", (span[0] + len(before) + 1, span[1] + len(before) + 1)
    limit = rng.choice(LENGTHS)
    if len(text) > limit:
        text, span = cut(text, span, limit, rng)
    return Example(row["question"], text, here=True, span=span)


# ---- groups


def groups_of(selected: Rows, rows: Rows, source: Source, ranker: Ranker, rng: random.Random) -> list[Group]:
    """Return the groups of the selected questions, each with its passage and its negatives."""
    before = _paragraph_before(rows)
    others = _questions_by_title(rows)
    retrieved = _retrieved(selected, rows, source.retrieved, ranker, rng)
    groups: list[Group] = []
    for row in selected:
        example = passage_of(row, before.get(row["context"], ""), rng)
        group = [example]
        if row["id"] in retrieved:
            group.append(replace(example, passage=retrieved[row["id"]], here=False, span=None))
        if rng.random() < source.near and (missed := near_miss(example, others[row["title"]], rng)):
            group.append(missed)
        groups.append(with_noise(tuple(group), rng))
    return groups


def _paragraph_before(rows: Rows) -> dict[str, str]:
    """Return the paragraph before each one, where the title shows that both are of one article."""
    texts = list(dict.fromkeys((row["title"], row["context"]) for row in rows))
    pairs = pairwise(texts)
    return {text: before for (one, before), (other, text) in pairs if one and one == other}


def _questions_by_title(rows: Rows) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["title"], []).append(row["question"])
    return found


def _retrieved(
    selected: Rows, rows: Rows, share: float, ranker: Ranker, rng: random.Random
) -> dict[str, str]:
    """Return one of the best passages that lack the answer by row id, better ones more often."""
    sampled = [row for row in selected if rng.random() < share]
    contexts = dict.fromkeys(row["context"] for row in rows)
    passages = list(dict.fromkeys(piece for context in contexts for piece in pieces(context, CHUNK)))
    ranked = ranker(passages).top([row["question"] for row in sampled], 20)
    negatives = {}
    for row, places in zip(sampled, ranked, strict=True):
        answers = [each["text"] for each in row["answers"] + row.get("alternatives", [])]
        lacking = without_answer(places, passages, row["context"], answers)
        if lacking:
            negatives[row["id"]] = lacking[min(int(rng.expovariate(0.4)), len(lacking) - 1)]
    return negatives


def relevance_groups(rows: Rows, count: int, held_out: set[str], rng: random.Random) -> list[Group]:
    """Return groups of a question with a relevant text and one that isn't."""
    texts = [text for row in rows for text in row["positives"]]
    groups: list[Group] = []
    for row in rng.sample(rows, count):
        right = cut(rng.choice(row["positives"]), (0, 1), CHUNK, rng)[0]
        wrong = rng.choice(
            row["negatives"] or [text for text in rng.sample(texts, 9) if text not in row["positives"]]
        )
        if not sentences_of(right) & held_out:
            passages = ((right, True), (cut(wrong, (0, 1), CHUNK, rng)[0], False))
            groups.append(tuple(Example(row["query"], text, here=here) for text, here in passages))
    return groups


def claim_groups(rows: Rows, ranker: Ranker, rng: random.Random) -> list[Group]:
    """Return groups of a claim with its abstract and with other retrieved ones."""
    texts = list(dict.fromkeys(text for row in rows for text in row["positives"]))
    ranked = ranker(texts).top([row["query"] for row in rows], 8)
    groups = []
    for row, places in zip(rows, ranked, strict=True):
        wrong = [texts[place] for place in places if texts[place] not in row["positives"]]
        passages = ((rng.choice(row["positives"]), True), *((text, False) for text in rng.sample(wrong, 3)))
        cuts = ((cut(text, (0, 1), CHUNK, rng)[0], here) for text, here in passages)
        groups.append(tuple(Example(row["query"], text, here=here) for text, here in cuts))
    return groups


# ---- noise


def with_noise(group: Group, rng: random.Random) -> Group:
    """Return the group, sometimes with typing noise, which is the same for all of its examples."""
    chance = rng.random()
    if chance < 0.08:
        return tuple(replace(each, question=each.question.lower().rstrip("?")) for each in group)
    if chance < 0.13:
        return tuple(replace(each, question=mistyped(each.question, rng)) for each in group)
    if chance < 0.16:
        return tuple(_lowered(each) for each in group)
    return group


def _lowered(example: Example) -> Example:
    """Return the example in lower case, the passage only if that changes no offset."""
    passage = example.passage.lower()
    same_length = len(passage) == len(example.passage)
    return replace(
        example, question=example.question.lower(), passage=passage if same_length else example.passage
    )


def mistyped(question: str, rng: random.Random) -> str:
    """Return the question with one typing error: two letters exchanged, one left out or one doubled."""
    place = rng.randrange(max(1, len(question) - 1))
    one, two = question[place : place + 1], question[place + 1 : place + 2]
    slip = rng.choice((two + one, two, one + one + two))
    return question[:place] + slip + question[place + 2 :]


if __name__ == "__main__":
    main()
