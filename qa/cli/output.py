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
    As JSON has it, with other escapes: TOML takes no halves of a character, and no DEL as it stands.

    What can't be seen, or not be written to this terminal, is escaped.
    """
    written, utf8 = json.dumps(value, ensure_ascii=False), takes_utf8()
    return "".join(
        sign if sign.isprintable() and (utf8 or sign.isascii()) else f"\\U{ord(sign):08x}" for sign in written
    )


def report_endpoint(settings: "Settings") -> None:
    """Say on stderr where questions and passages will be sent, whatever else is printed."""
    from qa.rendering import one_line

    if settings.answerer != "llm":
        return
    proxy = f" through the proxy {settings.llm_proxy}" if settings.llm_proxy else ""
    origin = settings.origin("llm_base_url")
    sent = f"Questions and passages are sent to {settings.llm_base_url}{proxy} (set in {origin})."
    typer.echo(one_line(sent), err=True)


@contextmanager
def show_progress(silent: bool) -> Iterator[Callable[["Progress"], None]]:
    """A bar with the time left on a terminal, a line now and then elsewhere, nothing if *silent*."""
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
                tasks[step.stage] = bar.add_task(step.stage, total=step.total)
            bar.update(tasks[step.stage], completed=step.done, total=step.total)

        yield report


class LogProgress:
    """Progress for a log: a line when a stage begins, and then one every *pause* seconds."""

    def __init__(self, pause: float = 10) -> None:
        self._pause = pause
        self._stage = ""
        self._last = 0.0

    def __call__(self, step: "Progress") -> None:
        now = time.monotonic()
        if step.stage != self._stage or now - self._last >= self._pause:
            typer.echo(f"{step.stage}: {step.done} of {step.total}", err=True)
            self._stage, self._last = step.stage, now


def terminal_size() -> tuple[int, bool]:
    """The width to write for, and whether it is a terminal."""
    import shutil

    return min(shutil.get_terminal_size().columns, 100), sys.stdout.isatty()


def print_result(result: str | dict[str, Any], quiet: bool = False) -> None:
    """Text as it is, anything else as JSON."""
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
    """A document's words: exactly these into a file or a pipe, without control characters to a terminal."""
    from qa.rendering import printable

    sys.stdout.write(printable(text) + "\n" if sys.stdout.isatty() else text)


def print_table(table: Any) -> None:
    from rich.console import Console

    Console().print(table)
