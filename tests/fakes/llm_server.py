"""A local HTTP server that speaks OpenAI's protocol and replies from a script."""

import gzip
import json
import select
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HANG = "(send nothing more)"
"""Stands for silence until the end of the test."""

PAUSE = "(send nothing for a while)"
"""Stands for silence until *resume* is set."""

BREAK = "(close the connection)"
"""Stands for a connection that is closed in the middle of the reply."""

FLOOD = "and so on. "
"""A piece that is sent again and again until the client disconnects."""

ENDLESS = "(send an endless line)"
"""Stands for a line without an end, sent until the client disconnects."""

DRONE = "(send only comments)"
"""Stands for empty comments, sent until the client disconnects."""

MALFORMED = "(send an event that is not JSON)"
"""Stands for an event whose data can't be read."""

PACKED = "(compress the reply)"
"""As the first piece: the rest is compressed by gzip, although the client didn't ask for it."""


@dataclass
class ScriptedLlmServer:
    """
    A server that replies in the order of *script*, with pieces of an answer to stream or an HTTP status.

    After the end of the script the status is 418. The first request sets *requested*, and a client that
    leaves before the end of a reply sets *disconnected*. The test sets *resume*.

    A server that doesn't constrain output returns 400 for a request with a schema, outside its script. One
    that does replies to the first such request, by which a client asks, with a JSON object.
    """

    script: list[Sequence[str] | int]
    constrains: bool = False
    probes: list[dict[str, object]] = field(default_factory=list)
    retry_after: str = ""
    requests: list[dict[str, object]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    requested: threading.Event = field(default_factory=threading.Event)
    disconnected: threading.Event = field(default_factory=threading.Event)
    resume: threading.Event = field(default_factory=threading.Event)

    @property
    def prompts(self) -> list[str]:
        """The prompts of all requests, in order: the instructions, a blank line, the passages."""
        return [
            "\n\n".join(message["content"] for message in request["messages"])  # type: ignore[attr-defined]
            for request in self.requests
        ]


@contextmanager
def serving(
    *script: Sequence[str] | int, constrains: bool = False, models: Sequence[str] = ("m",)
) -> Iterator[ScriptedLlmServer]:
    """Run a server that replies from *script* and names *models*."""
    endpoint = ScriptedLlmServer(list(script), constrains)
    finished = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if "response_format" in body and not (endpoint.constrains and endpoint.probes):
                endpoint.probes.append(body)
                self._stream(['{"ok": ', "true}"]) if endpoint.constrains else self._fail(400)
                return
            endpoint.requests.append(body)
            endpoint.keys.append(self.headers["Authorization"])
            endpoint.headers.append({name.lower(): value for name, value in self.headers.items()})
            endpoint.requested.set()
            reply = endpoint.script.pop(0) if endpoint.script else 418
            try:
                self._fail(reply) if isinstance(reply, int) else self._stream(reply)
            except ConnectionError:  # the client has disconnected
                endpoint.disconnected.set()

        def do_GET(self) -> None:
            listed = {"object": "list", "data": [{"id": name, "object": "model"} for name in models]}
            body = json.dumps(listed).encode() if self.path == "/v1/models" else b""
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _fail(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Location", "http://192.0.2.1/v1/chat/completions")
            if endpoint.retry_after:
                self.send_header("Retry-After", endpoint.retry_after)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _stream(self, pieces: Sequence[str]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            if BREAK in pieces:
                self.send_header("Content-Length", "1000000")
            if PACKED in pieces:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            if PACKED in pieces:
                events = "".join(f"data: {json.dumps(_chunk(piece))}\n\n" for piece in pieces[1:])
                self.wfile.write(gzip.compress(events.encode()))
                return
            for piece in pieces:
                if not self._send(piece):
                    return
            usage = {
                "prompt_tokens": 100,
                "completion_tokens": len(pieces),
                "total_tokens": 100 + len(pieces),
            }
            self._event(json.dumps({**_chunk(""), "choices": [], "usage": usage}))
            self._event("[DONE]")

        def _send(self, piece: str) -> bool:
            """Send a piece, or do what it stands for; return whether the reply goes on."""
            if piece in (BREAK, HANG):
                if piece == HANG:
                    self._wait_for_the_end()
                return False
            if piece == PAUSE:
                endpoint.resume.wait()
                return True
            while piece == ENDLESS and not finished.is_set():
                self.wfile.write(b"data: " + b"x" * 2**16)
            while piece == DRONE and not finished.wait(0.01):
                self.wfile.write(b": still here\n\n")
            self._event("{not JSON" if piece == MALFORMED else json.dumps(_chunk(piece)))
            while piece == FLOOD and not finished.is_set():
                self._event(json.dumps(_chunk(piece)))
            return True

        def _wait_for_the_end(self) -> None:
            """Wait until the end of the test, or until the client closes the connection."""
            while not finished.wait(0.01):
                is_readable = select.select([self.connection], [], [], 0)[0]
                if is_readable and not self.connection.recv(1, socket.MSG_PEEK):
                    raise ConnectionError

        def _event(self, data: str) -> None:
            self.wfile.write(f"data: {data}\n\n".encode())
            self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is the base class's)
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield endpoint
    finally:
        finished.set()
        endpoint.resume.set()
        server.shutdown()
        server.server_close()


def _chunk(piece: str) -> dict[str, object]:
    choice = {"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": None}
    return {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
