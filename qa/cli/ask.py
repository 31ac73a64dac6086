"""``footnote ask``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from qa.cli.app import (
    EXIT_REFUSED,
    ConfigOption,
    IndexDirOption,
    JsonOption,
    QuietOption,
    app,
    fail,
    settings_for_command,
)
from qa.cli.output import print_answer, report_endpoint

SEE_HELP = "See: footnote ask --help"


@app.command()
def ask(
    question: Annotated[
        str | None,
        typer.Argument(
            metavar="QUESTION", help="The question, in quotes; without one, a conversation on the terminal."
        ),
    ] = None,
    *,
    literal: Annotated[
        bool, typer.Option("--literal", help="Don't correct spelling and don't use earlier turns.")
    ] = False,
    history: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help='Earlier turns, oldest first, as JSON: [{"question": "...", "answer": "..."}]',
        ),
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    index_dir: IndexDirOption = None,
    config: ConfigOption = None,
) -> None:
    """
    Answer a question from the indexed documents, with footnotes.

    Exits with 0 for an answer, 3 if the documents don't contain one, 2 on an error.

    Without a question, on a terminal, it answers one question after another, and a follow-up such as
    "And when?" is understood from the turns before it.

    Example: footnote ask "How many missiles were launched on November 2nd?"

    Example: footnote ask "And when?" --history turns.json
    """
    from qa import bootstrap
    from qa.cli.conversation import run_conversation
    from qa.cli.history import load_history

    if literal and history:
        fail(f"--literal and --history can't be combined. {SEE_HELP}")
    if question is None and as_json:
        fail(f"--json needs a question. {SEE_HELP}")
    if question is None and not (sys.stdin.isatty() and sys.stdout.isatty()):
        fail(f'Add the question: footnote ask "Who wrote this?". {SEE_HELP}')
    settings = settings_for_command(config, index_dir=index_dir)
    turns = load_history(history) if history else []
    report_endpoint(settings)
    services = bootstrap.build_services(settings)
    if question is None:
        run_conversation(services, turns, literal=literal, quiet=quiet)
        return
    answer = services.pipeline.run(question, history=turns, literal=literal)
    print_answer(answer, as_json=as_json, quiet=quiet)
    raise typer.Exit(EXIT_REFUSED if answer.refused else 0)
