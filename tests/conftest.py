"""Settings of all tests: no network, none of the user's files, a fixed number of examples."""

import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.fakes.offline import sitecustomize

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
SHOWN = ("torch", "openvino", "faiss-cpu", "tantivy", "gradio", "sentence-transformers")

settings.register_profile(
    "footnote",
    max_examples=int(os.environ.get("FOOTNOTE_EXAMPLES", "50")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("footnote")


def pytest_report_header(config: pytest.Config) -> list[str]:
    """The versions in play, and what is missing."""
    lines = ["footnote: " + ", ".join(f"{name} {version(name)}" for name in SHOWN)]
    if not SHARED.is_dir():
        lines.append("../shared is missing: the tests marked 'shared' are deselected")
    return lines


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without ../shared its tests can't run; deselected, not skipped: a skip stays in the report forever."""
    if SHARED.is_dir():
        return
    missing = [item for item in items if item.get_closest_marker("shared")]
    items[:] = [item for item in items if item not in missing]
    config.hook.pytest_deselected(items=missing)


@pytest.fixture(scope="session", autouse=True)
def away_from_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The user's folders are temporary, no setting comes from outside, child processes are offline."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.upper().startswith("FOOTNOTE_")]:
            environment.delenv(name)
        for kind in ("DATA", "CACHE", "CONFIG", "STATE"):
            environment.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
        environment.setenv("OFFLINE_ATTEMPTS", str(home / "attempts"))
        environment.setenv("PYTHONPATH", str(Path(sitecustomize.__file__).parent), prepend=os.pathsep)
        yield home


@pytest.fixture(autouse=True)
def reached_no_other_machine(away_from_home: Path) -> Iterator[Path]:
    """A test fails if it, or a process it started, tried to; even if the error was swallowed."""
    attempts = away_from_home / "attempts"
    yield attempts
    if attempts.exists():
        tried = attempts.read_text("utf-8")
        attempts.unlink()
        pytest.fail(tried)


@pytest.fixture
def shared() -> Path:
    """The project's data folder; only for tests marked ``shared``."""
    return SHARED
