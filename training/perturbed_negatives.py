"""
Near misses: unanswerable questions that look answerable, derived by rule from answerable ones.

A reader whose only negatives are unrelated passages takes any passage on the topic for an answer. So one
thing in the question is changed: a name, number or date becomes another of the same kind, a verb is negated,
a word becomes its opposite, or the thing asked about becomes another one that the passage mentions. The
passage stays the same, so that only the meaning shows the change.
"""

import random
import re
from collections.abc import Callable, Sequence

from training.data import Example

_OPPOSITES = """
first last, largest smallest, largest least, before after, north south, east west, northern southern,
eastern western, most least, highest lowest, won lost, win lose, increase decrease, increased decreased,
more fewer, more less, older younger, oldest youngest, early late, earliest latest, beginning end, best worst,
good bad, male female, men women, man woman, husband wife, mother father, son daughter, brother sister,
king queen, begin end, began ended, start stop, started stopped, founded dissolved, open closed,
opened closed, buy sell, bought sold, present absent, allowed forbidden, inside outside, upper lower,
higher lower, minimum maximum, same opposite, old new, long short, left right, rise fall, rose fell,
gain lose, gained lost, accept reject, accepted rejected, support oppose, supported opposed, agree disagree,
include exclude, included excluded, import export, strong weak, rich poor, public private, common rare,
positive negative, join leave, joined left, majority minority, advantage disadvantage, success failure,
successful unsuccessful, legal illegal, popular unpopular, arrive depart, birth death, born killed,
attack defend, attacked defended, fast slow, hot cold, wet dry, big small, large small, long brief,
hate love, like dislike, cheap expensive, easy difficult, heavy light, thick thin, day night, winter summer,
oppose favor, internal external, ancient modern, urban rural, approve disapprove, build destroy,
built destroyed, create destroy, created destroyed, raise lower, raised lowered, defeat fail, add remove
"""
_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_NAME = r"[A-Z][\w’'-]*(?: (?:(?:of|the|de|von|van|and) )?[A-Z][\w’'-]*)"
_KINDS = (  # the first kind that matches a place wins
    re.compile(r"\b(?:1[0-9]|20)\d\d\b"),
    re.compile(rf"\b(?:{_MONTH})\b"),
    re.compile(r"(?<![\w.])\d[\d,.]*\d%?(?!\w)|(?<![\w.])\d%?(?![\w.])"),
    re.compile(rf"\b{_NAME}+"),  # several capitalised words
    re.compile(r"\b[A-Z]{2,}\b"),
    re.compile(r"(?<=[a-z,] )[A-Z][a-z’'-]{2,}\b"),  # one such word, not at the start of a sentence
)
_NEGATED = re.compile(r"\b(did|does|do|was|were|is|are|can|could|has|have|had|will|would|should)\b")
_THING = re.compile(
    r"(?<=\bthe )[a-z]{4,}(?= (?:of|in|on|at|to|for|from|by|with|that|which|was|were|is|are|did|had|has)\b)"
)
_QUESTION_WORDS = {"What", "Who", "When", "Where", "Which", "Why", "How", "Whose", "Whom", "The", "In", "Did"}


def _opposites() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pair in _OPPOSITES.replace("\n", " ").split(","):
        one, other = pair.split()
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)
    return found


OPPOSITES = _opposites()


def entities(text: str) -> list[tuple[int, int, int]]:
    """
    Return names, numbers and dates, recognised by their form.

    Returns:
        (start, end, kind) in order of kind, never overlapping; things of one kind can replace each other.
    """
    found: list[tuple[int, int, int]] = []
    for kind, pattern in enumerate(_KINDS):
        for match in pattern.finditer(text):
            clear = all(match.end() <= start or end <= match.start() for start, end, _ in found)
            if clear and match.group().split()[0] not in _QUESTION_WORDS:
                found.append((*match.span(), kind))
    return found


def swap_entity(example: Example, others: Sequence[str], rng: random.Random) -> str | None:
    """Return the question with another name, number or date, from the passage itself or from *others*."""
    places = entities(example.question)
    rng.shuffle(places)
    sources = [example.passage, " ".join(rng.sample(others, min(len(others), 20)))]
    for start, end, kind in places:
        for source in sources if rng.random() < 0.6 else sources[::-1]:
            new = [source[a:b] for a, b, other in entities(source) if other == kind]
            new = [word for word in new if _may_replace(word, example)]
            if new:
                return example.question[:start] + rng.choice(new) + example.question[end:]
    return None


def _may_replace(word: str, example: Example) -> bool:
    """Return whether a word is in neither the question nor the answer, which it would reveal."""
    answer = example.passage[slice(*example.span)] if example.span else ""
    return word.lower() not in example.question.lower() and word.lower() not in answer.lower()


def negate(example: Example, others: Sequence[str], rng: random.Random) -> str | None:
    """Return the question with its first auxiliary verb negated, by "not", "never" or a contraction."""
    match = _NEGATED.search(example.question)
    if match is None or " not " in example.question or "n't" in example.question:
        return None
    verb, rest = match.group(), example.question[match.end() :]
    contracted = {"can": "can't", "will": "won't"}.get(verb, f"{verb}n't")
    if verb in {"did", "does", "do", "can", "could", "will", "would", "should"}:
        return example.question[: match.start()] + contracted + rest
    return example.question[: match.start()] + rng.choice((contracted, f"{verb} not", f"{verb} never")) + rest


def use_opposite(example: Example, others: Sequence[str], rng: random.Random) -> str | None:
    """Return the question with one word replaced by its opposite."""
    words = [match for match in re.finditer(r"[a-z]+", example.question) if match.group() in OPPOSITES]
    if not words:
        return None
    match = rng.choice(words)
    new = rng.choice(OPPOSITES[match.group()])
    return example.question[: match.start()] + new + example.question[match.end() :]


def swap_thing(example: Example, others: Sequence[str], rng: random.Random) -> str | None:
    """Return the question with the thing in "the THING of" replaced by another one of the passage."""
    things = [match for match in _THING.finditer(example.question) if match.group() in example.passage]
    new = sorted({match.group() for match in _THING.finditer(example.passage)})
    new = [word for word in new if _may_replace(word, example)]
    if not things or not new:
        return None
    match = rng.choice(things)
    return example.question[: match.start()] + rng.choice(new) + example.question[match.end() :]


Rule = Callable[[Example, Sequence[str], random.Random], str | None]
_RULES: tuple[tuple[Rule, float], ...] = ((swap_entity, 6), (use_opposite, 4), (negate, 1.5), (swap_thing, 4))


def near_miss(example: Example, others: Sequence[str], rng: random.Random) -> Example | None:
    """
    Return the same passage with a question that it doesn't answer.

    Args:
        example: An example with an annotated answer.
        others: Other questions on the same article, as sources of names and numbers.
        rng: Chooses the rule and the replacement.

    Returns:
        None if no rule applies.
    """
    rules, weights = zip(*_RULES, strict=True)
    for rule in dict.fromkeys(rng.choices(rules, weights, k=6)):
        question = rule(example, others, rng)
        if question is not None and question != example.question:
            return Example(question, example.passage, here=False)
    return None
