"""``footnote index``."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa.cli.app import (
    EXIT_FAILED_FILES,
    ConfigOption,
    IndexDirOption,
    JsonOption,
    QuietOption,
    app,
    fail,
    settings_for_command,
)
from qa.cli.output import print_result, show_progress

if TYPE_CHECKING:
    from index import BuildResult, ParseFailure
    from qa.settings import Settings

MAX_NAMED_FILES = 10
"""Skipped files that are listed for one reason."""


@app.command()
def index(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATHS", help="Files and folders.  [default: those of the last run]"),
    ] = None,
    *,
    add: Annotated[bool, typer.Option("--add", help="Add to the index instead of replacing it.")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Remove documents outside PATHS without asking.")
    ] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Read and embed everything again.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Go back to the previous snapshot.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Check the index for damage.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if a file can't be read.")] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    index_dir: IndexDirOption = None,
    config: ConfigOption = None,
) -> None:
    """
    Index files and folders.

    Only new and changed files are read. Documents outside PATHS are removed from the
    index; use --add to keep them.

    Example: footnote index ~/papers notes.md
    """
    if rollback + verify + bool(paths or add or rebuild) > 1:
        raise typer.BadParameter("--rollback and --verify can't be combined with other options")
    settings = settings_for_command(config, index_dir=index_dir)
    if rollback or verify:
        shown = _roll_back(settings) if rollback else _verify(settings)
        print_result(shown if as_json else shown["message"], quiet)
        return
    summary = _build(settings, paths, add=add, replace=replace, rebuild=rebuild, silent=quiet or as_json)
    print_result(_summary_json(summary) if as_json else _summary_text(summary), quiet and not as_json)
    raise typer.Exit(EXIT_FAILED_FILES if strict and summary.skipped else 0)


def _roll_back(settings: "Settings") -> dict[str, Any]:
    from index import FootnoteError, IndexDir

    folder = IndexDir(settings.index_dir)
    name = folder.rollback()
    try:
        with folder.open_current() as snapshot:
            manifest = snapshot.manifest
    except FootnoteError:  # such as another format; it is current all the same
        return {"snapshot": name, "message": f"Went back to the snapshot {name}."}
    built = datetime.fromisoformat(manifest.built_at).replace(tzinfo=UTC).astimezone()
    documents = _plural(manifest.documents, "document")
    message = f"Went back to the snapshot of {built:%d %b, %H:%M} ({documents})."
    return {"snapshot": name, "message": message}


def _verify(settings: "Settings") -> dict[str, Any]:
    from index import IndexDir

    folder = IndexDir(settings.index_dir)
    manifest = folder.verify()
    contents = f"{_plural(manifest.documents, 'document')}, {_plural(manifest.chunks, 'passage')}"
    return {
        "snapshot": folder.current_name(),
        "message": f"{contents}: the index is intact.",
    }


def _build(
    settings: "Settings",
    paths: list[Path] | None,
    *,
    add: bool,
    replace: bool,
    rebuild: bool,
    silent: bool,
) -> "BuildResult":
    from qa import bootstrap

    services = bootstrap.build_services(settings)
    # A path that doesn't exist is an error of the build, and no reason to ask about removing documents.
    if paths and not (add or replace) and all(path.expanduser().exists() for path in paths):
        _confirm_removal(services.indexer.documents_outside(paths))
    with show_progress(silent) as progress:
        summary = services.indexer.build(paths or None, add=add, rebuild=rebuild, progress=progress)
        services.indexer.make_suggestions(progress)
    return summary


def _confirm_removal(count: int) -> None:
    """Ask before documents are removed from the index; without a terminal, fail."""
    if not count:
        return
    held = f"The index holds {_plural(count, 'document')} outside these paths."
    if not sys.stdin.isatty():
        fail(f"{held} Add --replace to remove them, or --add to keep them.")
    if not typer.confirm(f"{held} Remove them from the index? The files stay.", err=True):
        fail("The index is unchanged. Use --add to keep what it holds.")


def _summary_text(summary: "BuildResult") -> str:
    skipped = sum(not file.failure.info.is_partial for file in summary.skipped)
    lines = [
        f"{_plural(summary.documents, 'document')}, {_plural(summary.chunks, 'passage')} "
        f"({summary.new:,} new, {summary.reused:,} reused), {_plural(skipped, 'file')} skipped, "
        f"{summary.seconds:.1f} s" + ("" if summary.changed else "; nothing changed"),
        *(line for failure, paths in _by_failure(summary).items() for line in _skipped_lines(failure, paths)),
    ]
    return "\n".join(lines)


def _by_failure(summary: "BuildResult") -> dict["ParseFailure", list[str]]:
    from qa.rendering import one_line

    found: dict[ParseFailure, list[str]] = {}
    for file in summary.skipped:
        found.setdefault(file.failure, []).append(one_line(str(file.path)))
    return found


def _skipped_lines(failure: "ParseFailure", paths: list[str]) -> Iterator[str]:
    """Return what was skipped for one reason, and what to do about it; of very many files only the first."""
    from qa.rendering import one_line

    reason = f"{one_line(failure.message)}. {failure.advice}"
    result = "partly read" if failure.info.is_partial else "skipped"
    if len(paths) == 1:
        yield f"  {result}: {paths[0]} {reason}"
        return
    yield f"  {result}: {len(paths):,} files: each {reason}"
    yield from (f"    {path}" for path in paths[:MAX_NAMED_FILES])
    if len(paths) > MAX_NAMED_FILES:
        yield f"    and {len(paths) - MAX_NAMED_FILES:,} more (--json lists all of them)"


def _plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _summary_json(summary: "BuildResult") -> dict[str, Any]:
    return {
        "documents": summary.documents,
        "chunks": summary.chunks,
        "new": summary.new,
        "reused": summary.reused,
        "skipped": [
            {"path": str(file.path), "code": file.failure.code, "reason": file.failure.message}
            for file in summary.skipped
        ],
        "seconds": round(summary.seconds, 3),
        "snapshot": summary.snapshot,
        "changed": summary.changed,
    }
