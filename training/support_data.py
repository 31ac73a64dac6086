"""
Prepare the pairs that the support check is trained on.

Example::

    python -m training.support_data --out support.jsonl.gz \
        --pairs ../shared/data/support/{attributionbench,expertqa,qags,summedits,wice}/train.jsonl.gz \
        --answers ../shared/data/train/squad_part.jsonl.gz

To the labelled pairs are added: statements made of a question and its answer, supported by their passage; the
same statements over another passage or with another answer; and supported statements in which a number, name,
date or word was changed, or that were negated. A long source is cut to the sentences nearest to the
statement, as it is when answers are checked.
"""

import argparse
import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from qa.answering.support.selection import select_sentences
from qa.evaluation.support import SupportPair, load_pairs
from qa.records import SupportState
from training.data import Example, Rows, read_rows
from training.perturbed_negatives import negate, swap_entity, use_opposite

MAX_WORDS = 150
"""Maximum words of a source, so that source and statement fit into the model's window."""
MEASURE_ONLY = frozenset({"factscore", "ragtruth_qa"})
"""Sources whose licence doesn't allow to ship what was trained on them."""
_AUXILIARY = "was|were|is|are|did|does|do|has|had|have|can|could|will|would|should"
_ABOUT_SUBJECT = re.compile(rf"(?:Who|What|Which(?: \w+){{1,2}}) (?!(?:{_AUXILIARY})\b)(?P<rest>.+)")
_SUBJECT_OF_BE = re.compile(r"(?:Who|What) (?P<verb>was|were|is|are) (?P<rest>.+)")
_WITH_AUXILIARY = re.compile(
    rf"(?:When|Where|Why|How(?: \w+)?|What(?: \w+)?|Who|Whom|(?:In|On|At|By|For|To|From|With) what(?: \w+)?) "
    rf"(?P<verb>{_AUXILIARY}) (?P<rest>.+)"
)
_PARTICIPLE = re.compile(r"(?<= )\w+(?:ed|en|wn|rn|ught|ilt|ent|ept|ade|one|und|old|et)\b")


