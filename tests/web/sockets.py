"""The real server around a small application, and clients that do what no browser does."""

import contextlib
import resource
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from ssl import SSLContext
from typing import Any

import httpx

from qa.web.connections import ConnectionLimits
from qa.web.fair_limiter import FairLimiter
from qa.web.http_server import http_server

HALF_REQUEST = b"GET / HTTP/1.1\r\nHost: localhost"
TIMEOUT_SECONDS = 30
"""After which a test has failed: nothing here should have to wait for it."""


@contextlib.contextmanager
def serving(app: Any, limits: ConnectionLimits | None = None, tls: SSLContext | None = None) -> Iterator[int]:
    """An application behind the chat's own server, in a thread; by its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = http_server(app, limits or ConnectionLimits(), tls)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()


def connect(port: int, sent: bytes = b"", address: str = "127.0.0.1") -> socket.socket:
    """A connection from one of this machine's addresses, on which some bytes were sent."""
    connection = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS, (address, 0))
    with contextlib.suppress(ConnectionError):  # it may have been closed already
        connection.sendall(sent)
    return connection


def is_closed(connection: socket.socket) -> bool:
    """Whether the server closes it, which is waited for; what it sends before is passed over."""
    with contextlib.suppress(ConnectionError):
        while connection.recv(2**16):
            pass
    return True


def is_open(connection: socket.socket) -> bool:
    """Whether it is open now."""
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False
    finally:
        connection.settimeout(TIMEOUT_SECONDS)


def status(connection: socket.socket) -> int:
    """The status of the response that comes."""
    answer = b""
    while b"\r\n" not in answer and (chunk := connection.recv(2**16)):
        answer += chunk
    return int(answer.split()[1])


@contextlib.contextmanager
def half_open(port: int, number: int) -> Iterator[list[socket.socket]]:
    """So many connections, on each of which the headers of a request never end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, number + 1000)), hard))
    connections = []
    try:
        for _ in range(number):
            connections.append(connect(port, HALF_REQUEST))  # noqa: PERF401 (those that were opened are closed)
        yield connections
    finally:
        for connection in connections:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def client(port: int, address: str = "127.0.0.1") -> httpx.Client:
    """A browser at one of this machine's addresses."""
    transport = httpx.HTTPTransport(local_address=address)
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=TIMEOUT_SECONDS)


def until_waiting(port: int, limiter: FairLimiter, owner: str, number: int = 1) -> None:
    """Go on when so many of the owner's functions wait; what was sent just now takes its time."""
    with client(port) as http:
        for _ in range(10_000):
            if limiter.waiting(owner) == number:
                return
            http.get("/login")
    raise AssertionError(f"{limiter.waiting(owner)} wait, expected {number}")


def certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    command += " -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
    subprocess.run([*command.split(), "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key
