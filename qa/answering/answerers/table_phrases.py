"""What people say for the name of a column: "how many people live in Kenya" asks for its population."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Wording:
    """
    A question in other words.

    Args:
        text: The question, in lower case.
        name: The words in it that tables have for what was asked.
    """

    text: str
    name: str


def reworded(question: str) -> Iterator[Wording]:
    """
    Yield a question in the words that tables have for what it asks, one phrase replaced in each.

    >>> [wording.text for wording in reworded("How many people live in Kenya?")]
    ['how many population in kenya?']
    >>> [wording.name for wording in reworded("What's the size of Kenya?")]
    ['how big is the area of']
    >>> list(reworded("Who paid?"))
    []
    """
    lowered = question.lower()
    seen = {lowered}
    for pattern, names in (*_phrases("places"), *_phrases("things")):
        if found := pattern.search(lowered):
            for name in map(found.expand, names):
                text = lowered[: found.start()] + name + lowered[found.end() :]
                if text not in seen:
                    seen.add(text)
                    yield Wording(text, name)


def compared_measures(question: str) -> list[str]:
    """
    Return the names that tables may have for what a comparison measures.

    >>> compared_measures("Who lives longer, men or women?")
    ['life expectancy']
    """
    lowered = question.lower()
    return [name for pattern, names in _phrases("comparatives") if pattern.search(lowered) for name in names]


@cache
def _phrases(group: str) -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    """Return the phrases of a group, each with the names that tables have for it."""
    content = tomllib.loads(
        (files("qa.answering.answerers") / "table_phrases.toml").read_text(encoding="utf-8")
    )
    return tuple((re.compile(pattern), tuple(names)) for pattern, *names in content[group])