@dataclass(frozen=True, slots=True)
class TrainingPair:
    """
    A source and a statement.

    Args:
        source: Where the pair comes from.
        premise: Words of a document, at most :data:`MAX_WORDS`.
        claim: The statement.
        label: Whether the premise says it.
        is_exact: Whether a label "unsupported" excludes a contradiction; in most sets it doesn't.
    """

    source: str
    premise: str
    claim: str
    label: SupportState
    is_exact: bool = False


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=Path, nargs="+", required=True, help="labelled pairs")
    parser.add_argument("--answers", type=Path, nargs="*", default=[], help="the reader's training files")
    parser.add_argument("--statements", type=int, default=8000, help="maximum statements made of answers")
    parser.add_argument("--out", type=Path, required=True, help="file to write (.jsonl.gz)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    labelled = [pair for pair in load_pairs(options.pairs) if pair.source not in MEASURE_ONLY]
    rows = [row for path in options.answers for row in read_rows(path) if row["answerable"]]
    rng.shuffle(rows)
    pairs = [
        *map(cut, labelled),
        *altered(map(cut, labelled), rng),
        *of_answers(rows[: options.statements], rng),
    ]
    rng.shuffle(pairs)
    with gzip.open(options.out, "wt", encoding="utf-8", compresslevel=3) as lines:
        lines.writelines(json.dumps(asdict(pair), ensure_ascii=False) + "\n" for pair in pairs)
    for (source, label), count in sorted(Counter((pair.source, pair.label) for pair in pairs).items()):
        print(f"{source}, {label}: {count}")


def read_pairs(path: Path) -> list[TrainingPair]:
    """Return the pairs that the command wrote."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [TrainingPair(**row | {"label": SupportState(row["label"])}) for row in rows]


def cut(pair: SupportPair) -> TrainingPair:
    """Return a labelled pair with the nearest sentences of its source."""
    premise = select_sentences(pair.premise, pair.claim, MAX_WORDS)
    return TrainingPair(pair.source, premise, pair.claim, pair.label)


def altered(pairs: Iterable[TrainingPair], rng: random.Random) -> Iterator[TrainingPair]:
    """Yield a changed copy of the supported pairs where a rule applies; the source then says otherwise."""
    rules: dict[Callable[..., str | None], SupportState] = {
        swap_entity: SupportState.UNSUPPORTED,
        negate: SupportState.CONTRADICTED,
        use_opposite: SupportState.CONTRADICTED,
    }
    for pair in pairs:
        if pair.label is not SupportState.SUPPORTED:
            continue
        example = Example(pair.claim, pair.premise, here=True)
        for rule in rng.sample(list(rules), len(rules)):
            claim = rule(example, [], rng)
            if claim and claim != pair.claim:
                yield TrainingPair(
                    "altered", pair.premise, claim, rules[rule], is_exact=rule is not swap_entity
                )
                break


def of_answers(rows: Rows, rng: random.Random) -> Iterator[TrainingPair]:
    """
    Yield statements made of questions and answers: supported, with another answer, and over another passage.

    Args:
        rows: Answerable rows of a training file of the reader.
        rng: Chooses the other answers and passages.
    """
    by_title: dict[str, Rows] = {}
    for row in rows:
        by_title.setdefault(row["title"] or row["context"][:40], []).append(row)
    for siblings in by_title.values():
        for row in siblings:
            answer = row["answers"][0]["text"]
            claim = statement_of(row["question"], answer)
            if claim is None:
                continue
            made: list[tuple[str, str | None, SupportState]] = [
                (row["context"], claim, SupportState.SUPPORTED)
            ]
            other = rng.choice(siblings)
            wrong = other["answers"][0]["text"]
            if wrong.lower() not in answer.lower() and answer.lower() not in wrong.lower():
                made.append((row["context"], statement_of(row["question"], wrong), SupportState.UNSUPPORTED))
            if answer.lower() not in other["context"].lower():
                made.append((other["context"], claim, SupportState.UNSUPPORTED))
            yield from (
                TrainingPair("answers", select_sentences(premise, said, MAX_WORDS), said, label)
                for premise, said, label in made
                if said
            )


def statement_of(question: str, answer: str) -> str | None:
    """
    Return a question and its answer as a statement, not always in good grammar; None if no rule applies.

    >>> statement_of("Who mapped the lake first?", "Anna Keller")
    'Anna Keller mapped the lake first.'
    >>> statement_of("When was the lake mapped?", "1887")
    'The lake was mapped 1887.'
    """
    asked = question.strip().rstrip("?").strip()
    if found := _ABOUT_SUBJECT.fullmatch(asked):
        return _sentence(f"{answer} {found['rest']}")
    if (found := _SUBJECT_OF_BE.fullmatch(asked)) and not _PARTICIPLE.search(found["rest"]):
        return _sentence(f"{found['rest']} {found['verb']} {answer}")
    if found := _WITH_AUXILIARY.fullmatch(asked):
        verb, rest = found["verb"], found["rest"]
        if verb in {"did", "does", "do"}:
            return _sentence(f"{rest} {answer}")
        participle = _PARTICIPLE.search(rest)
        at = participle.start() if participle else len(rest)
        return _sentence(f"{rest[:at].rstrip()} {verb} {rest[at:]} {answer}")
    return None


def _sentence(words: str) -> str:
    plain = " ".join(words.split())
    return f"{plain[0].upper()}{plain[1:]}."


def balanced(pairs: Sequence[TrainingPair], rng: random.Random) -> list[TrainingPair]:
    """
    Return pairs in a new order in which each source has as many supported pairs as others.

    The rarer of the two is repeated, because balanced accuracy counts both alike.
    """
    chosen: list[TrainingPair] = []
    for source in sorted({pair.source for pair in pairs}):
        of_source = [pair for pair in pairs if pair.source == source]
        sides = [
            [pair for pair in of_source if (pair.label is SupportState.SUPPORTED) is side]
            for side in (True, False)
        ]
        largest = max(map(len, sides))
        for side in sides:
            chosen += side
            if side and len(side) < largest:
                chosen += rng.choices(side, k=min(largest, 3 * len(side)) - len(side))
    rng.shuffle(chosen)
    return chosen


if __name__ == "__main__":
    main()
