"""
Run a module as ``python -m`` does, and leave the peak of its memory in a file.

``ru_maxrss`` of a finished child won't do: it is never less than what its parent held when it was started.
Usage: python -m tests.bench.measured FILE MODULE [ARGUMENT ...]
"""

import re
import runpy
import sys
from pathlib import Path


def peak_mb() -> float:
    """The most memory this process has held since it was started, in MB (VmHWM, which exec begins anew)."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("utf-8"))
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    file, module = Path(sys.argv[1]), sys.argv[2]
    sys.argv = sys.argv[2:]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        file.write_text(str(peak_mb()), encoding="utf-8")
