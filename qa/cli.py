"""
The commands: parse, build, call, render, exit. ``chat`` is added by ``__main__``, which may import the web.

Nothing heavy is imported before a command runs, so that ``footnote --help`` is quick.
"""

import errno
import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from index import Document, Progress, Span, Summary
    from qa.answering import Asker
    from qa.settings import Settings
    from qa.wiring import Services

FAILED_FILES, FAULT, REFUSED, STOPPED = 1, 2, 3, 130
"""Exit codes: some file couldn't be read (``--strict``); a fault; a refusal; Ctrl-C."""

UsageError: Any = typer.BadParameter.__base__
"""A wrong flag or argument, of any kind; typer has no name for it."""

CONTEXT = 300
"""Characters shown on either side of a span."""

NAMED = 10
"""Files named that were skipped for one reason."""

IndexDir = Annotated[Path | None, typer.Option(help="Folder of the index.  [default: the setting index_dir]")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Auth = Annotated[
    Path | None, typer.Option(help="File of those who may use the chat.  [default: the setting auth]")
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Read this settings file alone; unlike one in the working directory, it may set anything.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print the result's bare words, and no progress.")]


class OneLineFaults(TyperGroup):
    """The one place where an error becomes a line on the terminal and an exit code."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args:
            return super().parse_args(ctx, args)  # shows the help
        try:
            return super().parse_args(ctx, args)
        except UsageError as exc:
            _end(_told_better(exc))

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo("Stopped; nothing was lost.", err=True)
            raise typer.Exit(STOPPED) from None
        except UsageError as exc:
            _end(_told_better(exc))
        except Exception as exc:
            if not (said := _said(exc)):
                raise
            _end(said)


def _end(said: str) -> NoReturn:
    typer.echo(f"Error: {said}", err=True)
    raise typer.Exit(FAULT) from None


def _said(error: Exception) -> str:
    """What a person is told of it, in one line; nothing of a mistake in the program."""
    from index import FootnoteError
    from qa.rendering import one_line

    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "the disk that this is written to is full; make room, or write elsewhere"
    return one_line(str(error)) if isinstance(error, FootnoteError) else ""


def _told_better(error: Any) -> str:
    """A wrong flag or argument in one line, and where the right ones are told."""
    message = error.format_message().rstrip(".")
    if error.ctx.info_name == "ask" and "extra argument" in message:
        message = "a question of several words stands in quotes"
    return f"{message}; see: {error.ctx.command_path} --help"


app = typer.Typer(
    cls=OneLineFaults,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"footnote {version('footnote')}")
        raise typer.Exit


@app.callback()
def footnote(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """
    Ask your own documents; every sentence of the answer shows the exact words it rests on.

    Example: footnote index ~/papers && footnote ask "Who measured the dose?"
    """


@app.command()
def index(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATHS", help="Files and folders.  [default: the last ones again]"),
    ] = None,
    *,
    add: Annotated[bool, typer.Option("--add", help="Keep what is in the index besides.")] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Read and embed everything again.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Go back one snapshot.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Check every hash of the index.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if any file can't be read.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
    index_dir: IndexDir = None,
    config: Config = None,
) -> None:
    """
    Make the index hold what PATHS hold now.

    What is no longer there leaves the index; only what changed is read and embedded again.

    Example: footnote index ~/papers notes.md
    """
    if rollback + verify + bool(paths or add or rebuild) > 1:
        raise typer.BadParameter("--rollback and --verify stand alone")
    settings = load_settings(config, index_dir=index_dir)
    if rollback or verify:
        shown = _rolled_back(settings) if rollback else _verified(settings)
        _print(shown if as_json else shown["message"], quiet)
        return
    summary = _build(settings, paths, add, rebuild, quiet or as_json)
    _print(_summary_json(summary) if as_json else _summary_text(summary), quiet and not as_json)
    raise typer.Exit(FAILED_FILES if strict and summary.skipped else 0)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="In quotes.")],
    *,
    as_json: Json = False,
    quiet: Quiet = False,
    index_dir: IndexDir = None,
    config: Config = None,
) -> None:
    """
    Answer a question with footnotes.

    Exits with 0 for an answer, with 3 if the documents don't hold one, with 2 for a fault.

    Example: footnote ask "How many missiles were launched on November 2nd?"
    """
    from qa import rendering, wiring

    settings = load_settings(config, index_dir=index_dir)
    report_endpoint(settings)
    answer = wiring.build(settings).asker.ask(question)
    if as_json:
        _print(rendering.as_json(answer))
    elif quiet:
        _print(rendering.one_line(answer.text), quiet=answer.refused)
    else:
        width, terminal = _terminal()
        _print(rendering.as_text(answer, width, styled=terminal))
    raise typer.Exit(REFUSED if answer.refused else 0)


@app.command("eval")
def evaluate(
    question_set: Annotated[Path, typer.Argument(metavar="SET", help="Folder with the questions.")],
    *,
    sample: Annotated[int | None, typer.Option(min=1, help="Ask only N questions, always the same.")] = None,
    questions: Annotated[
        Literal["asked", "rewritten", "human"],
        typer.Option(help="Follow-ups as they were asked, rewritten by rule, or as a person rewrote them."),
    ] = "rewritten",
    out: Annotated[Path | None, typer.Option(help="Folder for results.jsonl, one question a line.")] = None,
    half: Annotated[
        Literal["tuning", "test"], typer.Option(help="Half of an everyday set that is asked.")
    ] = "tuning",
    documents: Annotated[Path | None, typer.Option(help="Folder with an everyday set's documents.")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    index_dir: Annotated[
        Path | None, typer.Option(help="Not touched: the set's index lies in your cache folder.")
    ] = None,
    config: Config = None,
) -> None:
    """
    Measure the answers to a question set.

    The set gets an index of its own, which is kept until the set changes.

    Example: footnote eval seeds --sample 20 --out out
    """
    from qa import evaluation, wiring
    from qa.evaluation import report

    settings = load_settings(config, index_dir=index_dir)
    report_endpoint(settings)
    services = wiring.build(settings)
    if out:
        report.make_folder(out)
    if evaluation.is_everyday_set(question_set):
        with _progress(quiet or as_json) as progress:
            results = evaluation.evaluate_everyday(
                question_set,
                half,
                documents,
                embedder=services.embedder,
                chunking=wiring.chunking_of(settings),
                limits=wiring.limits_of(settings),
                make_pipeline=lambda folder: _over(services, folder),
                progress=progress,
            )
        if out:
            report.write_everyday(results, out)
        summary = evaluation.summarise(results)
        if as_json:
            _print(report.everyday_json(summary))
        else:
            _print_table(report.everyday_table(summary, half))
        return
    with _progress(quiet or as_json) as progress:
        evaluated = evaluation.evaluate(
            question_set,
            embedder=services.embedder,
            chunking=wiring.chunking_of(settings),
            make_asker=lambda folder: _over(services, folder),
            sample=sample,
            progress=progress,
            form=questions,
        )
    if out:
        report.write(evaluated, out)
    if as_json:
        _print(report.as_json(evaluated))
    elif quiet:
        _print(report.as_lines(evaluated))
    else:
        _print_table(report.as_table(evaluated))


@app.command()
def show(
    document: Annotated[
        str, typer.Argument(metavar="DOCUMENT", help="Path, name, title or id; or, for --text, any file.")
    ],
    *,
    span: Annotated[str | None, typer.Option(metavar="START:END", help="Characters, from 0.")] = None,
    text: Annotated[bool, typer.Option("--text", help="Print the whole canonical text.")] = False,
    quiet: Quiet = False,
    index_dir: IndexDir = None,
    config: Config = None,
) -> None:
    """
    Print the words a footnote points at.

    With --span in their context; with --text the whole canonical text, of any file.

    Example: footnote show report.pdf --span 138:149
    """
    if text == (span is not None):
        raise typer.BadParameter("give either --span START:END or --text")
    settings = load_settings(config, index_dir=index_dir)
    if span is None:
        _print_words(_text_of(settings, document))
        return
    start, end = _parsed_span(span)
    found, place = _find(settings, document, start, end)
    if quiet:
        _print_words(found.quote(place))
    else:
        _print(_in_context(found, place))


@app.command()
def user(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits and . _ @ + -")],
    *,
    gone: Annotated[bool, typer.Option("--remove", help="Let NAME in no longer.")] = False,
    auth: Auth = None,
    config: Config = None,
    quiet: Quiet = False,
) -> None:
    """
    Let NAME into the web chat with a password.

    It is asked for on a terminal, and otherwise read from the first line of standard input.

    Example: footnote user ann
    """
    from qa import accounts

    settings = load_settings(config, auth=auth)
    path = settings.auth or settings.data_dir / "users.toml"
    if gone:
        accounts.remove(path, name)
        _print(f"{path} lets {name} in no longer.", quiet)
    else:
        accounts.set_password(path, name, _asked_password())
        _print(
            f"{path} lets {name} in. To ask for passwords: footnote chat --auth {shlex.quote(str(path))}",
            quiet,
        )


@app.command("config")
def print_config(*, quiet: Quiet = False, index_dir: IndexDir = None, config: Config = None) -> None:
    """
    Print every setting and its origin.

    In the form of footnote.toml, which is read in your configuration folder and in the working directory.
    In the working directory it can't set the endpoint, the host, accounts, models, folders or limits.

    Example: footnote config > my-settings.toml
    """
    from qa.settings import PLACES

    settings = load_settings(config, index_dir=index_dir)
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if not quiet:
            typer.echo(f"# {field.description} From: {settings.origin(name)}")
        typer.echo(f"{name} = {_as_toml(str(value or '') if name in PLACES else value)}")


def _as_toml(value: object) -> str:
    """
    As JSON has it, with other escapes: TOML takes no halves of a character, and no DEL as it stands.

    What can't be seen, or not be written to this terminal, is escaped.
    """
    written, utf8 = json.dumps(value, ensure_ascii=False), _takes_utf8()
    return "".join(
        sign if sign.isprintable() and (utf8 or sign.isascii()) else f"\\U{ord(sign):08x}" for sign in written
    )


def report_endpoint(settings: "Settings") -> None:
    """Say on stderr where questions and passages will be sent, whatever else is printed."""
    from qa.rendering import one_line

    if settings.answerer != "endpoint":
        return
    proxy = f" through the proxy {settings.endpoint_proxy}" if settings.endpoint_proxy else ""
    origin = settings.origin("endpoint_base_url")
    sent = f"Questions and passages are sent to {settings.endpoint_base_url}{proxy} (set in {origin})."
    typer.echo(one_line(sent), err=True)


def load_settings(config: Path | None, **flags: object) -> "Settings":
    """Return the effective settings; say on stderr what the working directory's file may not set."""
    from qa.rendering import one_line
    from qa.settings import load

    settings = load(flags, config)
    if settings.warning:
        typer.echo(one_line(settings.warning), err=True)
    return settings


def _asked_password() -> str:
    """Typed twice and not shown; from a pipe its first line, without the line break."""
    from qa.errors import BadAccount

    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt="Once more"))
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise BadAccount("the password on standard input is no UTF-8; type another") from error


