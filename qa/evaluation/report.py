"""Reports of an evaluation: a table, tab-separated lines, JSON, and a file with a line per question."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from index import FootnoteError
from qa.evaluation.everyday import EverydayResult, EverydaySummary, Verdict, result_line
from qa.evaluation.measures import MEASURES
from qa.evaluation.runner import Evaluation, Result

if TYPE_CHECKING:
    from rich.table import Table


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return every figure by name, None where undefined; ``defined`` counts the questions behind it."""
    return {
        "questions": len(evaluation.results),
        **{measure.name: evaluation.figure(measure) for measure in MEASURES},
        "defined": {measure.name: evaluation.defined_count(measure) for measure in MEASURES},
        "answerable_refused": evaluation.answerable_refused,
        "errors": evaluation.errors,
        "set": {"name": evaluation.set_name, "digest": evaluation.set_digest},
        "index": evaluation.snapshot,
        "form": evaluation.follow_ups,
    }


def as_table(evaluation: Evaluation) -> "Table":
    """Return the figures as a table for a terminal."""
    from rich.table import Table
    from rich.text import Text

    title = f"{evaluation.set_name}: {len(evaluation.results)} questions"
    table = Table(title=Text(title), caption=Text(_caption(evaluation)))
    table.add_column("measure")
    table.add_column("value", justify="right")
    table.add_column("defined for", justify="right")
    table.add_column("better if")
    table.add_column("description")
    for measure in MEASURES:
        figure, defined = _figure(evaluation.figure(measure)), str(evaluation.defined_count(measure))
        better = "higher" if measure.higher_is_better else "lower"
        table.add_row(measure.name, figure, defined, better, measure.description)
    return table


def as_lines(evaluation: Evaluation) -> str:
    """Return a line per measure for a script: its name, a tab and its figure."""
    return "\n".join(f"{measure.name}\t{_figure(evaluation.figure(measure))}" for measure in MEASURES)


def make_folder(folder: Path) -> None:
    """
    Create *folder* and check that it is writable, before time is spent on asking.

    Raises:
        FootnoteError: If the folder can't be written.
    """
    with _translate_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        NamedTemporaryFile(dir=folder, prefix=".results-").close()


def write_results(evaluation: Evaluation, folder: Path) -> Path:
    """
    Write ``results.jsonl`` into *folder*, one question per line, atomically.

    Raises:
        FootnoteError: If the folder can't be written.
    """
    path = folder / "results.jsonl"
    make_folder(folder)
    with _translate_errors(folder):
        _write_lines(
            path, (json.dumps(_result_fields(result), ensure_ascii=False) for result in evaluation.results)
        )
    return path


def everyday_json(summary: EverydaySummary) -> dict[str, Any]:
    """Return the figures of an everyday set by name: of all questions, by kind, and of the confidence."""
    return {
        "questions": summary.questions,
        "right": summary.right,
        "useful": summary.useful,
        "wrong": summary.wrong,
        "wrongly_refused": summary.wrongly_refused,
        "bands": {
            name: {"answers": answers, "right": right} for name, (answers, right) in summary.bands.items()
        },
        "calibration_error": summary.calibration_error,
        "kinds": {
            kind: {verdict.value: counts.get(verdict, 0) for verdict in Verdict}
            for kind, counts in summary.counts.items()
        },
    }


def everyday_table(summary: EverydaySummary, half: str) -> "Table":
    """Return the verdicts by kind of question, for a terminal."""
    from rich.table import Table
    from rich.text import Text

    bands = ", ".join(f"{name} {right} of {answers}" for name, (answers, right) in summary.bands.items())
    caption = (
        f"right or rightly refused {_figure(summary.right)}; useful {_figure(summary.useful)}; "
        f"wrong {_figure(summary.wrong)}; answerable but refused {_figure(summary.wrongly_refused)}\n"
        f"right by confidence: {bands}; calibration error {_figure(summary.calibration_error)}"
    )
    table = Table(title=Text(f"{summary.questions} questions of the {half} half"), caption=Text(caption))
    table.add_column("kind")
    for verdict in Verdict:
        table.add_column(verdict.value, justify="right")
    for kind, counts in (*summary.counts.items(), ("all", summary.total)):
        table.add_row(kind, *(str(counts.get(verdict, 0)) for verdict in Verdict))
    return table


def write_everyday(results: Iterable[EverydayResult], folder: Path) -> Path:
    """
    Write ``results.jsonl`` into *folder*, one question per line, atomically.

    Raises:
        FootnoteError: If the folder can't be written.
    """
    path = folder / "results.jsonl"
    with _translate_errors(folder):
        _write_lines(path, (json.dumps(result_line(result), ensure_ascii=False) for result in results))
    return path


@contextmanager
def _translate_errors(folder: Path) -> Iterator[None]:
    """Translate an error of the file system into a message for a person."""
    try:
        yield
    except OSError as error:
        raise FootnoteError(f"The results can't be written to {folder}: {error.strerror or error}") from error


def _caption(evaluation: Evaluation) -> str:
    parts = [
        f"answerable but refused: {evaluation.answerable_refused}",
        f"failed: {evaluation.errors}",
        f"snapshot {evaluation.snapshot}",
    ]
    if any(result.question.history for result in evaluation.results):
        parts.append(f"follow-ups: {_FOLLOW_UPS[evaluation.follow_ups]}")
    return "; ".join(parts)


_FOLLOW_UPS = {
    "asked": "as asked, without their history",
    "rewritten": "rewritten by Footnote",
    "human": "rewritten by a person",
}


def _figure(figure: float | None) -> str:
    """Return a figure as text: shares with four decimals, milliseconds from 100 on without."""
    if figure is None:
        return "undefined"
    return f"{figure:.0f}" if figure >= 100 else f"{figure:.4f}"


def _result_fields(result: Result) -> dict[str, object]:
    """Return one result as a JSON object; several values of a measure become their mean."""
    return {
        "id": result.question.id,
        "question": result.question.text,
        "gold": asdict(result.question),
        "answer": result.answer,
        "error": result.error,
        "measures": {
            name: sum(values) / len(values) if values else None for name, values in result.values.items()
        },
    }


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    """Replace the file atomically: a reader sees the old lines or all new ones."""
    with NamedTemporaryFile("w", dir=path.parent, prefix=".results-", delete=False, encoding="utf-8") as file:
        try:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
            os.replace(file.name, path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
