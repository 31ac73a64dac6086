"""Choosing the language model that writes the answers; the choice is a file in the data folder."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import tomli_w

from qa.auth import private_files
from qa.errors import LlmUnavailable
from qa.models.discovery import AvailableModel
from qa.models.gguf import is_gguf
from qa.settings import CHOSEN_MODEL

NONE = "none"
"""The name that chooses no model: answers are the documents' own sentences."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """
    The model that writes the answers; the fields are settings of the same names.

    Args:
        llm_base_url: Address of its server; empty for a file.
        llm_model: Its name there; empty for a file.
        llm_gguf: Path of its file; empty if a server has it.
        llm_key_variable: Environment variable with the server's key; empty for the usual one.
    """

    llm_base_url: str = ""
    llm_model: str = ""
    llm_gguf: str = ""
    llm_key_variable: str = ""


def find_model(
    name: str, available: Sequence[AvailableModel], base_url: str = "", key_variable: str = ""
) -> ModelChoice:
    """
    Return the model that a person names.

    Args:
        name: Its name or the start of it, or the path of a GGUF file.
        available: The models of this computer.
        base_url: The address of a server that the person typed; then nothing is looked for.
        key_variable: The environment variable with its key.

    Raises:
        LlmUnavailable: If there is no such model, or several.
    """
    if base_url:
        return ModelChoice(base_url.rstrip("/"), name, llm_key_variable=key_variable)
    path = Path(name).expanduser()
    if path.suffix.lower() == ".gguf" and is_gguf(path):
        return ModelChoice(llm_gguf=str(path.absolute()))
    exact = [each for each in available if each.name == name]
    found = exact or [each for each in available if each.name.lower().startswith(name.lower())]
    if not found:
        listed = ", ".join(each.name for each in available[:8]) or "none"
        raise LlmUnavailable(
            f"No model {name!r} was found; there are: {listed}. "
            "For a server elsewhere add its address: --url http://HOST:PORT/v1"
        )
    if len({each.name for each in found}) > 1:
        raise LlmUnavailable(f"{name!r} is the start of: {', '.join(each.name for each in found)}.")
    model = found[0]
    if model.path:
        return ModelChoice(llm_gguf=str(model.path.absolute()))
    return ModelChoice(model.base_url, model.name, llm_key_variable=key_variable)


def save_choice(data_dir: Path, choice: ModelChoice | None) -> Path:
    """
    Save the choice, or remove it if it is None; return the file.

    Raises:
        LlmUnavailable: If the folder can't be written.
    """
    path = data_dir / CHOSEN_MODEL
    try:
        if choice is None:
            path.unlink(missing_ok=True)
        else:
            values = {name: value for name, value in asdict(choice).items() if value}
            private_files.write(path, tomli_w.dumps(values).encode())
    except OSError as exc:
        raise LlmUnavailable(f"{path} can't be written: {exc.strerror}") from None
    return path
