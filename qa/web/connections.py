"""
Limits on the number of connections, and on how long each may wait for its client.

uvicorn has no timeouts for headers or bodies, and its ``limit_concurrency`` refuses everybody while an
attacker holds idle connections. Here a new connection is always admitted if others are waiting for their
client: of the client with the most of those, the one that has waited longest is closed.
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
Connections that the kernel queues until they are accepted.

asyncio accepts that many at once before any can be refused, so that a large number could use up the file
descriptors.
"""

_MAX_CONNECTIONS = 512
_WANTED_FILES = 4096
_RESERVED_FILES = 256
"""File descriptors for everything else: index, databases, worker processes, connections being accepted."""
_LINGER_RESET = struct.pack("ii", 1, 0)  # struct linger: on, 0 seconds


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """
    The number of connections of all clients together, and the timeouts of each connection.

    Args:
        max_connections: Maximum number of open connections.
        header_seconds: Timeout of the TLS handshake, and that of the headers of a request.
        body_seconds: Timeout of a pause within a body.
        min_body_rate: Average bytes per second of a body, below which the timeout of the next pause gets
            shorter, as with Apache's ``RequestReadTimeout body=30,MinRate=500``.
        send_seconds: Timeout for the client to read the response once the buffers are full.
        check_seconds: Interval between checks of all connections.
    """

    max_connections: int = _MAX_CONNECTIONS
    header_seconds: float = 10
    body_seconds: float = 30
    min_body_rate: int = 500
    send_seconds: float = 60
    check_seconds: float = 1


def limits_for_this_process() -> ConnectionLimits:
    """Return limits that fit this process's file descriptors, after raising its soft limit on them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_FILES if hard == resource.RLIM_INFINITY else min(_WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    files = _WANTED_FILES if soft == resource.RLIM_INFINITY else soft
    return ConnectionLimits(max_connections=max(16, min(_MAX_CONNECTIONS, (files - _RESERVED_FILES) // 2)))


class Phase(Enum):
    """What a connection is waiting for; only in :attr:`WORKING` it isn't waiting for its client."""

    HANDSHAKE = "handshake"
    HEADERS = "headers"
    BODY = "body"
    WORKING = "working"
    SENDING = "sending"
    CLOSING = "closing"


