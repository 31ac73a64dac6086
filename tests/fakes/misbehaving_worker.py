"""A worker whose parser does what the first word of a file says; everything else about it is the real one."""

import os
import re
import sys
import time

from index.canonical import Canonical, ParsedBlock, Raw, canonicalise
from index.formats.records import Limits
from index.formats.worker import serve
from index.records import BlockKind


def misbehave(data: bytes, suffix: str, limits: Limits) -> Canonical:
    match data.decode().split():
        case ["hang"]:
            time.sleep(3600)
        case ["spin"]:
            re.match(r"(a+)+b", "a" * 60)  # for ever, and without letting another thread run
        case ["abort"]:
            os.abort()
        case ["exit"]:
            os._exit(0)
        case ["eat"]:
            return Canonical("x" * limits.memory_bytes, None, "text/plain")
        case ["raise"]:
            raise ZeroDivisionError
        case ["print"]:
            print("noise" * 100, flush=True)
            os.write(1, b"\xff" * 4096)
            print("noise", file=sys.stderr, flush=True)
        case ["listen"]:
            sys.stdin.read()
        case ["pid"]:
            return canonicalise(
                Raw("text/plain", None, (ParsedBlock(BlockKind.PLAIN_TEXT, str(os.getpid())),))
            )
    return canonicalise(Raw("text/plain", "A title", (ParsedBlock(BlockKind.PLAIN_TEXT, data.decode()),)))


if __name__ == "__main__":
    serve(misbehave)
