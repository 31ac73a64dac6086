"""The tests themselves can't reach another machine, and notice when something tries."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.offline.sitecustomize import OutsideHostError

LOOK_UP = "import socket\ntry: socket.getaddrinfo('footnote.example', 443)\nexcept Exception: pass"


def test_a_connection_to_another_machine_is_refused(reached_no_other_machine: Path):
    """The error names the address, and the attempt is recorded."""
    with socket.socket() as client, pytest.raises(OutsideHostError, match=r"192\.0\.2\.1"):
        client.connect(("192.0.2.1", 443))

    assert "192.0.2.1" in reached_no_other_machine.read_text("utf-8")
    reached_no_other_machine.unlink()


def test_a_child_process_is_offline_too(reached_no_other_machine: Path):
    """Even when it swallows the error, its attempt is noticed here."""
    subprocess.run([sys.executable, "-c", LOOK_UP], check=True)

    assert "footnote.example" in reached_no_other_machine.read_text("utf-8")
    reached_no_other_machine.unlink()


def test_this_machine_can_be_reached():
    """Loopback stays open, by number and by name."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        assert socket.create_connection(("localhost", port)).getpeername() == ("127.0.0.1", port)
