"""The limits on connections."""

import contextlib
import select
import ssl
import subprocess
import sys
import threading

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from qa.web.client_address import client_network
from qa.web.connections import ConnectionLimits
from qa.web.tls import tls_context
from tests.web.server import browsing, running
from tests.web.sockets import (
    HALF_REQUEST,
    TIMEOUT_SECONDS,
    certificate,
    connect,
    half_open_connections,
    is_closed,
    is_open,
    serving,
    status,
)

TIMEOUT = 0.01
SHORT_TIMEOUTS = ConnectionLimits(
    header_seconds=TIMEOUT, body_seconds=TIMEOUT, send_seconds=TIMEOUT, check_seconds=TIMEOUT
)
HALF_POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
WHOLE_REQUEST = HALF_REQUEST + b"\r\n\r\n"


class BusyApplication:
    """An application that responds when it is told to."""

    def __init__(self) -> None:
        self.started = threading.Semaphore(0)
        self.released = threading.Event()

    def answer(self, request: Request) -> Response:
        self.started.release()
        self.released.wait(30)
        return PlainTextResponse("done")


async def echo(request: Request) -> Response:
    return Response(await request.body())


async def large(request: Request) -> Response:
    return Response(b"x" * 100_000_000)


ECHO = Starlette(routes=[Route("/", echo, methods=["GET", "POST"]), Route("/large", large)])


@pytest.mark.browser
def test_half_open_connections_do_not_block_a_page(tmp_path):
    """1,500 of them, with the usual limit of 1,024 open files."""
    with (
        running(tmp_path / "none-yet", max_files=1024) as chat,
        half_open_connections(chat.port, 1500),
        browsing() as page,
    ):
        page.goto(chat.address)
        page.locator(".fn-welcome").wait_for()

        expect(page).to_have_title("Footnote")  # Gradio's script may set it after the page is shown


@pytest.mark.parametrize(
    "sent", [b"", HALF_REQUEST, HALF_REQUEST + b"\r\nX: y\r\n", HALF_POST, HALF_POST + b"x"]
)
def test_slow_client_is_dropped(sent):
    """With nothing sent, with half of the headers or with a part of the body."""
    with serving(ECHO, SHORT_TIMEOUTS) as port, connect(port, sent) as connection:
        assert is_closed(connection)


def test_slow_second_request_is_dropped():
    """The second request on a connection has the same timeouts."""
    with serving(ECHO, SHORT_TIMEOUTS) as port, connect(port, WHOLE_REQUEST + HALF_REQUEST) as connection:
        assert status(connection) == 200
        assert is_closed(connection)


def test_client_that_does_not_read_is_dropped():
    """The rest of its response isn't kept in memory."""
    with (
        serving(ECHO, SHORT_TIMEOUTS) as port,
        connect(port, WHOLE_REQUEST.replace(b"/ ", b"/large ")) as connection,
    ):
        end = select.poll()
        end.register(connection, 0)  # a reset is reported without being requested

        assert end.poll(1000 * TIMEOUT_SECONDS)


def test_slow_response_is_not_dropped():
    """The time that the server takes doesn't count."""
    busy = BusyApplication()
    app = Starlette(routes=[Route("/", busy.answer)])
    with (
        serving(app, SHORT_TIMEOUTS) as port,
        connect(port, WHOLE_REQUEST) as working,
        connect(port, HALF_REQUEST) as waiting,
    ):
        assert busy.started.acquire(timeout=30)
        assert is_closed(waiting)  # so the timeout has passed
        busy.released.set()

        assert status(working) == 200


def test_new_connection_replaces_the_oldest_waiting():
    """The others stay open."""
    with serving(ECHO, ConnectionLimits(max_connections=4)) as port, contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(connect(port, HALF_REQUEST)) for _ in range(4)]
        new = stack.enter_context(connect(port, WHOLE_REQUEST))

        assert status(new) == 200
        assert [is_open(connection) for connection in waiting] == [False, True, True, True]