def _over(services: "Services", folder: Path) -> "Asker":
    """The same asker over another index."""
    from index import IndexFolder, LiveIndex, expect
    from qa.wiring import chunking_of

    check = expect(services.embedder, chunking_of(services.settings))
    return replace(services.asker, live=LiveIndex(IndexFolder(folder), check))


def _rolled_back(settings: "Settings") -> dict[str, Any]:
    from index import IndexFolder

    name = IndexFolder(settings.index_dir).rollback()
    return {"snapshot": name, "message": f"The index is {name} again."}


def _verified(settings: "Settings") -> dict[str, Any]:
    from index import IndexFolder

    folder = IndexFolder(settings.index_dir)
    manifest = folder.verify()
    held = f"{_counted(manifest.documents, 'document')}, {_counted(manifest.chunks, 'chunk')}"
    return {
        "snapshot": folder.current_name(),
        "message": f"{held}: every file of the index is as it was written.",
    }


def _build(
    settings: "Settings", paths: list[Path] | None, add: bool, rebuild: bool, silent: bool
) -> "Summary":
    from qa import indexing, wiring

    services = wiring.build(settings)
    with _progress(silent) as progress:
        summary = indexing.index_paths(services, paths or None, add=add, rebuild=rebuild, progress=progress)
        indexing.find_starters(services, progress)
    return summary


