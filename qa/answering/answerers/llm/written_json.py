"""Read what a language model writes as JSON, while it grows."""

from collections.abc import Mapping
from typing import Any

import pydantic_core

from qa.answering.answerers.llm.written_text import CitedSentence, cited_sentences, joined_with_next

MAX_SENTENCES = 12
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "found": {"type": "boolean"},
        "sentences": {
            "type": "array",
            "maxItems": MAX_SENTENCES,
            "items": {
                "type": "object",
                "properties": {
                    "passages": {"type": "array", "items": {"type": "integer"}, "maxItems": 4},
                    "text": {"type": "string"},
                },
                "required": ["passages", "text"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["found", "sentences"],
    "additionalProperties": False,
}
"""The form of a reply; the passages come first, so that a text is complete when it can be read."""


def read_reply(written: str) -> tuple[bool | None, list[CitedSentence]]:
    """
    Return whether an answer was found, None as long as that isn't written, and the complete sentences.

    >>> read_reply('{"found": true, "sentences": [{"passages": [2], "text": "It rained."}, {"pass')
    (True, [CitedSentence(text='It rained.', markers=(2,))])

    Raises:
        ValueError: If the text isn't the beginning of such a reply.
    """
    reply = pydantic_core.from_json(written, allow_partial=True)
    if not isinstance(reply, dict):
        raise ValueError("expected an object")
    found = reply.get("found")
    items = reply.get("sentences") or []
    cited: list[CitedSentence] = []
    for item in items if isinstance(items, list) else []:
        text, numbers = (item.get("text"), item.get("passages")) if isinstance(item, dict) else (None, None)
        if not isinstance(text, str):
            continue
        markers = tuple(number for number in numbers or () if isinstance(number, int))
        # A text may hold several sentences, and markers although they have a place of their own.
        cited += [
            CitedSentence(each.text, tuple(dict.fromkeys((*each.markers, *markers))))
            for each in cited_sentences(text)
        ]
    return found if isinstance(found, bool) else None, joined_with_next(cited)
