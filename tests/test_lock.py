"""The lock files: everything pinned and hashed, and no development tools at run time."""

import re
import subprocess
import tomllib
from collections.abc import Iterable, Iterator

import pytest

from tests.conftest import ROOT

RUN, DEVELOPMENT = "requirements.lock", "requirements-dev.lock"
NOT_PINNED_HERE = {"torch"}
"""Installed by its version alone: the CPU and CUDA builds of one version have different hashes."""


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def entries(lock: str) -> Iterator[tuple[str, str]]:
    """Each requirement's line without its comments, and its name."""
    text = re.sub(r"^ *#.*\n?", "", (ROOT / lock).read_text(), flags=re.MULTILINE)
    for entry in re.split(r"\n(?=\S)", text.strip()):
        yield normalised(re.split(r"[=<>~; ]", entry)[0]), entry


def names(requirements: Iterable[str]) -> set[str]:
    return {normalised(re.split(r"[=<>~;\[ ]", requirement)[0]) for requirement in requirements}


@pytest.mark.parametrize("lock", [RUN, DEVELOPMENT])
def test_every_package_has_one_version_and_its_hashes(lock):
    """So that pip refuses a file that was replaced."""
    found = list(entries(lock))

    assert len(found) > 90
    for name, entry in found:
        assert re.search(r"^[\w.-]+==[\w.]+( ; [^\\]+)? \\\n", entry), name
        assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", entry)) >= 1, name


def test_the_locks_cover_the_requirements():
    """Run-time packages in one, and the same versions with the tools in the other."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    run, development = dict(entries(RUN)), dict(entries(DEVELOPMENT))
    tools = names(project["optional-dependencies"]["dev"])

    assert names(project["dependencies"]) - NOT_PINNED_HERE <= run.keys()
    assert tools <= development.keys()
    assert tools & run.keys() == set()
    assert {name: entry.split()[0] for name, entry in run.items()}.items() <= {
        name: entry.split()[0] for name, entry in development.items()
    }.items()


@pytest.mark.parametrize(("goal", "locks"), [("chat", [RUN]), ("tests", [RUN, DEVELOPMENT])])
def test_make_installs_from_the_locks_alone(goal, locks):
    """The chat without development tools; torch by its version alone."""
    command = ["make", "--dry-run", "--always-make", "--no-print-directory", goal]
    typed = subprocess.check_output(command, cwd=ROOT, text=True)
    installed = re.findall(r"pip install (?:--quiet|--disable-pip-version-check|--no-compile| )+(.*)", typed)

    assert installed == [
        f"--require-hashes --no-deps -r {RUN}",
        "torch==2.13.0",
        "--no-deps --no-build-isolation --editable .",
        *(f"--require-hashes --no-deps -r {lock}" for lock in locks[1:]),
    ]