def _summary_text(summary: "Summary") -> str:
    lines = [
        f"{_counted(summary.documents, 'document')}, {_counted(summary.chunks, 'chunk')} "
        f"({summary.new} new, {summary.reused} reused), {_counted(len(summary.skipped), 'file')} skipped, "
        f"{summary.seconds:.1f} s" + ("" if summary.changed else "; nothing has changed"),
        *(line for reason, paths in _by_reason(summary).items() for line in _skipped(reason, paths)),
    ]
    return "\n".join(lines)


def _by_reason(summary: "Summary") -> dict[str, list[str]]:
    from qa.rendering import one_line

    found: dict[str, list[str]] = {}
    for file in summary.skipped:
        found.setdefault(one_line(file.reason), []).append(one_line(str(file.path)))
    return found


def _skipped(reason: str, paths: list[str]) -> Iterator[str]:
    """What was skipped for one reason, and what to do about it; of very many files only the first."""
    from qa.indexing import problem

    advice = problem(paths[0], reason).advice
    if len(paths) == 1:
        yield f"  skipped: {paths[0]} {reason}. {advice}"
        return
    yield f"  skipped: {len(paths):,} files, each of which {reason}. {advice}"
    yield from (f"    {path}" for path in paths[:NAMED])
    if len(paths) > NAMED:
        yield f"    and {len(paths) - NAMED:,} more, which --json names"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _summary_json(summary: "Summary") -> dict[str, Any]:
    return {
        "documents": summary.documents,
        "chunks": summary.chunks,
        "new": summary.new,
        "reused": summary.reused,
        "skipped": [{"path": str(file.path), "reason": file.reason} for file in summary.skipped],
        "seconds": round(summary.seconds, 3),
        "snapshot": summary.snapshot,
        "changed": summary.changed,
    }


