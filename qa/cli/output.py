"""Print results, tables and progress."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from index import Progress
    from qa.records import Answer
    from qa.settings import Settings


def as_toml(value: object) -> str:
    """
    Return a value as TOML: as JSON, but with the escapes of TOML, which allows no surrogates and no bare DEL.

    Characters that are invisible, or that this terminal can't show, are escaped.
    """
    text, utf8 = json.dumps(value, ensure_ascii=False), takes_utf8()
    return "".join(
        char if char.isprintable() and (utf8 or char.isascii()) else f"\\U{ord(char):08x}" for char in text
    )


def report_endpoint(settings: "Settings") -> None:
    """Print on stderr where questions and passages will be sent, even with ``--quiet``."""
    from qa.rendering import one_line

    if not settings.sends_to_server:
        return
    proxy = f" through the proxy {settings.llm_proxy}" if settings.llm_proxy else ""
    origin = settings.origin("llm_base_url")
    sent = f"Questions and passages are sent to {settings.llm_base_url}{proxy} (set in {origin})."
    typer.echo(one_line(sent), err=True)


_STAGES = {
    "reading": "Reading",
    "embedding": "Embedding",
    "writing": "Writing",
    "questions": "Preparing example questions",
    "asking": "Asking",
}
"""The stages of indexing and of an evaluation, as people read them."""


@contextmanager
def show_progress(silent: bool) -> Iterator[Callable[["Progress"], None]]:
    """Yield a callback that shows progress: a bar on a terminal, lines elsewhere, nothing if *silent*."""
    if silent:
        yield lambda step: None
    elif sys.stderr.isatty():
        with _progress_bar() as report:
            yield report
    else:
        yield LogProgress()


@contextmanager
def _progress_bar() -> Iterator[Callable[["Progress"], None]]:
    from rich import progress as rich
    from rich.console import Console

    columns = (
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TimeRemainingColumn(),
    )
    with rich.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, rich.TaskID] = {}

        def report(step: "Progress") -> None:
            if step.stage not in tasks:
                tasks[step.stage] = bar.add_task(_STAGES.get(step.stage, step.stage), total=step.total)
            bar.update(tasks[step.stage], completed=step.done, total=step.total)

        yield report


class LogProgress:
    """Prints progress as lines: when a stage begins, and then every *pause* seconds."""

    def __init__(self, pause: float = 10) -> None:
        self._pause = pause
        self._stage = ""
        self._last = 0.0

    def __call__(self, step: "Progress") -> None:
        now = time.monotonic()
        if step.stage != self._stage or now - self._last >= self._pause:
            typer.echo(f"{_STAGES.get(step.stage, step.stage)}: {step.done} of {step.total}", err=True)
            self._stage, self._last = step.stage, now


def terminal_size() -> tuple[int, bool]:
    """Return the width for text in columns, and whether the output is a terminal."""
    import shutil

    return min(shutil.get_terminal_size().columns, 100), sys.stdout.isatty()


def print_result(result: str | dict[str, Any], quiet: bool = False) -> None:
    """Print text as it is, anything else as JSON."""
    if quiet:
        return
    if not isinstance(result, str):
        result = json.dumps(result, ensure_ascii=not takes_utf8(), indent=2)
    typer.echo(result)


def print_answer(answer: "Answer", *, as_json: bool = False, quiet: bool = False) -> None:
    """Print an answer for people, as JSON or, if *quiet*, its words alone; of a refusal they are none."""
    from qa import rendering

    if as_json:
        print_result(rendering.to_json(answer))
    elif quiet:
        print_result(rendering.one_line(answer.text), quiet=answer.refused)
    else:
        width, terminal = terminal_size()
        print_result(rendering.to_text(answer, width, styled=terminal))


def takes_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def print_text(text: str) -> None:
    """Print a document's text: exactly to a file or pipe, with control characters escaped to a terminal."""
    from qa.rendering import printable

    sys.stdout.write(printable(text) + "\n" if sys.stdout.isatty() else text)


def print_table(table: Any) -> None:
    from rich.console import Console

    Console().print(table)
