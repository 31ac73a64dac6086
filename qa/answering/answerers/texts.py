"""The fixed texts of answers in the language of the question; see ``texts.toml``."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from index import ENGLISH

MAX_TITLE = 80
"""Characters of a title that a text repeats."""


def fixed_text(name: str, language: str = ENGLISH, **values: object) -> str:
    """
    Return a fixed text in *language*, or in English if there is none.

    >>> fixed_text("about", "de", title="Mietvertrag")
    'Worum geht es in „Mietvertrag“?'
    """
    texts = _texts()
    template = texts.get(language, texts[ENGLISH])[name]
    return template.format(**values)


def short_title(title: str) -> str:
    """Return a title on one line, cut between words if it is long."""
    line = " ".join(title.split())
    if len(line) <= MAX_TITLE:
        return line
    return line[:MAX_TITLE].rsplit(" ", 1)[0].rstrip(" ,;:.–-") + " …"


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
