"""
Limits on connections: how many there may be, and how long one may keep the server waiting for its client.

uvicorn has neither a timeout for headers nor one for bodies, and its ``limit_concurrency`` refuses everybody
while an attacker holds idle connections. Here a new connection is always admitted while there are others that
wait for their client: the oldest of these is closed, of the client that has the most of them.
"""

import asyncio
import contextlib
import resource
import socket
import struct
from dataclasses import dataclass
from enum import Enum
from ssl import SSLContext
from typing import Any

import h11
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from qa.web.client_address import client_network

BACKLOG = 64
"""
Connections that the kernel holds until they are accepted.

asyncio accepts as many in one go, before any of them can be refused; a large number would use up the file
descriptors in between.
"""

_MAX_CONNECTIONS = 512
_WANTED_FILES = 4096
_RESERVED_FILES = 256
"""File descriptors for all else: index, databases, worker processes, connections that are being accepted."""
_RESET = struct.pack("ii", 1, 0)  # struct linger: on, 0 seconds


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """
    What one client and all together may take.

    Args:
        max_connections: At once.
        header_seconds: For the TLS handshake, and again for the headers of a request.
        body_seconds: For a pause within a body.
        min_body_rate: Bytes per second, in the long run; below it, the time for the next pause shrinks. As
            Apache's ``RequestReadTimeout body=30,MinRate=500``.
        send_seconds: For a client to read what it asked for, once the buffers are full.
        check_seconds: Between two looks at all connections.
    """

    max_connections: int = _MAX_CONNECTIONS
    header_seconds: float = 10
    body_seconds: float = 30
    min_body_rate: int = 500
    send_seconds: float = 60
    check_seconds: float = 1


def limits_for_this_process() -> ConnectionLimits:
    """Return limits that fit the file descriptors this process may have, after asking for more of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_FILES if hard == resource.RLIM_INFINITY else min(_WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    files = _WANTED_FILES if soft == resource.RLIM_INFINITY else soft
    return ConnectionLimits(max_connections=max(16, min(_MAX_CONNECTIONS, (files - _RESERVED_FILES) // 2)))


class Phase(Enum):
    """What a connection waits for; only :attr:`WORKING` is the server's own time."""

    HANDSHAKE = "handshake"
    HEADERS = "headers"
    BODY = "body"
    WORKING = "working"
    SENDING = "sending"
    CLOSING = "closing"


