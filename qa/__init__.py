"""
Answer questions from a person's own documents, with footnotes.

The Python API is :class:`Footnote`; the other names are the records that it returns.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.errors import FootnoteError
    from index.records import Span
    from qa.client import Footnote
    from qa.records import Answer, Sentence, Turn
    from qa.records import Footnote as Citation

__all__ = ["Answer", "Citation", "Footnote", "FootnoteError", "Sentence", "Span", "Turn"]

_HOMES = {
    "Answer": ("qa.records", "Answer"),
    "Citation": ("qa.records", "Footnote"),
    "Footnote": ("qa.client", "Footnote"),
    "FootnoteError": ("index.errors", "FootnoteError"),
    "Sentence": ("qa.records", "Sentence"),
    "Span": ("index.records", "Span"),
    "Turn": ("qa.records", "Turn"),
}
"""Where each public name is defined; imported at first use, so that ``import qa`` is cheap."""


def __getattr__(name: str) -> Any:
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(importlib.import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
