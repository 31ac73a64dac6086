"""
Render answers as text and JSON, and escape text for terminals and Markdown.

Text from documents is data: nothing in it can colour a terminal, start a tag or a link, or look like a part
of Footnote.
"""

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from qa.answer_json import answer_fields
from qa.records import Answer, AnswerKind, Footnote, Generation, Sentence, SupportState
from qa.stored_answer import to_stored

BULLETED = frozenset(
    {AnswerKind.OVERVIEW, AnswerKind.DOCUMENTS, AnswerKind.LIST, AnswerKind.COMPARISON, AnswerKind.TABLE}
)
"""Forms of answer whose sentences are shown as bullets."""
WITHOUT_CONFIDENCE = frozenset({AnswerKind.OVERVIEW, AnswerKind.DOCUMENTS})
"""Forms of answer whose sentences have no confidence of their own: each describes a document."""
WITHOUT_SOURCES = frozenset({AnswerKind.SMALL_TALK, AnswerKind.CLARIFICATION})
"""Forms of answer that cite no document."""
POSSIBLY = "Possibly:"
BOLD, PLAIN = "\x1b[1m", "\x1b[22m"
REFUSAL_TEXT = "I couldn't find an answer in your documents."
UNSUPPORTED = "[no source found]"
SUPPORT_MARKS = {
    SupportState.SUPPORTED: "",
    SupportState.PARTLY: "[partly supported]",
    SupportState.UNSUPPORTED: UNSUPPORTED,
    SupportState.CONTRADICTED: "[the source says otherwise]",
    SupportState.NOT_NEEDED: "",
}
"""What is shown after a sentence that its sources don't support."""
DISAGREE = "Your sources disagree:"
MAX_NEAREST = 3
"""Documents named under a refusal."""

