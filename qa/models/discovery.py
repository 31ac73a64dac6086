"""
Which language models are on this computer: servers on loopback, and GGUF files in the usual folders.

Nothing but 127.0.0.1 is asked, without a proxy and without following a redirection.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import httpx2

from qa.models.gguf import is_gguf

USUAL_PORTS: Mapping[int, str] = {
    11434: "Ollama",
    1234: "LM Studio",
    8080: "llama.cpp",
    8000: "vLLM",
    1337: "Jan",
    4891: "GPT4All",
}
"""Ports that programs with OpenAI's protocol listen on by default."""
USUAL_FOLDERS = (
    "~/.cache/llama.cpp",
    "~/.cache/huggingface/hub",
    "~/.lmstudio/models",
    "~/.cache/lm-studio/models",
    "~/.local/share/Jan/data/models",
    "~/.local/share/nomic.ai/GPT4All",
    "~/models",
)
"""Folders in which programs store GGUF files."""
CONNECT_SECONDS = 0.5
MAX_REPLY_BYTES = 2**20
MAX_MODELS, MAX_NAME = 200, 200
MAX_FILES = 5000
"""Maximum number of files that are looked at in each folder."""
MIN_BYTES = 2**20
"""Minimum size of a model's file."""
_NO_MODELS = ("mmproj", "-00002-of-")
"""Parts of the names of files that hold no language model, or not its first part."""


@dataclass(frozen=True, slots=True)
class AvailableModel:
    """
    A language model of this computer.

    Args:
        name: Its name on its server, or the file's name.
        program: What serves it; "file" for a GGUF file.
        base_url: The server's address; empty for a file.
        path: The file; None if a server has it.
        bytes: Size of the file; 0 if a server has it.
    """

    name: str
    program: str
    base_url: str = ""
    path: Path | None = None
    bytes: int = 0


def served_models(ports: Mapping[int, str] = USUAL_PORTS) -> Iterator[AvailableModel]:
    """Yield the models of the servers that answer on 127.0.0.1 at *ports*."""
    with httpx2.Client(trust_env=False, follow_redirects=False, timeout=CONNECT_SECONDS) as client:
        for port, program in ports.items():
            base_url = f"http://127.0.0.1:{port}/v1"
            for name in _model_names(client, base_url):
                yield AvailableModel(name, program, base_url)


def gguf_files(folders: Iterable[str | Path] = USUAL_FOLDERS) -> Iterator[AvailableModel]:
    """Yield the models in the GGUF files below *folders*, each file once."""
    seen: set[tuple[int, int]] = set()
    for folder in folders:
        for path in islice(_files(Path(folder).expanduser()), MAX_FILES):
            if not path.name.lower().endswith(".gguf") or any(part in path.name for part in _NO_MODELS):
                continue
            try:
                status = path.stat()
            except OSError:
                continue
            if (status.st_dev, status.st_ino) in seen or status.st_size < MIN_BYTES or not is_gguf(path):
                continue
            seen.add((status.st_dev, status.st_ino))
            yield AvailableModel(path.name, "file", path=path, bytes=status.st_size)


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(parent, name) for name in sorted(names))


def _model_names(client: httpx2.Client, base_url: str) -> Sequence[str]:
    """Return the names that a server lists; none if it doesn't answer, or not as such a server does."""
    try:
        with client.stream("GET", f"{base_url}/models") as response:
            if response.status_code != 200:
                return ()
            body = b""
            for piece in response.iter_raw():
                body += piece
                if len(body) > MAX_REPLY_BYTES:
                    return ()
        listed = json.loads(body)["data"]
        names = [each["id"] for each in listed[:MAX_MODELS]]
    except (httpx2.HTTPError, ValueError, KeyError, TypeError, RecursionError):
        return ()
    return [
        name for name in names if isinstance(name, str) and 0 < len(name) <= MAX_NAME and name.isprintable()
    ]
