"""Prompts from the templates in ``prompts/``; fences that a passage can't contain enclose its text."""

import hashlib
import importlib.resources
from collections.abc import Iterable, Sequence
from pathlib import Path

import jinja2
import jinja2.meta

from qa.errors import InvalidPrompt
from qa.records import Passage

PROMPTS = Path(str(importlib.resources.files("qa"))) / "prompts"
"""The folder of templates; in a checkout it is a link to ``prompts/``."""


def answer_prompt(question: str, passages: Sequence[Passage], path: Path = PROMPTS / "answer.txt") -> str:
    """
    Return the prompt for an answer; the passages are numbered from 1 in their order.

    Raises:
        InvalidPrompt: If the template can't be read or names an unknown field.
    """
    texts = [text for passage in passages for text in (passage.title, passage.text)]
    return fill(path, question=question, passages=passages, fence=fence([question, *texts]))


def fence(texts: Iterable[str]) -> str:
    """Return a line that none of *texts* contains; the same for the same texts."""
    joined = "\n".join(texts)
    token = joined
    # A document can't contain its own hash, so a hostile text can't predict the fence.
    while token in joined:
        token = "=====" + hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return token


def fill(path: Path, **fields: object) -> str:
    """
    Return the template at *path* filled with *fields*, whose text is never interpreted as a template.

    Raises:
        InvalidPrompt: If the template can't be read or names an unknown field; the message says which.
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
