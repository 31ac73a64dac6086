"""Whole processes, measured from outside: seconds, and the peak of their memory."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process: wall-clock seconds, peak resident memory in MB, what it printed, exit code."""

    seconds: float
    peak_mb: float
    output: str
    code: int


def run(*arguments: str) -> Run:
    """Run this Python with *arguments*; the peak is that of the process itself, without its children."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(time.perf_counter() - begun, usage.ru_maxrss / 1024, output, process.returncode)


def footnote(*arguments: str, index_dir: Path) -> Run:
    """Run ``footnote`` over one index."""
    return run("-m", "qa", *arguments, "--index-dir", str(index_dir))
