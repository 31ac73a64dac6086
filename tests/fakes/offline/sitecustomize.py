"""
Block network connections to other machines in every Python process of a test run.

The folder of this file is on ``PYTHONPATH`` during the tests, so that child processes import it at their
start. A connection attempt is an error that names the address. Because a library may swallow the error, the
attempt is also written to the file named by ``OFFLINE_ATTEMPTS``, which ``tests/conftest.py`` reads after
each test. With ``OFFLINE_LOOPBACK=refused`` a process can't connect to this machine either.
"""

import contextlib
import ipaddress
import os
import sys

LOOK_UPS = {"socket.getaddrinfo", "socket.gethostbyname"}
SENDS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
LOOPBACK_REFUSED = os.environ.get("OFFLINE_LOOPBACK") == "refused"
"""Read once at the start, so that a process can set the variable for its children only."""


class OutsideHostError(RuntimeError):
    """The test run tried to connect to another machine."""


def is_this_machine(host: object) -> bool:
    """Return whether a host name or address is loopback, without looking it up."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "localhost")
    if name in {"localhost", "0.0.0.0", "::"}:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def refuse_outside(event: str, arguments: tuple[object, ...]) -> None:
    """Raise an error for connections to other machines; an audit hook."""
    if event in LOOK_UPS:
        host = arguments[0]
    elif event in SENDS and isinstance(arguments[1], tuple):  # a path is a Unix socket
        host = arguments[1][0]
    else:
        return
    if isinstance(host, int):  # kernel sockets such as netlink have numeric addresses
        return
    if is_this_machine(host) and (event in LOOK_UPS or not LOOPBACK_REFUSED):
        return
    message = f"{event} to {arguments[1] if event in SENDS else host!r}: tests reach no other machine"
    if path := os.environ.get("OFFLINE_ATTEMPTS"):
        with contextlib.suppress(OSError), open(path, "a", encoding="utf-8") as file:
            file.write(message + "\n")
    raise OutsideHostError(message)


sys.addaudithook(refuse_outside)
