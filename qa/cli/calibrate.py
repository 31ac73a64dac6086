"""``footnote eval calibrate``."""

from pathlib import Path
from typing import Annotated

import typer

from qa.cli.app import ConfigOption, JsonOption, QuietOption, app, fail, settings_for_command
from qa.cli.output import print_result, show_progress


@app.command("eval calibrate")
def calibrate(
    question_set: Annotated[Path, typer.Argument(metavar="SET", help="Folder with the question set.")],
    *,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Ask only N questions, the same ones every time.")
    ] = None,
    reader: Annotated[
        str | None, typer.Option(help="Folder of the reader.  [default: the setting reader]")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    config: ConfigOption = None,
) -> None:
    """
    Fit the probabilities of your own reader on a question set.

    The calibration is stored in your data folder and used from then on. The set needs exact answers (qa.jsonl
    with spans), best of all on documents like yours.

    Example: footnote eval calibrate seeds --reader ~/models/roberta-base-squad2
    """
    from dataclasses import asdict

    from qa import bootstrap
    from qa.answering.retrieval import Retriever
    from qa.evaluation.reader_calibration import calibrate_reader
    from qa.settings import BUILT_IN_READER

    settings = settings_for_command(config, **({"reader": reader} if reader else {}))
    if settings.reader == BUILT_IN_READER:
        fail("The built-in reader is calibrated already. Use --reader with the folder of another one.")
    model = bootstrap.make_hugging_face_reader(settings)
    embedder = bootstrap.make_embedder_from(settings)
    with show_progress(quiet or as_json) as progress:
        calibration, report = calibrate_reader(
            question_set,
            model,
            model.calibration,
            embedder=embedder,
            chunking=bootstrap.make_chunking(settings),
            retriever=Retriever(embedder, settings.dense_weight, settings.candidates),
            passages=settings.passages,
            sample=sample,
            progress=progress,
        )
    path = model.write_calibration(calibration)
    if as_json:
        print_result({"file": str(path), "calibration": asdict(calibration), **asdict(report)})
        return
    print_result(
        f"Fitted on {report.questions} questions, {report.answerable} of them answerable.\n"
        "Calibration error on questions that it wasn't fitted on: "
        f"{report.after:.3f} (before: {report.before:.3f}).\n"
        f"AUROC of answerable against unanswerable questions: {report.auroc:.3f}\n"
        f"Stored in {path}"
    )
