"""
Prepare the pairs that the support check is trained on.

Example::

    python -m training.support_data --out support.jsonl.gz \
        --pairs ../shared/data/support/{attributionbench,expertqa,qags,summedits,wice}/train.jsonl.gz \
        --answers ../shared/data/train/squad_part.jsonl.gz

To the labelled pairs are added: statements made of a question and its answer, supported by their passage; the
same statements over another passage or with another answer; sentences of passages, as they are, shortened or
reworded by rule, supported by their passage and not by another one of the same article; and supported
statements in which a number, name, date or word was changed, or that were negated. A long source is cut to
the sentences nearest to the statement, as it is when answers are checked.
"""

import argparse
import gzip
import json
import random
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from index.text.sentences import sentences
from qa.answering.support.selection import select_sentences
from qa.evaluation.support import SupportPair, load_pairs
from qa.records import SupportState
from training.data import Example, Rows, read_rows
from training.perturbed_negatives import negate, swap_entity, use_opposite

MAX_WORDS = 150
"""Maximum words of a source, so that source and statement fit into the model's window."""
MIN_SIDE, MAX_SIDE, MAX_MADE = 1000, 3500, 1500
"""Supported pairs of a source in an epoch, and others; fewer if that takes too many repetitions.

Pairs made by rule are learned soon, so that fewer of them do.
"""
MAX_REPEATED = 3
"""How often a pair is repeated in an epoch at most."""
MADE = frozenset({"altered", "answers", "sentences"})
"""Sources that are made by rule."""
MEASURE_ONLY = frozenset({"factscore", "ragtruth_qa"})
"""Sources whose licence doesn't allow to ship what was trained on them."""
_AUXILIARY = "was|were|is|are|did|does|do|has|had|have|can|could|will|would|should"
_ABOUT_SUBJECT = re.compile(rf"(?:Who|What|Which(?: \w+){{1,2}}) (?!(?:{_AUXILIARY})\b)(?P<rest>.+)")
_SUBJECT_OF_BE = re.compile(r"(?:Who|What) (?P<verb>was|were|is|are) (?P<rest>.+)")
_WITH_AUXILIARY = re.compile(
    rf"(?:When|Where|Why|How(?: \w+)?|What(?: \w+)?|Who|Whom|(?:In|On|At|By|For|To|From|With) what(?: \w+)?) "
    rf"(?P<verb>{_AUXILIARY}) (?P<rest>.+)"
)
_SIDE_CLAUSE = re.compile(
    r",? \([^()]*\)"
    r"|, (?:which|who|whose|where|although|while|because|including|such as|as well as) [^,;.]+(?:,|(?=\.))"
    r"|, (?:and|but) [^,;]+ (?:was|were|is|are|had|has|have|did|could|would|will|can) [^,;]+(?=\.$)"
)
"""What can be left out of a sentence, so that the rest still holds."""
_LEADING = re.compile(r"(?:[A-Z][\w'’-]*(?: [\w'’-]+){0,6}), (?=[a-z])")
"""Words before a comma at the start of a sentence."""
_REWORDED = (
    (re.compile(r"\b(did|does|do|was|were|is|are|could|has|have|had|would|should) not\b"), r"\1n't"),
    (re.compile(r"\bcannot\b"), "can't"),
    (re.compile(r"\bapproximately\b"), "about"),
    (re.compile(r"(?<=\d) (?:percent|per cent)\b"), "%"),
    (re.compile(r"(?<=\d)%"), " percent"),
    (re.compile(r"\bin order to\b"), "to"),
    (re.compile(r"\b(?:also|however|therefore|furthermore|moreover),? "), ""),
    (re.compile(r"\bUnited States\b"), "US"),
    (re.compile(r"\bbegan\b"), "started"),
    (re.compile(r"\bprior to\b"), "before"),
    (re.compile(r"\bnumerous\b"), "many"),
    (re.compile(r"\blocated\b"), "situated"),
    (re.compile(r"\bconstructed\b"), "built"),
    (re.compile(r"\bestablished\b"), "founded"),
    (re.compile(r"\bobtained?\b"), "got"),
)
"""Words that mean the same."""
_SENTENCE_WORDS = range(7, 45)
"""Words of a sentence that is taken as a statement."""
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
        document: Stands for the text that the premise is a part of, 0 to 65535; the same in all its pairs.
    """

    source: str
    premise: str
    claim: str
    label: SupportState
    is_exact: bool = False
    document: int = 0


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=Path, nargs="+", required=True, help="labelled pairs")
    parser.add_argument("--answers", type=Path, nargs="*", default=[], help="the reader's training files")
    parser.add_argument("--statements", type=int, default=8000, help="maximum statements made of answers")
    parser.add_argument("--sentences", type=int, default=3000, help="maximum passages to take sentences of")
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
        *of_sentences(rows[: options.sentences], rng),
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
    return TrainingPair(pair.source, premise, pair.claim, pair.label, document=_number(pair.premise))


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
                source = pair.source if pair.source == "sentences" else "altered"
                is_exact = rule is not swap_entity
                yield TrainingPair(source, pair.premise, claim, rules[rule], is_exact, pair.document)
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
            yield from (_made("answers", premise, said, label) for premise, said, label in made if said)


def of_sentences(rows: Rows, rng: random.Random) -> Iterator[TrainingPair]:
    """
    Yield sentences of passages: as they are or reworded, altered, and over another passage of the article.

    Answers repeat their sources more or less word for word; what a person labelled seldom does.
    """
    by_title: dict[str, dict[str, None]] = {}
    for row in rows:
        by_title.setdefault(row["title"] or row["context"][:40], {})[row["context"]] = None
    for contexts in by_title.values():
        for premise in contexts:
            said = [premise[slice(*span)] for span in sentences(premise)]
            said = [text for text in said if len(text.split()) in _SENTENCE_WORDS and text[-1] == "."]
            if not said:
                continue
            claim = reworded(rng.choice(said), rng)
            yield _made("sentences", premise, claim, SupportState.SUPPORTED)
            if others := [text for text in contexts if claim not in text]:
                yield _made("sentences", rng.choice(others), claim, SupportState.UNSUPPORTED)
            yield from altered([_made("sentences", premise, rng.choice(said), SupportState.SUPPORTED)], rng)


def reworded(sentence: str, rng: random.Random) -> str:
    """Return a sentence that a text with the given one supports: shortened, reworded or the same."""
    claim = sentence
    if rng.random() < 0.6:
        claim = _SIDE_CLAUSE.sub("", claim)
    if rng.random() < 0.3 and (found := _LEADING.match(claim)) and len(claim) > 2 * found.end():
        # "In 1887, the lake was mapped." becomes "The lake was mapped."
        claim = claim[found.end()].upper() + claim[found.end() + 1 :]
    for pattern, other in _REWORDED:
        if rng.random() < 0.6:
            claim = pattern.sub(other, claim, count=1)
    return claim if len(claim.split()) >= 4 else sentence


def _made(source: str, premise: str, claim: str, label: SupportState) -> TrainingPair:
    cut_premise = select_sentences(premise, claim, MAX_WORDS)
    return TrainingPair(source, cut_premise, claim, label, document=_number(premise))


def _number(text: str) -> int:
    """Return a number for a text that is the same in each run."""
    return zlib.crc32(text.encode()) % 65536


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

    The rarer of the two is repeated, because balanced accuracy counts both alike. Of a large source a part is
    drawn, and a small one is repeated, because each source counts alike.
    """
    chosen: list[TrainingPair] = []
    for source in sorted({pair.source for pair in pairs}):
        of_source = [pair for pair in pairs if pair.source == source]
        sides = [
            [pair for pair in of_source if (pair.label is SupportState.SUPPORTED) is side]
            for side in (True, False)
        ]
        wanted = min(max(*map(len, sides), MIN_SIDE), MAX_SIDE)
        for side in sides:
            number = min(wanted, MAX_REPEATED * len(side), MAX_MADE if source in MADE else wanted)
            chosen += side * (number // max(1, len(side))) + rng.sample(side, number % max(1, len(side)))
    rng.shuffle(chosen)
    return chosen


if __name__ == "__main__":
    main()
