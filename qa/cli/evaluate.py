"""``footnote eval``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from qa.cli.app import ConfigOption, JsonOption, QuietOption, app, fail, settings_for_command
from qa.cli.output import print_result, print_table, report_endpoint, show_progress


@app.command("eval")
def evaluate(
    context: typer.Context,
    question_set: Annotated[
        Path, typer.Argument(metavar="SET", help="Folder with the question set, or a .zip of it.")
    ],
    *,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Ask only N questions, the same ones every time.")
    ] = None,
    questions: Annotated[
        Literal["asked", "rewritten", "human"] | None,
        typer.Option(
            help="Form of follow-up questions: as asked, rewritten by Footnote, or by a person.  "
            "[default: rewritten]"
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for results.jsonl, one line per question.")] = None,
    half: Annotated[
        Literal["tuning", "test"] | None,
        typer.Option(help="For an everyday set (questions.jsonl): which half to ask.  [default: tuning]"),
    ] = None,
    documents: Annotated[
        Path | None,
        typer.Option(help="For an everyday set (questions.jsonl): folder with its documents."),
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    index_dir: Annotated[
        Path | None, typer.Option(help="Not used: the set's index is in your cache folder.", hidden=True)
    ] = None,
    config: ConfigOption = None,
) -> None:
    """
    Answer a question set and measure the answers.

    The set gets its own index, which is reused until the set changes.

    Example: footnote eval seeds --sample 20 --out out
    """
    from qa import bootstrap, evaluation
    from qa.evaluation import report

    question_set = context.with_resource(evaluation.unpacked(question_set))
    settings = settings_for_command(config, index_dir=index_dir)
    report_endpoint(settings)
    services = bootstrap.build_services(settings)
    everyday = evaluation.is_everyday_set(question_set)
    if everyday:
        _reject({"--sample": sample, "--questions": questions}, "can't be used with an everyday set")
    elif question_set.exists():
        _reject({"--half": half, "--documents": documents}, "can only be used with an everyday set")
    if out:
        report.make_folder(out)
    if everyday:
        half = half or "tuning"
        with show_progress(quiet or as_json) as progress:
            results = evaluation.evaluate_everyday(
                question_set,
                half,
                documents,
                embedder=services.embedder,
                chunking=services.chunking,
                limits=bootstrap.make_limits(settings),
                make_pipeline=services.pipeline_over,
                progress=progress,
            )
        if out:
            report.write_everyday(results, out)
        summary = evaluation.summarise(results)
        if as_json:
            print_result(report.everyday_json(summary))
        else:
            print_table(report.everyday_table(summary, half))
        return
    with show_progress(quiet or as_json) as progress:
        evaluated = evaluation.evaluate(
            question_set,
            embedder=services.embedder,
            chunking=services.chunking,
            make_pipeline=services.pipeline_over,
            sample=sample,
            progress=progress,
            follow_ups=questions or "rewritten",
        )
    if out:
        report.write_results(evaluated, out)
    if as_json:
        print_result(report.as_json(evaluated))
    elif quiet:
        print_result(report.as_lines(evaluated))
    else:
        print_table(report.as_table(evaluated))


def _reject(options: dict[str, object], reason: str) -> None:
    """Fail if one of these options was used."""
    for name, value in options.items():
        if value is not None:
            fail(f"{name} {reason}. See: footnote eval --help")
