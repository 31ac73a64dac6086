"""A real HTTP server on this machine that speaks OpenAI's protocol from a script."""

import gzip
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HANG = "(then nothing more comes)"
"""A piece that is never sent: the server falls silent there until the test is over."""

PAUSE = "(then nothing more comes for a while)"
"""A piece that is never sent: the server falls silent there until *go_on* is set."""

BREAK = "(then the line breaks)"
"""A piece that is never sent: the server closes the connection in the middle."""

FLOOD = "and so on. "
"""A piece that is sent again and again, without a pause, until the client has gone."""

ENDLESS = "(then a line comes that never ends)"
"""A piece that is never sent: what comes instead has no line's end, until the client has gone."""

DRONE = "(then nothing but signs of life comes)"
"""A piece that is never sent: comments come instead, which mean nothing, until the client has gone."""

PACKED = "(all that comes is packed)"
"""A first piece that is never sent: what is sent is packed by gzip, though nobody asked for that."""


@dataclass
class ScriptedLlmServer:
    """
    Replies in the order of *script*: pieces of an answer to stream, or the number of an HTTP error.

    A request past the script's end gets the error 418. *asked* is set from the first request on, *left* when
    a client has gone before it had heard all; the test sets *go_on*.
    """

    script: list[Sequence[str] | int]
    requests: list[dict[str, object]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    asked: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    @property
    def prompts(self) -> list[str]:
        """What was asked, in order."""
        return [request["messages"][0]["content"] for request in self.requests]  # type: ignore[index]


@contextmanager
def serving(*script: Sequence[str] | int) -> Iterator[ScriptedLlmServer]:
    """A running server that has *script* to say."""
    endpoint = ScriptedLlmServer(list(script))
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            endpoint.requests.append(json.loads(body))
            endpoint.keys.append(self.headers["Authorization"])
            endpoint.headers.append({name.lower(): value for name, value in self.headers.items()})
            endpoint.asked.set()
            reply = endpoint.script.pop(0) if endpoint.script else 418
            try:
                self._fail(reply) if isinstance(reply, int) else self._stream(reply)
            except ConnectionError:  # the client has heard enough
                endpoint.left.set()

        def _fail(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Location", "http://192.0.2.1/v1/chat/completions")
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
                packed = "".join(f"data: {json.dumps(_chunk(piece))}\n\n" for piece in pieces[1:])
                self.wfile.write(gzip.compress(packed.encode()))
                return
            for piece in pieces:
                if piece == BREAK:
                    return
                if piece == HANG:
                    over.wait()
                    return
                if piece == PAUSE:
                    endpoint.go_on.wait()
                    continue
                while piece == ENDLESS and not over.is_set():
                    self.wfile.write(b"data: " + b"x" * 2**16)
                while piece == DRONE and not over.wait(0.01):
                    self.wfile.write(b": still here\n\n")
                self._event(json.dumps(_chunk(piece)))
                while piece == FLOOD and not over.is_set():
                    self._event(json.dumps(_chunk(piece)))
            self._event("[DONE]")

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
        over.set()
        endpoint.go_on.set()
        server.shutdown()
        server.server_close()


def _chunk(piece: str) -> dict[str, object]:
    choice = {"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": None}
    return {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
