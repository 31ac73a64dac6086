"""A parse worker that misbehaves as the content of the file says; the rest of it is the real worker."""

import os
import re
import sys
import time

from index.formats.sandbox.parse_worker import serve
from index.formats.types import Limits
from index.records import BlockKind
from index.text.canonical import CanonicalText, ParsedBlock, ParsedFile, canonicalise


def misbehave(data: bytes, suffix: str, limits: Limits) -> CanonicalText:
    match data.decode().split():
        case ["hang"]:
            time.sleep(3600)
        case ["spin"]:
            re.match(r"(a+)+b", "a" * 60)  # never ends, and no other thread can run
        case ["abort"]:
            os.abort()
        case ["exit"]:
            os._exit(0)
        case ["eat"]:
            return CanonicalText("x" * limits.memory_bytes, None, "text/plain")
        case ["overrun"]:
            return CanonicalText("x" * (limits.max_characters + 1), None, "text/plain")
        case ["raise"]:
            raise ZeroDivisionError
        case ["print"]:
            print("noise" * 100, flush=True)
            os.write(1, b"\xff" * 4096)
            print("noise", file=sys.stderr, flush=True)
        case ["listen"]:
            sys.stdin.read()
        case ["allocate", megabytes, log]:
            _log(log, f"start {megabytes}")
            held = bytearray(int(megabytes) * 1_000_000)  # MemoryError past the limit
            _log(log, f"end {len(held) // 1_000_000}")
            return canonicalise(
                ParsedFile("text/plain", None, (ParsedBlock(BlockKind.PLAIN_TEXT, megabytes),))
            )
        case ["pid"]:
            return canonicalise(
                ParsedFile("text/plain", None, (ParsedBlock(BlockKind.PLAIN_TEXT, str(os.getpid())),))
            )
    return canonicalise(
        ParsedFile("text/plain", "A title", (ParsedBlock(BlockKind.PLAIN_TEXT, data.decode()),))
    )


def _log(path: str, line: str) -> None:
    with open(path, "a", encoding="utf-8") as file:
        file.write(f"{line}\n")


if __name__ == "__main__":
    serve(misbehave)
