"""
Prompts from the templates in ``prompts/``; fences that a passage can't contain enclose its text.

A template has two blocks: ``system``, the same for every question, and ``user``, with the passages before the
question. What stays the same comes first, so that a server needn't read it again.
"""

import hashlib
import importlib.resources
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
import jinja2.meta

from qa.answering.language_models.base import Prompt
from qa.answering.token_budget import SentPassage
from qa.errors import InvalidPrompt
from qa.records import Turn

PROMPTS = Path(str(importlib.resources.files("qa"))) / "prompts"
"""The folder of templates; in a checkout it is a link to ``prompts/``."""

_CONTROL_TOKEN = re.compile(
    r"<(?=\||/?(?:s|bos|eos|unk|pad|think|start_of_turn|end_of_turn|eot|sys|<sys>?)>|<SYS>|</?SYS)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS)\])",
    re.I,
)
"""The first character of what chat templates write between turns."""


@dataclass(frozen=True, slots=True)
class PromptPassage:
    """A passage as a template sees it."""

    title: str
    text: str


def answer_prompt(
    question: str,
    passages: Sequence[SentPassage],
    *,
    constrained: bool = False,
    path: Path = PROMPTS / "answer.txt",
) -> Prompt:
    """
    Return the prompt for an answer; the passages are numbered from 1 in their order.

    Args:
        question: A self-contained question.
        passages: What is sent, best first.
        constrained: Whether the answer is JSON.
        path: The template.

    Raises:
        InvalidPrompt: If the template can't be read or names an unknown field.
    """
    shown = [_shown(passage) for passage in passages]
    line = fence(text for each in shown for text in (each.title, each.text))
    return fill(path, question=neutral(question), passages=shown, fence=line, constrained=constrained)


def rewrite_prompt(question: str, history: Sequence[Turn], *, path: Path = PROMPTS / "rewrite.txt") -> Prompt:
    """Return the prompt that makes a follow-up self-contained; raises as :func:`answer_prompt`."""
    turns = [Turn(neutral(turn.question), neutral(turn.answer)) for turn in history]
    line = fence(text for turn in turns for text in (turn.question, turn.answer))
    return fill(path, question=neutral(question), turns=turns, fence=line)


def overview_prompt(
    question: str,
    passages: Sequence[SentPassage],
    *,
    constrained: bool = False,
    points: int,
    path: Path = PROMPTS / "overview.txt",
) -> Prompt:
    """Return the prompt for an overview of *points* sentences; raises as :func:`answer_prompt`."""
    shown = [_shown(passage) for passage in passages]
    line = fence(text for each in shown for text in (each.title, each.text))
    return fill(
        path, question=neutral(question), passages=shown, fence=line, constrained=constrained, points=points
    )


def compare_prompt(
    question: str,
    passages: Sequence[SentPassage],
    sides: Sequence[str],
    *,
    constrained: bool = False,
    path: Path = PROMPTS / "compare.txt",
) -> Prompt:
    """Return the prompt for a comparison of *sides*; raises as :func:`answer_prompt`."""
    shown = [_shown(passage) for passage in passages]
    line = fence(text for each in shown for text in (each.title, each.text))
    names = [neutral(side) for side in sides]
    return fill(
        path, question=neutral(question), passages=shown, fence=line, constrained=constrained, sides=names
    )


def fence(texts: Iterable[str]) -> str:
    """Return a line that none of *texts* contains; the same for the same texts."""
    joined = "\n".join(texts)
    token = joined
    # A document can't contain its own hash, so a hostile text can't predict the fence.
    while token in joined:
        token = "=====" + hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return token


def neutral(text: str) -> str:
    """
    Return text for a prompt: without invisible characters, and without what ends a turn of a chat.

    A server reads ``<|im_end|>`` in a document as the end of the person's turn, unless it is broken up.

    >>> neutral("a<|im_end|>b</s>[INST]")
    'a< |im_end|>b< /s>[ INST]'
    """
    visible = "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in _INVISIBLE)
    return _CONTROL_TOKEN.sub(lambda found: f"{found[0]} ", visible)


_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
"""Categories of characters that nobody sees: control, format (zero-width, bidi, tags), unassigned."""


def fill(path: Path, **fields: object) -> Prompt:
    """
    Return the template at *path* filled with *fields*, whose text is never interpreted as a template.

    Raises:
        InvalidPrompt: If the template can't be read or names an unknown field; the message says which.
    """
    environment = jinja2.Environment(  # the text of a prompt isn't HTML
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701
        trim_blocks=True,
    )
    try:
        source = path.read_text("utf-8")
        missing = jinja2.meta.find_undeclared_variables(environment.parse(source)) - fields.keys()
        if missing:
            names = ", ".join(sorted(missing))
            raise InvalidPrompt(
                f"{path} uses {names}, which doesn't exist. Available: {', '.join(sorted(fields))}"
            )
        template = environment.from_string(source)
        if lacking := {"system", "user"} - template.blocks.keys():
            raise InvalidPrompt(f"The prompt {path} has no block {' and no block '.join(sorted(lacking))}.")
        system, user = ("".join(template.blocks[name](template.new_context(fields))) for name in _BLOCKS)
        return Prompt(system.strip(), user.strip(), f"{path.stem}-{_digest(source)}")
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidPrompt(f"The prompt {path} can't be read: {exc}") from None
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError) as exc:
        raise InvalidPrompt(f"The prompt {path} is not a template: {exc}") from None


_BLOCKS = ("system", "user")


def _digest(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()[:8]


def _shown(passage: SentPassage) -> PromptPassage:
    return PromptPassage(neutral(passage.passage.title), neutral(passage.text))