class LimitedProtocol(H11Protocol):
    """
    HTTP/1.1 as uvicorn speaks it, with TLS below it if there is a certificate, under limits.

    TLS is begun here and not by the server, whose handshakes are counted and timed by nobody.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        table: "ConnectionTable",
        tls: SSLContext | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._table = table
        self._tls = tls
        self._socket: asyncio.Transport | None = None
        self._handshake: asyncio.Task[None] | None = None
        self._early: list[bytes] = []
        self._is_open = False
        self._phase = Phase.HANDSHAKE
        self._deadline = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to speak HTTP or TLS, unless there are too many connections."""
        peer = transport.get_extra_info("peername") or ("",)
        if not self._table.admit(self, client_network(str(peer[0]))):
            transport.abort()
            return
        self._socket = transport
        self._deadline = self.loop.time() + self._table.limits.header_seconds
        if self._tls is None:
            self._open(transport)
        else:
            transport.pause_reading()
            self._handshake = self.loop.create_task(self._start_tls(transport, self._tls))

    def data_received(self, data: bytes) -> None:
        """Pass on what came, and see what is waited for now."""
        if not self._is_open:  # with the end of the handshake, before it is known here
            self._early.append(data)
            return
        was = self._phase
        super().data_received(data)
        self.update()
        if was is self._phase is Phase.BODY:
            self._extend_for(len(data))

    def on_response_complete(self) -> None:
        """See what is waited for now."""
        super().on_response_complete()
        self.update()

    def pause_writing(self) -> None:
        """See what is waited for now: the client doesn't read."""
        super().pause_writing()
        self.update()

    def resume_writing(self) -> None:
        """See what is waited for now: the client reads again."""
        super().resume_writing()
        self.update()

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room for another one."""
        self._table.remove(self)
        if self._is_open:
            super().connection_lost(exc)

    def drop(self) -> None:
        """Close the connection at once, whatever isn't sent yet."""
        self._table.remove(self)
        if self._socket is not None:
            _reset(self._socket)

    def update(self) -> None:
        """Notice what is waited for now, and since when."""
        phase = self._current_phase()
        if phase is not self._phase:
            self._phase = phase
            self._deadline = self.loop.time() + self._seconds(phase)
            self._table.note(self, waits=phase is not Phase.WORKING)

    def check(self, now: float) -> None:
        """Drop the connection if its client has had its time."""
        self.update()
        if self._phase is Phase.BODY and self.flow.read_paused:  # it is the server that doesn't read
            self._deadline = now + self._table.limits.body_seconds
        if self._phase is not Phase.WORKING and now > self._deadline:
            self.drop()

    def _current_phase(self) -> Phase:
        if not self._is_open:
            return Phase.HANDSHAKE
        if self.transport.is_closing():
            return Phase.CLOSING
        if self.flow.write_paused:
            return Phase.SENDING
        if self.conn.their_state is h11.SEND_BODY:  # also where the response didn't wait for all of it
            return Phase.BODY
        return Phase.HEADERS if self.cycle is None or self.cycle.response_complete else Phase.WORKING

    def _seconds(self, phase: Phase) -> float:
        limits = self._table.limits
        if phase in (Phase.HANDSHAKE, Phase.HEADERS):
            return limits.header_seconds
        return limits.body_seconds if phase is Phase.BODY else limits.send_seconds

    def _extend_for(self, received: int) -> None:
        """Each byte earns time, but a pause never more than *body_seconds*."""
        limits = self._table.limits
        earned = self._deadline + received / limits.min_body_rate
        self._deadline = min(earned, self.loop.time() + limits.body_seconds)

    def _open(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._is_open = True
        self.update()

    async def _start_tls(self, below: asyncio.Transport, tls: SSLContext) -> None:
        try:
            secured = await self.loop.start_tls(
                below, self, tls, server_side=True, ssl_handshake_timeout=self._table.limits.header_seconds
            )
        except OSError:  # no TLS, an alert, or nothing more came
            self.drop()
            return
        if secured is None or secured.is_closing():
            self.drop()
            return
        self._open(secured)
        early, self._early = b"".join(self._early), []
        if early:
            self.data_received(early)


def _reset(transport: asyncio.Transport) -> None:
    """Close at once; without the option, the kernel would keep what a client doesn't read."""
    with contextlib.suppress(OSError):  # it is closed already
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()


class ConnectionTable:
    """All connections of one server, and which of them wait for their client; for one event loop."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self._clients: dict[LimitedProtocol, str] = {}
        self._waiting: dict[str, dict[LimitedProtocol, None]] = {}
        """By client, the one that has waited longest first."""
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """Return how many connections there are."""
        return len(self._clients)

    def admit(self, connection: LimitedProtocol, client: str) -> bool:
        """
        Add a connection; if there are too many, one that waits for its client is dropped for it.

        Returns:
            False if there are too many, and the server works for all of them.
        """
        if len(self._clients) >= self.limits.max_connections and not self._drop_one():
            return False
        self._clients[connection] = client
        self.note(connection, waits=True)
        if self._timer is None:
            self._check_later(connection.loop)
        return True

    def remove(self, connection: LimitedProtocol) -> None:
        """Forget a connection; one that isn't there is no error."""
        self.note(connection, waits=False)
        self._clients.pop(connection, None)

    def note(self, connection: LimitedProtocol, *, waits: bool) -> None:
        """Remember that a connection has begun to wait for its client now, or that it doesn't wait."""
        client = self._clients.get(connection)
        if client is None:
            return
        same = self._waiting.setdefault(client, {})
        same.pop(connection, None)
        if waits:
            same[connection] = None
        if not same:
            del self._waiting[client]

    def _drop_one(self) -> bool:
        if not self._waiting:
            return False
        most = max(self._waiting.values(), key=len)
        next(iter(most)).drop()
        return True

    def _check_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(self.limits.check_seconds, self._check, loop)

    def _check(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        for connection in list(self._clients):
            connection.check(loop.time())
        if self._clients:
            self._check_later(loop)
