"""
Send requests to every route of a running chat, and print their statuses.

With ``--isolated`` it expects to run in its own network namespace, which has only loopback, and counts the
attempts to connect to other hosts, whichever library makes them.

Example: unshare --user --map-root-user --net python -m tests.web.probe INDEX_DIR --isolated
"""

import fcntl
import http.client
import json
import os
import socket
import struct
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from qa.web.access_key import AccessKey
from qa.web.app import create_app
from tests.fakes.services import small_services
from tests.web.gradio_routes import METHODS, OUTSIDE, registered_paths, sample_paths
from tests.web.server import RunningChat, running

SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40
"""``<linux/sockios.h>`` and ``<linux/if.h>``."""
NAMED_FILE = {"path": OUTSIDE, "url": OUTSIDE, "meta": {"_type": "gradio.FileData"}}
FIELDS = dict.fromkeys("footnote conversation turn name key search deep_link page url".split(), OUTSIDE)
HTML = f'<img src="{OUTSIDE}"><link rel="stylesheet" href="{OUTSIDE}"><iframe src="{OUTSIDE}"></iframe>'
BODIES = (
    ("application/x-www-form-urlencoded", urlencode(FIELDS)),
    ("application/json", json.dumps({"data": [NAMED_FILE], "fn_index": 0, "session_hash": "x", **FIELDS})),
    ("application/json", json.dumps({"data": [OUTSIDE], "fn_index": 1})),
    ("text/html", HTML),
)


def bring_up_loopback() -> None:
    """Enable loopback in this network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP | IFF_RUNNING))


def count_no_routes() -> int:
    """Return how often a process in this namespace tried to reach another host."""
    ipv4 = [
        line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Ip:")
    ]
    ipv6 = dict(line.split() for line in Path("/proc/net/snmp6").read_text().splitlines())
    return int(dict(zip(*ipv4, strict=True))["OutNoRoutes"]) + int(ipv6["Ip6OutNoRoutes"])


Request = tuple[str, str, str, str]
"""Method, target, content type and body."""


def requests() -> Iterator[Request]:
    """Yield the requests to send, but none that looks for language models: it asks ports of this computer."""
    with tempfile.TemporaryDirectory() as folder:
        registered = registered_paths(create_app(small_services(Path(folder)), AccessKey()).app)
    routes = [route for route in registered if not route.startswith("/models")]
    for path in dict.fromkeys(path for route in routes for path in sample_paths(route)):
        for method in METHODS:
            for content_type, body in BODIES if method == "POST" else BODIES[:1]:
                yield method, f"{quote(path, safe='/=:.')}?{urlencode(FIELDS)}", content_type, body


def status_of(chat: RunningChat, cookie: str, request: Request) -> int:
    """Send a request over a new connection, and return the status of its response."""
    method, target, content_type, body = request
    connection = http.client.HTTPConnection("127.0.0.1", chat.port, timeout=60)
    headers = {"Cookie": cookie, "Content-Type": content_type}
    connection.request(method, target, body if method == "POST" else None, headers)
    response = connection.getresponse()
    response.read1()  # the rest of a stream may never arrive
    connection.close()
    return response.status


def session_of(chat: RunningChat) -> str:
    """Return the cookie of the session that the printed address starts."""
    connection = http.client.HTTPConnection("127.0.0.1", chat.port)
    connection.request("GET", chat.address.removeprefix(chat.origin))
    cookie = connection.getresponse().getheader("set-cookie", "")
    connection.close()
    return cookie.partition(";")[0]


def probe(index_dir: Path) -> dict[str, Any]:
    """Return how many responses had each status, without and with a session."""
    counts: dict[str, dict[int, int]] = {"without": {}, "with": {}}
    all_requests = list(requests())
    with running(index_dir) as chat:
        cookies = {"without": "", "with": session_of(chat)}
        for session, cookie in cookies.items():
            for request in all_requests:
                status = status_of(chat, cookie, request)
                counts[session][status] = counts[session].get(status, 0) + 1
    return counts


if __name__ == "__main__":
    isolated = "--isolated" in sys.argv
    if isolated:
        bring_up_loopback()
    os.environ["OFFLINE_LOOPBACK"] = "refused"  # the chat must not connect to anything
    statuses = probe(Path(sys.argv[1]))
    print(json.dumps({"statuses": statuses, "no_routes": count_no_routes() if isolated else 0}))
