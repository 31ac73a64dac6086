"""``footnote eval support``."""

from pathlib import Path
from typing import Annotated

import typer

from qa.cli.app import ConfigOption, JsonOption, QuietOption, app, settings_for_command
from qa.cli.output import print_result, show_progress


@app.command("eval support")
def support(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="PAIRS", help="Files with a pair in each line (.jsonl or .jsonl.gz)."),
    ],
    *,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Judge only N pairs of each file, the first ones.")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    config: ConfigOption = None,
) -> None:
    """
    Measure the check of a language model's sentences.

    A pair has an id, a source, a premise (words of a document), a claim (a statement) and a label (supported,
    partly, unsupported or contradicted).

    Example: footnote eval support pairs.jsonl
    """
    from qa import bootstrap
    from qa.evaluation import support as measures

    settings = settings_for_command(config)
    pairs = [pair for file in files for pair in measures.load_pairs([file])[:sample]]
    check = bootstrap.make_support_check(bootstrap.make_embedder_from(settings))
    with show_progress(quiet or as_json) as progress:
        evaluation = measures.evaluate_support(pairs, check, progress)
    print_result(measures.as_json(evaluation) if as_json else measures.as_lines(evaluation))
