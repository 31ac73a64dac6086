"""
Ask a running chat for every route that there is, and print what came of it.

With ``--isolated`` it expects a network namespace of its own, in which there is nothing but loopback, and
counts the attempts that had no route, whichever library made them.

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
from tests.web.gradio_routes import METHODS, OUTSIDE, registered, tries
from tests.web.server import Running, running

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
    """Let this namespace reach itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP | IFF_RUNNING))


def without_route() -> int:
    """Return how often anything in this namespace tried to reach another machine."""
    lines = [
        line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Ip:")
    ]
    newer = dict(line.split() for line in Path("/proc/net/snmp6").read_text().splitlines())
    return int(dict(zip(*lines, strict=True))["OutNoRoutes"]) + int(newer["Ip6OutNoRoutes"])


Request = tuple[str, str, str, str]
"""Method, target, content type and body."""


def requests() -> Iterator[Request]:
    """Yield every request that is tried."""
    with tempfile.TemporaryDirectory() as folder:
        paths = registered(create_app(small_services(Path(folder)), AccessKey()).app)
    for made in dict.fromkeys(made for path in paths for made in tries(path)):
        for method in METHODS:
            for content_type, body in BODIES if method == "POST" else BODIES[:1]:
                yield method, f"{quote(made, safe='/=:.')}?{urlencode(FIELDS)}", content_type, body


def status_of(chat: Running, cookie: str, request: Request) -> int:
    """Return the status of one request, over a connection of its own."""
    method, target, content_type, body = request
    connection = http.client.HTTPConnection("127.0.0.1", chat.port, timeout=60)
    headers = {"Cookie": cookie, "Content-Type": content_type}
    connection.request(method, target, body if method == "POST" else None, headers)
    reply = connection.getresponse()
    reply.read1()  # the rest of a stream may never come
    connection.close()
    return reply.status


def session_of(chat: Running) -> str:
    """Return the cookie that the printed address gives."""
    connection = http.client.HTTPConnection("127.0.0.1", chat.port)
    connection.request("GET", chat.address.removeprefix(chat.origin))
    cookie = connection.getresponse().getheader("set-cookie", "")
    connection.close()
    return cookie.partition(";")[0]


def probe(index_dir: Path) -> dict[str, Any]:
    """Return how many requests had each status, without and with a session."""
    found: dict[str, dict[int, int]] = {"without": {}, "with": {}}
    asked = list(requests())
    with running(index_dir) as chat:
        cookies = {"without": "", "with": session_of(chat)}
        for session, cookie in cookies.items():
            for request in asked:
                status = status_of(chat, cookie, request)
                found[session][status] = found[session].get(status, 0) + 1
    return found


if __name__ == "__main__":
    isolated = "--isolated" in sys.argv
    if isolated:
        bring_up_loopback()
    os.environ["OFFLINE_LOOPBACK"] = "refused"  # for the chat: it has no reason to reach anything
    statuses = probe(Path(sys.argv[1]))
    print(json.dumps({"statuses": statuses, "without_route": without_route() if isolated else 0}))
