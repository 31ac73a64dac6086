"""What is found on a computer: servers on loopback and GGUF files."""

import json
import os
from pathlib import Path

import pytest

from qa.models.discovery import MAX_REPLY_BYTES, USUAL_PORTS, gguf_files, served_models
from tests.fakes.llm_server import serving
from tests.fakes.web_server import replying


def gguf(path: Path, head: bytes = b"GGUF") -> Path:
    """A file that begins as a model does, large enough for one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(head)
    os.truncate(path, 2**20)
    return path


def port_of(url: str) -> int:
    return int(url.split(":")[2].split("/", maxsplit=1)[0])


def test_a_server_names_its_models():
    """Each is listed with the program that usually listens on the port."""
    with serving(models=("llama3.2", "qwen")) as endpoint:
        found = list(served_models({port_of(endpoint.url): "Ollama"}))

    assert [(each.name, each.program, each.base_url) for each in found] == [
        ("llama3.2", "Ollama", endpoint.url),
        ("qwen", "Ollama", endpoint.url),
    ]
    assert endpoint.requests == []


def test_nothing_listens():
    """A port without a server has no models."""
    with serving() as endpoint:
        pass
    assert list(served_models({port_of(endpoint.url): "Ollama"})) == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"data": {"id": 3}}'),
        (200, b'{"data": [{"id": 3}, {"id": ""}, {"id": "a\\u001b[31m"}]}'),
        (200, json.dumps({"data": [{"id": "m"}], "pad": "x" * MAX_REPLY_BYTES}).encode()),
        (200, b"[" * 100_000),
        (302, b""),
        (401, b"{}"),
    ],
)
def test_another_program_on_the_port_is_no_model(status, body):
    """It may return anything, without end, or send the client elsewhere."""
    with replying(status, body, {"Location": "http://192.0.2.1/"}) as url:
        assert list(served_models({port_of(url): "vLLM"})) == []


def test_the_usual_ports_are_those_of_known_programs():
    """Nothing else is asked."""
    assert set(USUAL_PORTS.values()) == {"Ollama", "LM Studio", "llama.cpp", "vLLM", "Jan", "GPT4All"}


def test_files_are_found_by_their_content(tmp_path: Path):
    """A link to a file found before, a small file, another format and a part of a model are left out."""
    model = gguf(tmp_path / "hub" / "small.gguf")
    (tmp_path / "hub" / "link.gguf").symlink_to(model)
    gguf(tmp_path / "hub" / "mmproj-small.gguf")
    gguf(tmp_path / "hub" / "large-00002-of-00003.gguf")
    gguf(tmp_path / "hub" / "other.gguf", b"PK\3\4")
    (tmp_path / "hub" / "tiny.gguf").write_bytes(b"GGUF")

    [found] = gguf_files([tmp_path, tmp_path / "missing"])

    assert (found.name, found.bytes) == ("link.gguf", 2**20)
