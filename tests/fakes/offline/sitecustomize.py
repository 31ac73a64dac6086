"""
No socket but to this machine, in every Python process of a test run.

The folder lies on ``PYTHONPATH`` while the tests run, so that Python imports this file at the start of each
child process, too. An attempt is an error that names the address; since a library may swallow the error, it
is also written to the file named by ``OFFLINE_ATTEMPTS``, which ``tests/conftest.py`` reads after each test.
With ``OFFLINE_LOOPBACK=refused`` a process that starts may not even reach this machine.
"""

import contextlib
import ipaddress
import os
import sys

LOOK_UPS = {"socket.getaddrinfo", "socket.gethostbyname"}
SENDS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
LOOPBACK_REFUSED = os.environ.get("OFFLINE_LOOPBACK") == "refused"
"""As it was when the process started, so that one process can say it of its children."""


class OutsideHostError(RuntimeError):
    """Something in the test run tried to reach another machine."""


def is_this_machine(host: object) -> bool:
    """Whether *host*, a name or an address, is loopback; nothing is looked up for it."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "localhost")
    if name in {"localhost", "0.0.0.0", "::"}:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def refuse_outside(event: str, arguments: tuple[object, ...]) -> None:
    """The audit hook."""
    if event in LOOK_UPS:
        host = arguments[0]
    elif event in SENDS and isinstance(arguments[1], tuple):  # a path is a socket of this machine
        host = arguments[1][0]
    else:
        return
    if isinstance(host, int):  # the kernel's own sockets have numbers for hosts
        return
    if is_this_machine(host) and (event in LOOK_UPS or not LOOPBACK_REFUSED):
        return
    message = f"{event} to {arguments[1] if event in SENDS else host!r}: tests reach no other machine"
    _note(message)
    raise OutsideHostError(message)


def _note(message: str) -> None:
    path = os.environ.get("OFFLINE_ATTEMPTS")
    if path:
        with contextlib.suppress(OSError), open(path, "a", encoding="utf-8") as file:
            file.write(message + "\n")


sys.addaudithook(refuse_outside)
