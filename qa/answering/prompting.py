"""Prompts: a template of ``prompts/`` and what it is filled with; a passage can't end its own fence."""

import hashlib
import importlib.resources
from collections.abc import Iterable, Sequence
from pathlib import Path

import jinja2
import jinja2.meta

from qa.errors import InvalidPrompt
from qa.records import Passage

PROMPTS = Path(str(importlib.resources.files("qa"))) / "prompts"
"""The templates; in a checkout a link to ``prompts/``, in an installed package a folder."""


def answer_prompt(question: str, passages: Sequence[Passage], path: Path = PROMPTS / "answer.txt") -> str:
    """
    The prompt for an answer; the passages are numbered from 1 in the order given.

    Raises:
        InvalidPrompt: If the template can't be read, or names a field that isn't there.
    """
    texts = [text for passage in passages for text in (passage.title, passage.text)]
    return fill(path, question=question, passages=passages, fence=fence([question, *texts]))


def fence(texts: Iterable[str]) -> str:
    """A line that stands in none of *texts*; the same for the same texts."""
    joined = "\n".join(texts)
    token = joined
    while token in joined:
        token = "=====" + hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return token


def fill(path: Path, **fields: object) -> str:
    """
    The template at *path* with *fields*; their text is put in as it is, never read as a template.

    Raises:
        InvalidPrompt: Naming the file, and the field that isn't there or what else is wrong.
    """
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 (plain text)
    try:
        source = path.read_text("utf-8")
        missing = jinja2.meta.find_undeclared_variables(environment.parse(source)) - fields.keys()
        if missing:
            names = ", ".join(sorted(missing))
            raise InvalidPrompt(
                f"{path} uses {names}, which doesn't exist. Available: {', '.join(sorted(fields))}"
            )
        return environment.from_string(source).render(fields)
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidPrompt(f"The prompt {path} can't be read: {exc}") from None
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError) as exc:
        raise InvalidPrompt(f"The prompt {path} is not a template: {exc}") from None
