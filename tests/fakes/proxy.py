"""A local HTTP proxy that forwards and records requests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class RecordingProxy:
    """The proxy's URL and the first line of each request, such as ``POST http://host/path HTTP/1.1``."""

    url: str = ""
    requests: list[str] = field(default_factory=list)


@contextmanager
def proxying() -> Iterator[RecordingProxy]:
    """Run a proxy that forwards plain HTTP; a CONNECT is recorded and refused."""
    proxy = RecordingProxy()

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            proxy.requests.append(self.requestline)
            self.send_error(403)

        def do_POST(self) -> None:
            proxy.requests.append(self.requestline)
            target = urlsplit(self.path)
            upstream = HTTPConnection(target.hostname or "", target.port or 80, timeout=20)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            upstream.request("POST", target.path, body, dict(self.headers))
            reply = upstream.getresponse()
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.headers["Content-Type"])
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(reply.read())
            upstream.close()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is the base class's)
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
