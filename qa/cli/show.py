"""``footnote show``."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.app import ConfigOption, IndexDirOption, QuietOption, app, fail, settings_for_command
from qa.cli.output import print_result, print_text, terminal_size

if TYPE_CHECKING:
    from index import Document, Span
    from qa.settings import Settings

SEE_HELP = "See: footnote show --help"
CONTEXT_CHARS = 300
"""Characters shown on either side of a span."""


@app.command()
def show(
    document: Annotated[
        str,
        typer.Argument(
            metavar="DOCUMENT",
            help="Path, file name, title or id; with --text also a file outside the index.",
        ),
    ],
    *,
    span: Annotated[
        str | None, typer.Option(metavar="START:END", help="Range of characters, counted from 0.")
    ] = None,
    text: Annotated[bool, typer.Option("--text", help="Print the document's whole text.")] = False,
    quiet: QuietOption = False,
    index_dir: IndexDirOption = None,
    config: ConfigOption = None,
) -> None:
    """
    Print a quote in its document, or a document's text.

    With --span the quote is shown in its context; --text prints the document's whole text.

    Example: footnote show report.pdf --span 138:149
    """
    if text and span is not None:
        fail(f"--span and --text can't be combined. {SEE_HELP}")
    if not text and span is None:
        fail(f"Add --span START:END or --text. {SEE_HELP}")
    settings = settings_for_command(config, index_dir=index_dir)
    if span is None:
        print_text(_document_text(settings, document))
        return
    start, end = _parse_span(span)
    found, place = _find(settings, document, start, end)
    if quiet:
        print_text(found.quote(place))
    else:
        print_result(_span_in_context(found, place))


def _document_text(settings: "Settings", name: str) -> str:
    """Return the canonical text of a file, read as for the index, or of a document of the index."""
    from index import FootnoteError, IndexDir, ParseSuccess, read_files
    from qa.bootstrap import make_limits

    if not os.path.isfile(name):
        with IndexDir(settings.index_dir).open_current() as snapshot:
            return snapshot.find(name).text
    [outcome] = read_files([Path(name)], make_limits(settings), workers=1)
    if isinstance(outcome, ParseSuccess):
        return outcome.canonical.text
    raise FootnoteError(f"{name} {outcome.failure.message}. {outcome.failure.advice}")


def _parse_span(span: str) -> tuple[int, int]:
    start, _, end = span.partition(":")
    if not (start.isdecimal() and end.isdecimal() and len(span) < 40 and int(start) < int(end)):
        raise typer.BadParameter(
            f"--span is {span!r}; expected START:END with START less than END, such as 138:149"
        )
    return int(start), int(end)


def _find(settings: "Settings", name: str, start: int, end: int) -> tuple["Document", "Span"]:
    from index import FootnoteError, IndexDir, Span

    with IndexDir(settings.index_dir).open_current() as snapshot:
        document = snapshot.find(name)
    if end > len(document.text):
        raise FootnoteError(f"--span ends at {end}, but {name} has {len(document.text)} characters")
    return document, Span(document.doc_id, start, end)


def _span_in_context(document: "Document", span: "Span") -> str:
    """Return the span between marks, with the text around it; bold on a terminal."""
    from qa.rendering import BOLD, PLAIN, one_line, printable

    start, end = max(span.start - CONTEXT_CHARS, 0), min(span.end + CONTEXT_CHARS, len(document.text))
    page = document.page_at(span.start)
    left, right = (f"{BOLD}>>>", f"<<<{PLAIN}") if terminal_size()[1] else (">>>", "<<<")
    return "\n".join(
        [
            f"{one_line(document.title)}" + (f", page {page.number}" if page else ""),
            *(one_line(path) for path in document.paths),
            f"characters {span.start}-{span.end} of {len(document.text)}, marked >>> <<<",
            "",
            ("…" if start else "")
            + printable(document.text[start : span.start])
            + f"{left}{printable(document.quote(span))}{right}"
            + printable(document.text[span.end : end])
            + ("…" if end < len(document.text) else ""),
        ]
    )
