"""A page worker that misbehaves as the name of the file says; the rest of it is the real worker."""

import base64
import os
import time
from typing import Any

from index.formats.sandbox.parse_worker import serve_jobs
from index.formats.types import Limits


def misbehave(job: list[Any]) -> list[Any]:
    match job[1]:
        case "hang":
            time.sleep(3600)
        case "abort":
            os.abort()
        case "eat":
            return ["picture", "x" * Limits(*job[0]).memory_bytes]
        case "nonsense":
            return []
    return ["picture", base64.b64encode(b"picture").decode("ascii")]


if __name__ == "__main__":
    serve_jobs(misbehave, lambda job: Limits(*job[0]))
