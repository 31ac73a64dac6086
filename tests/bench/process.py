"""Run whole processes and measure their time and peak memory."""

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """The wall-clock seconds, peak resident memory in MB, output and exit code of a finished process."""

    seconds: float
    peak_mb: float
    output: str
    code: int


def run(module: str, *arguments: str) -> Run:
    """Run a module with *arguments*; the peak memory is that of the process without its children."""
    with tempfile.TemporaryDirectory() as folder:
        peak = Path(folder) / "peak"
        command = [sys.executable, "-m", "tests.bench.measured", str(peak), module, *arguments]
        started = time.perf_counter()
        outcome = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        seconds = time.perf_counter() - started
        return Run(seconds, float(peak.read_text("utf-8")), outcome.stdout, outcome.returncode)


def footnote(*arguments: str, index_dir: Path) -> Run:
    """Run ``footnote`` on an index."""
    return run("qa", *arguments, "--index-dir", str(index_dir))
