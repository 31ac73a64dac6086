"""A real pseudo-terminal in which a command of Footnote runs."""

import contextlib
import os
import pty
import select
import signal
import sys
from collections.abc import Iterator

TIMEOUT = 120
"""Seconds without output after which the command is taken to hang."""
CTRL_C, CTRL_D = "\x03", "\x04"


class Terminal:
    """
    A running command with a keyboard and a screen.

    Args:
        pid: The command's process.
        descriptor: The terminal's end of the pseudo-terminal.
    """

    def __init__(self, pid: int, descriptor: int) -> None:
        self._pid = pid
        self._descriptor = descriptor
        self.output = ""

    def read_until(self, text: str) -> str:
        """Return what is shown from now until *text* ends it; all of it if the command ends first."""
        shown = b""
        while not shown.endswith(text.encode()):
            if not select.select([self._descriptor], [], [], TIMEOUT)[0]:
                raise TimeoutError(f"{text!r} was not shown, but: {shown.decode(errors='replace')!r}")
            try:
                part = os.read(self._descriptor, 1000)
            except OSError:  # EIO: the command has ended
                break
            if not part:
                break
            shown += part
        self.output += shown.decode()
        return shown.decode()

    def type(self, text: str) -> None:
        """Press the keys."""
        os.write(self._descriptor, text.encode())

    def wait(self) -> int:
        """Show the rest and return the exit code."""
        self.read_until("\0")
        _, status = os.waitpid(self._pid, 0)
        return os.waitstatus_to_exitcode(status)


@contextlib.contextmanager
def running(*words: str) -> Iterator[Terminal]:
    """Run ``footnote`` with these words in a new terminal, which is closed at the end."""
    pid, descriptor = pty.fork()
    if pid == 0:
        # A test run in the background ignores Ctrl-C, and would make the program ignore it as well.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execv(sys.executable, [sys.executable, "-m", "qa", *words])
    try:
        yield Terminal(pid, descriptor)
    finally:
        os.close(descriptor)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
