"""
Run a module like ``python -m``, and write its peak memory to a file.

``ru_maxrss`` of a finished child can't be used: it is at least the memory of the parent at the child's start.
Usage: python -m tests.bench.measured FILE MODULE [ARGUMENT ...]
"""

import re
import runpy
import sys
from pathlib import Path


def peak_mb() -> float:
    """Return the peak resident memory of this process in MB."""
    # Unlike ru_maxrss, VmHWM is reset by exec.
    match = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("utf-8"))
    return int(match[1]) / 1024 if match else 0.0


if __name__ == "__main__":
    file, module = Path(sys.argv[1]), sys.argv[2]
    sys.argv = sys.argv[2:]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        file.write_text(str(peak_mb()), encoding="utf-8")