class LimitedProtocol(H11Protocol):
    """
    uvicorn's HTTP/1.1 protocol with limits, and with TLS if there is a certificate.

    TLS is started here and not by the server, so that handshakes are counted and time out too.

    Args:
        config: uvicorn's configuration.
        server_state: uvicorn's state.
        app_state: The state of the application's lifespan.
        _loop: The event loop; uvicorn's name for it.
        table: All connections of the server.
        tls: Certificate and key; None for plain HTTP.
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
        self._early_data: list[bytes] = []
        self._is_open = False
        self._phase = Phase.HANDSHAKE
        self._deadline = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start HTTP or TLS, unless there are too many connections."""
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
        """Process the data and update the phase."""
        if not self._is_open:  # data can arrive with the end of the handshake, before _start_tls continues
            self._early_data.append(data)
            return
        previous = self._phase
        super().data_received(data)
        self.update()
        if previous is self._phase is Phase.BODY:
            self._extend_deadline(len(data))

    def on_response_complete(self) -> None:
        """Update the phase."""
        super().on_response_complete()
        self.update()

    def pause_writing(self) -> None:
        """Update the phase: the client doesn't read the response."""
        super().pause_writing()
        self.update()

    def resume_writing(self) -> None:
        """Update the phase: the client reads again."""
        super().resume_writing()
        self.update()

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove the connection from the table."""
        self._table.remove(self)
        if self._is_open:
            super().connection_lost(exc)

    def drop(self) -> None:
        """Close the connection at once, without sending the rest of the response."""
        self._table.remove(self)
        if self._socket is not None:
            _reset(self._socket)

    def update(self) -> None:
        """Determine the phase, and begin its timeout if it is a new one."""
        phase = self._current_phase()
        if phase is not self._phase:
            self._phase = phase
            self._deadline = self.loop.time() + self._timeout(phase)
            self._table.set_waiting(self, is_waiting=phase is not Phase.WORKING)

    def check(self, now: float) -> None:
        """Drop the connection if its client has timed out."""
        self.update()
        if self._phase is Phase.BODY and self.flow.read_paused:  # the server isn't reading
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
        if self.conn.their_state is h11.SEND_BODY:  # also if the response began before the end of the body
            return Phase.BODY
        return Phase.HEADERS if self.cycle is None or self.cycle.response_complete else Phase.WORKING

    def _timeout(self, phase: Phase) -> float:
        limits = self._table.limits
        if phase in (Phase.HANDSHAKE, Phase.HEADERS):
            return limits.header_seconds
        return limits.body_seconds if phase is Phase.BODY else limits.send_seconds

    def _extend_deadline(self, received_bytes: int) -> None:
        """Add time for each received byte, up to *body_seconds* from now."""
        limits = self._table.limits
        extended = self._deadline + received_bytes / limits.min_body_rate
        self._deadline = min(extended, self.loop.time() + limits.body_seconds)

    def _open(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._is_open = True
        self.update()

    async def _start_tls(self, transport: asyncio.Transport, tls: SSLContext) -> None:
        try:
            secured = await self.loop.start_tls(
                transport,
                self,
                tls,
                server_side=True,
                ssl_handshake_timeout=self._table.limits.header_seconds,
            )
        except OSError:  # not TLS, an alert, or a timeout
            self.drop()
            return
        if secured is None or secured.is_closing():
            self.drop()
            return
        self._open(secured)
        early_data, self._early_data = b"".join(self._early_data), []
        if early_data:
            self.data_received(early_data)


def _reset(transport: asyncio.Transport) -> None:
    """Close at once; otherwise the kernel would keep the data that the client doesn't read."""
    with contextlib.suppress(OSError):  # already closed
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
    transport.abort()


class ConnectionTable:
    """The connections of one server, and which of them are waiting for their client; for one event loop."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self._clients: dict[LimitedProtocol, str] = {}
        self._waiting: dict[str, dict[LimitedProtocol, None]] = {}
        """By client, its waiting connections, the one that has waited longest first."""
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """Return the number of connections."""
        return len(self._clients)

    def admit(self, connection: LimitedProtocol, client: str) -> bool:
        """
        Add a connection, and drop one that is waiting for its client if there are too many.

        Returns:
            Whether it was added; not if there are too many and none is waiting.
        """
        if len(self._clients) >= self.limits.max_connections and not self._drop_oldest():
            return False
        self._clients[connection] = client
        self.set_waiting(connection, is_waiting=True)
        if self._timer is None:
            self._schedule_check(connection.loop)
        return True

    def remove(self, connection: LimitedProtocol) -> None:
        """Remove a connection; an unknown one is ignored."""
        self.set_waiting(connection, is_waiting=False)
        self._clients.pop(connection, None)

    def set_waiting(self, connection: LimitedProtocol, *, is_waiting: bool) -> None:
        """Record that a connection is waiting for its client from now on, or that it isn't waiting."""
        client = self._clients.get(connection)
        if client is None:
            return
        waiting = self._waiting.setdefault(client, {})
        waiting.pop(connection, None)
        if is_waiting:
            waiting[connection] = None
        if not waiting:
            del self._waiting[client]

    def _drop_oldest(self) -> bool:
        if not self._waiting:
            return False
        connections = max(self._waiting.values(), key=len)
        next(iter(connections)).drop()
        return True

    def _schedule_check(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(self.limits.check_seconds, self._check, loop)

    def _check(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        for connection in list(self._clients):
            connection.check(loop.time())
        if self._clients:
            self._schedule_check(loop)
