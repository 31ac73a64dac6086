"""The real server around a small application, and clients that behave as no browser does."""

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
"""Timeout after which a test fails; no test should have to wait for it."""


@contextlib.contextmanager
def serving(app: Any, limits: ConnectionLimits | None = None, tls: SSLContext | None = None) -> Iterator[int]:
    """Serve an application with the chat's own server in a thread, and yield its port."""
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
    """Connect from one of this computer's addresses, and send some bytes."""
    connection = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS, (address, 0))
    with contextlib.suppress(ConnectionError):  # the server may have closed it already
        connection.sendall(sent)
    return connection


def is_closed(connection: socket.socket) -> bool:
    """Wait until the server closes the connection; what it sends before is ignored."""
    with contextlib.suppress(ConnectionError):
        while connection.recv(2**16):
            pass
    return True


def is_open(connection: socket.socket) -> bool:
    """Return whether the connection is open now."""
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
    """Return the status of the next response."""
    answer = b""
    while b"\r\n" not in answer and (chunk := connection.recv(2**16)):
        answer += chunk
    return int(answer.split()[1])


@contextlib.contextmanager
def half_open_connections(port: int, number: int) -> Iterator[list[socket.socket]]:
    """Open connections whose requests never have complete headers."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, number + 1000)), hard))
    connections = []
    try:
        for _ in range(number):
            connections.append(connect(port, HALF_REQUEST))  # noqa: PERF401 (so that those already open are closed)
        yield connections
    finally:
        for connection in connections:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def client(port: int, address: str = "127.0.0.1") -> httpx.Client:
    """Return an HTTP client with one of this computer's addresses."""
    transport = httpx.HTTPTransport(local_address=address)
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=TIMEOUT_SECONDS)


def wait_for_waiting(port: int, limiter: FairLimiter, owner: str, number: int = 1) -> None:
    """Wait until so many functions of an owner are in the queue."""
    with client(port) as http:
        for _ in range(10_000):
            if limiter.count_waiting(owner) == number:
                return
            http.get("/login")
    raise AssertionError(f"{limiter.count_waiting(owner)} wait, expected {number}")


def certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """Create a self-signed certificate and its key."""
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    command += " -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
    subprocess.run([*command.split(), "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key