def test_client_with_most_connections_loses_one():
    """However old the connections of others are."""
    with serving(ECHO, ConnectionLimits(max_connections=4)) as port, contextlib.ExitStack() as stack:
        addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.2", "127.0.0.2"]
        waiting = [stack.enter_context(connect(port, HALF_REQUEST, address)) for address in addresses]
        new = stack.enter_context(connect(port, WHOLE_REQUEST, "127.0.0.3"))

        assert status(new) == 200
        assert [is_open(connection) for connection in waiting] == [True, False, True, True]


def test_connection_with_a_running_request_is_kept():
    """If all are running, a new connection is refused."""
    busy = BusyApplication()
    app = Starlette(routes=[Route("/", busy.answer)])
    with serving(app, ConnectionLimits(max_connections=2)) as port, contextlib.ExitStack() as stack:
        working = [stack.enter_context(connect(port, WHOLE_REQUEST)) for _ in range(2)]
        assert all(busy.started.acquire(timeout=30) for _ in working)
        refused = stack.enter_context(connect(port, WHOLE_REQUEST))
        assert is_closed(refused)
        busy.released.set()

        assert [status(connection) for connection in working] == [200, 200]


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01", HALF_REQUEST])
def test_unfinished_tls_handshake_is_dropped(tmp_path, sent):
    """With nothing sent, with its beginning, or with something else than TLS."""
    tls = tls_context(*certificate(tmp_path))
    with serving(ECHO, SHORT_TIMEOUTS, tls) as port, connect(port, sent) as connection:
        assert is_closed(connection)


def test_tls_handshakes_count_as_connections(tmp_path):
    """The oldest is replaced, and the newest gets a response over TLS."""
    cert, key = certificate(tmp_path)
    client_tls = ssl.create_default_context(cafile=str(cert))
    limits = ConnectionLimits(max_connections=3)
    with serving(ECHO, limits, tls_context(cert, key)) as port, contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(connect(port)) for _ in range(3)]
        new = stack.enter_context(connect(port))
        with client_tls.wrap_socket(new, server_hostname="localhost") as secured:
            secured.sendall(WHOLE_REQUEST)

            assert status(secured) == 200
        assert [is_open(connection) for connection in waiting] == [False, True, True]


def test_bodies_over_tls_are_complete(tmp_path):
    """Many requests on one connection, in both directions."""
    cert, key = certificate(tmp_path)
    client_tls = ssl.create_default_context(cafile=str(cert))
    bodies = [bytes([number]) * 10**number for number in range(1, 7)]
    with serving(ECHO, tls=tls_context(cert, key)) as port, httpx.Client(verify=client_tls) as browser:
        assert [browser.post(f"https://localhost:{port}/", content=body).content for body in bodies] == bodies


def test_limit_fits_the_open_file_limit():
    """The soft limit is raised, and some file descriptors are reserved."""
    script = (
        "import resource\nfrom qa.web.connections import limits_for_this_process as limits\n"
        "print(limits().max_connections, resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    limits = []
    for soft, hard in [(256, 256), (1024, 1024), (256, 2048)]:
        limited = ["sh", "-c", f'ulimit -Sn {soft} && ulimit -Hn {hard} && exec "$@"', "sh"]
        command = [*limited, sys.executable, "-c", script]
        limits.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())

    assert limits == [["16", "256"], ["384", "1024"], ["512", "2048"]]


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1::7", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff::8", "2001:db8:0:1::/64"),
        ("::1", "::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("", ""),
    ],
)
def test_clients_are_counted_by_network(host, network):
    """Whoever has an IPv6 network has more addresses than any table can hold."""
    assert client_network(host) == network


@given(st.text())
def test_hyp_client_network_accepts_any_text(host):
    """Text that isn't an address is accepted too."""
    assert isinstance(client_network(host), str)
