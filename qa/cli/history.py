"""Read the earlier turns of a conversation from a JSON file."""

from pathlib import Path
from typing import Any

from qa.errors import InvalidHistory
from qa.records import Turn

EXAMPLE = '[{"question": "Who measured the dose?", "answer": "Ann Smith."}]'


def load_history(path: Path) -> list[Turn]:
    """
    Return the turns in a JSON file: a list of objects with a ``question`` and an ``answer``.

    Other fields are ignored, so that the output of ``footnote ask --json`` can be used as a turn.

    Raises:
        InvalidHistory: If the file can't be read, isn't JSON or has another form.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        turns: list[Turn] = TypeAdapter(list[Turn]).validate_json(path.read_bytes(), strict=True)
    except OSError as error:
        raise InvalidHistory(f"The history {path} can't be read: {error.strerror or error}.") from error
    except ValidationError as error:
        raise InvalidHistory(
            f"The history {path} is not valid: {_describe(error.errors()[0])}. Expected: {EXAMPLE}"
        ) from error
    return turns


def _describe(error: Any) -> str:
    """Say where the error is, counting turns from 1, and what it is."""
    message = str(error["msg"][0].lower() + error["msg"][1:])
    if not error["loc"]:
        return message
    number, *fields = error["loc"]
    return ", ".join([f"turn {number + 1}", *fields]) + f": {message}"