def _text_of(settings: "Settings", name: str) -> str:
    """The canonical text of a file, read as the index would read it; or of a document by another name."""
    from index import IndexFolder
    from index.errors import UnreadableFile
    from index.formats import Parsed, read_files
    from qa.wiring import limits_of

    if not os.path.isfile(name):
        with IndexFolder(settings.index_dir).opened() as snapshot:
            return snapshot.find(name).text
    [outcome] = read_files([Path(name)], limits_of(settings), workers=1)
    if isinstance(outcome, Parsed):
        return outcome.canonical.text
    raise UnreadableFile(f"{name} {outcome.reason}")


def _parsed_span(span: str) -> tuple[int, int]:
    start, _, end = span.partition(":")
    if not (start.isdecimal() and end.isdecimal() and len(span) < 40 and int(start) < int(end)):
        raise typer.BadParameter(
            f"--span is {span!r}, expected START:END with START below END, such as 138:149"
        )
    return int(start), int(end)


def _find(settings: "Settings", name: str, start: int, end: int) -> tuple["Document", "Span"]:
    from index import FootnoteError, IndexFolder, Span

    with IndexFolder(settings.index_dir).opened() as snapshot:
        document = snapshot.find(name)
    if end > len(document.text):
        raise FootnoteError(f"--span ends at {end}, but {name} has {len(document.text)} characters")
    return document, Span(document.doc_id, start, end)


def _in_context(document: "Document", span: "Span") -> str:
    """The span between marks, with the text around it; bold in a terminal."""
    from qa.rendering import BOLD, PLAIN, one_line, printable

    start, end = max(span.start - CONTEXT, 0), min(span.end + CONTEXT, len(document.text))
    page = document.page_at(span.start)
    left, right = (f"{BOLD}>>>", f"<<<{PLAIN}") if _terminal()[1] else (">>>", "<<<")
    return "\n".join(
        [
            f"{one_line(document.title)}" + (f", page {page.number}" if page else ""),
            *(one_line(path) for path in document.paths),
            f"characters {span.start} to {span.end} of {len(document.text)}, between >>> and <<<",
            "",
            ("…" if start else "")
            + printable(document.text[start : span.start])
            + f"{left}{printable(document.quote(span))}{right}"
            + printable(document.text[span.end : end])
            + ("…" if end < len(document.text) else ""),
        ]
    )


@contextmanager
def _progress(silent: bool) -> Iterator[Callable[["Progress"], None]]:
    """A bar with the time left on a terminal, a line now and then elsewhere, nothing if *silent*."""
    if silent:
        yield lambda step: None
    elif sys.stderr.isatty():
        with _bar() as report:
            yield report
    else:
        yield _Lines()


@contextmanager
def _bar() -> Iterator[Callable[["Progress"], None]]:
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


class _Lines:
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


def _terminal() -> tuple[int, bool]:
    """The width to write for, and whether it is a terminal."""
    import shutil

    return min(shutil.get_terminal_size().columns, 100), sys.stdout.isatty()


def _print(result: str | dict[str, Any], quiet: bool = False) -> None:
    """Text as it is, anything else as JSON."""
    if quiet:
        return
    if not isinstance(result, str):
        result = json.dumps(result, ensure_ascii=not _takes_utf8(), indent=2)
    typer.echo(result)


def _takes_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def _print_words(text: str) -> None:
    """A document's words: exactly these into a file or a pipe, without control characters to a terminal."""
    from qa.rendering import printable

    sys.stdout.write(printable(text) + "\n" if sys.stdout.isatty() else text)


def _print_table(table: Any) -> None:
    from rich.console import Console

    Console().print(table)