_MARKDOWN = re.compile(
    r"""
      [\\`*\[\]~${]                    # emphasis, code, links, strikethrough, formulas, attributes
    | (?<![^\W_]) _ | _ (?![^\W_])       # emphasis; inside a word an underscore is one
    | < (?=[a-zA-Z/!?])                  # a tag
    | & (?=\#?\w+;)                      # an entity
    | : (?=//) | (?<!:) / (?=/)          # http://example.org, //example.org
    | (?<=www) \.                        # www.example.org
    | @ (?=\w)                           # an address, or a citation of Pandoc
    | (?<!\w) : (?=[a-z0-9_+-]+:)        # :smile:
    | ^ (?: > | [-+:|] (?=\s|$) | [-=] (?=[-=\s]*$) | \# (?=\#*(?:\s|$)) | % )    # blocks
    | \# (?=\#*$)                        # the end of a heading
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
_BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def to_json(answer: Answer) -> dict[str, Any]:
    """Return the answer with all its passages as JSON values; ``docs/answer.schema.json`` describes them."""
    return answer_fields(to_stored(answer, all_passages=True))


def to_text(answer: Answer, width: int = 80, *, styled: bool = False) -> str:
    """
    Return the answer as lines of at most *width* characters.

    Args:
        answer: The answer.
        width: Width of the terminal in characters, at least 20.
        styled: Whether to set the short answer in bold with escape codes.
    """
    wide = max(width, 20)
    blocks = [
        *_answer_blocks(answer, wide, styled),
        *(_footnote_block(footnote, wide) for footnote in answer.footnotes),
        *([_wrap(f"Note: {answer.note}", wide)] if answer.note else []),
        *([_wrap(generation_text(answer.generation), wide)] if answer.generation else []),
    ]
    return "\n\n".join(blocks)


def generation_text(generation: Generation) -> str:
    """
    Return how a language model wrote an answer, and what it took, in one line.

    >>> generation_text(Generation("qwen", "answer-1", 812, 45, 3.21, 6, 2))
    'Written by qwen in 3.2 s from 6 passages, 2 left out (812 + 45 tokens).'
    """
    left_out = f", {generation.left_out} left out" if generation.left_out else ""
    counted = generation.prompt_tokens is not None and generation.completion_tokens is not None
    tokens = f" ({generation.prompt_tokens:,} + {generation.completion_tokens:,} tokens)" if counted else ""
    passages = f"{generation.passages} passage{'s' * (generation.passages != 1)}"
    return f"Written by {generation.model} in {generation.seconds:.1f} s from {passages}{left_out}{tokens}."


def printable(text: str) -> str:
    r"""Return text for a terminal: control and bidi characters other than ``\n`` and tab are escaped."""
    return "".join(_escape_char(char) for char in text)


def one_line(text: str) -> str:
    """Return text for one line of a terminal: :func:`printable`, with each run of white space as a space."""
    return printable(" ".join(text.split()))


def escape(text: str) -> str:
    """
    Return text on one line, for Markdown, in which every character renders as itself.

    Only what could be markup is escaped, so that the Markdown can be read.

    >>> print(escape("<b> [x](y), 2 < 3 & a_b"))
    \\<b> \\[x\\](y), 2 < 3 & a_b
    """
    return _NUMBERED.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\g<0>", one_line(text)))


def understood_as(question: str, standalone: str) -> str:
    """
    Return a rewritten question for people: the topic that was added to it in brackets is introduced as such.

    ``understood_as("Why?", "Why? (flood)") -> "Why? (about: flood)"``

    Args:
        question: The question before it was rewritten.
        standalone: The rewritten question; empty if it wasn't rewritten.
    """
    unchanged = f"{question} ("
    return (
        f"{unchanged}about: {standalone[len(unchanged) :]}"
        if standalone.startswith(unchanged)
        else standalone
    )


def _escape_char(char: str) -> str:
    if char in "\n\t":
        return char
    if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} or char in _BIDI:
        return char.encode("unicode_escape").decode("ascii")
    return char


def _answer_blocks(answer: Answer, width: int, styled: bool) -> Iterator[str]:
    if answer.corrected:
        yield _wrap(f"Showing results for: {answer.corrected}", width)
    if answer.standalone:
        standalone = understood_as(answer.corrected or answer.question, answer.standalone)
        yield _wrap(f"Understood as: {standalone}", width)
    if answer.refused:
        yield _wrap(answer.reason or REFUSAL_TEXT, width)
        if answer.possible:
            yield POSSIBLY
            yield from (_sentence_block(answer, sentence, width) for sentence in answer.possible)
            return
        titles = list(dict.fromkeys(passage.title for passage in answer.passages if passage.title))
        if titles:
            yield "\n".join(
                ["Closest documents:", *(f"  - {one_line(title)}" for title in titles[:MAX_NEAREST])]
            )
        return
    if answer.short:
        short = _wrap(answer.short, width)
        yield f"{BOLD}{short}{PLAIN}" if styled else short
    if answer.disagreement:
        positions = (f"“{each.short}” {_numbers(each.markers)}" for each in answer.disagreement)
        yield "\n".join([DISAGREE, *(f"  - {one_line(position)}" for position in positions)])
    yield from (_sentence_block(answer, sentence, width) for sentence in answer.sentences)
    if answer.suggestions:
        yield "\n".join(["You could ask:", *(f"  - {one_line(text)}" for text in answer.suggestions)])


def _sentence_block(answer: Answer, sentence: Sentence, width: int) -> str:
    """Return a sentence with its label and markers; as a bullet in the forms of :data:`BULLETED`."""
    label = f"{sentence.label}: " if sentence.label else ""
    if answer.kind in WITHOUT_SOURCES:
        return _wrap(label + sentence.text, width)
    marks = [_numbers(sentence.markers), SUPPORT_MARKS[sentence.support]]
    text = " ".join(part for part in (f"{label}{sentence.text}", *marks) if part)
    return _wrap(text, width, "  ", first="• ") if answer.kind in BULLETED else _wrap(text, width)


def _numbers(markers: Iterable[int]) -> str:
    return "".join(f"[{marker}]" for marker in markers)


def _footnote_block(footnote: Footnote, width: int) -> str:
    head = f"[{footnote.marker}] "
    indent = " " * len(head)
    source = _wrap(_source(footnote), width, indent, first=head)
    return f"{source}\n{_wrap(f'“{footnote.cited_text}”', width, indent)}"


def _source(footnote: Footnote) -> str:
    page = f", page {footnote.page}" if footnote.page else ""
    return f"{footnote.title}{page} ({footnote.path})" if footnote.path else footnote.title + page


def _wrap(text: str, width: int, indent: str = "", first: str | None = None) -> str:
    start = indent if first is None else first
    wrapper = textwrap.TextWrapper(
        width, initial_indent=start, subsequent_indent=indent, break_on_hyphens=False
    )
    return wrapper.fill(one_line(text))
