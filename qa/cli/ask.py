"""``footnote ask``."""

from typing import Annotated

import typer

from qa.cli.app import REFUSED, ConfigOption, IndexDirOption, JsonOption, QuietOption, app, load_settings
from qa.cli.output import print_result, report_endpoint, terminal_size


@app.command()
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="The question, in quotes.")],
    *,
    literal: Annotated[
        bool, typer.Option("--literal", help="Take the words as typed: misspelt ones aren't corrected.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    index_dir: IndexDirOption = None,
    config: ConfigOption = None,
) -> None:
    """
    Answer a question from the indexed documents, with footnotes.

    Exits with 0 for an answer, 3 if the documents don't contain one, 2 on an error.

    Example: footnote ask "How many missiles were launched on November 2nd?"
    """
    from qa import bootstrap, rendering

    settings = load_settings(config, index_dir=index_dir)
    report_endpoint(settings)
    answer = bootstrap.build_services(settings).pipeline.run(question, literal=literal)
    if as_json:
        print_result(rendering.to_json(answer))
    elif quiet:
        print_result(rendering.one_line(answer.text), quiet=answer.refused)
    else:
        width, terminal = terminal_size()
        print_result(rendering.to_text(answer, width, styled=terminal))
    raise typer.Exit(REFUSED if answer.refused else 0)
