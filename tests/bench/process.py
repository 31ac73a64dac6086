"""Whole processes: seconds from outside, and the peak of their memory as they know it themselves."""

import subprocess
import sys
import tempfile
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


def run(module: str, *arguments: str) -> Run:
    """Run a module with *arguments*; the peak is that of the process itself, without its children."""
    with tempfile.TemporaryDirectory() as folder:
        peak = Path(folder) / "peak"
        command = [sys.executable, "-m", "tests.bench.measured", str(peak), module, *arguments]
        begun = time.perf_counter()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        seconds = time.perf_counter() - begun
        return Run(seconds, float(peak.read_text("utf-8")), done.stdout, done.returncode)


def footnote(*arguments: str, index_dir: Path) -> Run:
    """Run ``footnote`` over one index."""
    return run("qa", *arguments, "--index-dir", str(index_dir))
