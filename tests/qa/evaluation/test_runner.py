"""The batch evaluation: asking the questions, measuring, reporting and storing results."""

import io
import json
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from index import Chunking, Document, FootnoteError, IndexDir, Progress, Span
from qa.evaluation import (
    Evaluation,
    QuestionSet,
    build_question_set_index,
    evaluate,
    load_question_set,
    report,
    run_questions,
)
from qa.records import Answer, Footnote, Turn
from tests.fakes.embedder import HashingEmbedder
from tests.fakes.passages import document
from tests.fakes.scripted_pipeline import ScriptedPipeline, TextDocuments, answer

CAT = document("The cat sat on the mat.", path="cat")
DOG = document("A dog lay under it.", path="dog")
SCRIPT = {
    "Who sat?": answer((CAT, 0, 7), short=(4, 7), passages=[CAT, DOG]),
    "Who lay?": answer(refused=True, passages=[CAT, DOG]),
    "Who flew?": answer(refused=True, passages=[DOG]),
    "Who swam?": answer((DOG, 2, 5), passages=[DOG]),
}
KEYS = (
    "questions",
    "recall@5",
    "ndcg@10",
    "exact_match",
    "f1",
    "pointer_validity",
    "citation_precision",
    "citation_recall",
    "citation_iou",
    "answer_span_iou",
    "refusal_precision",
    "refusal_recall",
    "latency_p50_ms",
    "latency_p95_ms",
    "defined",
    "answerable_refused",
    "errors",
    "set",
    "index",
    "form",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two answerable questions and two that aren't, over three names of two documents."""
    corpus = [("cat", CAT.text), ("dog", DOG.text), ("also dog", DOG.text)]
    qa = [
        ("sat", "Who sat?", True, ["cat"], [{"doc_id": "cat", "start": 4, "end": 7, "text": "cat"}]),
        ("lay", "Who lay?", True, ["dog"], [{"doc_id": "also dog", "start": 2, "end": 5, "text": "dog"}]),
        ("flew", "Who flew?", False, [], []),
        ("swam", "Who swam?", False, [], []),
    ]
    made = tmp_path / "pets"
    made.mkdir()
    fields = ("id", "question", "answerable", "answers", "spans")
    (made / "corpus.jsonl").write_text(
        "\n".join(json.dumps({"_id": name, "text": text}) for name, text in corpus)
    )
    (made / "qa.jsonl").write_text("\n".join(json.dumps(dict(zip(fields, row, strict=True))) for row in qa))
    return made


@pytest.fixture
def pets(folder) -> QuestionSet:
    return load_question_set(folder)


def ignored(step: Progress) -> None:
    """For a test that asks nothing of progress."""


def ask_all(question_set: QuestionSet, script: dict[str, Answer], sample: int | None = None) -> Evaluation:
    return run_questions(
        question_set,
        ScriptedPipeline(script),
        documents=TextDocuments([CAT, DOG]),
        sample=sample,
        progress=lambda step: None,
    )


def test_the_figures_equal_those_computed_by_hand(pets):
    """One right answer, one wrong refusal, one right refusal, one wrong answer."""
    figures = report.as_json(ask_all(pets, SCRIPT))

    expected = {
        "questions": 4,
        "recall@5": 1.0,
        "ndcg@10": (1 + 0.6309297535714575) / 2,  # the dog is second, though the set calls it by another name
        "exact_match": 0.5,
        "f1": 0.5,
        "pointer_validity": 1.0,
        "citation_precision": 3 / 7,
        "citation_recall": 0.5,
        "citation_iou": (3 / 7 + 0) / 2,
        "answer_span_iou": 0.5,
        "refusal_precision": 0.5,
        "refusal_recall": 0.5,
        "answerable_refused": 1,
        "errors": 0,
        "set": {"name": "pets", "digest": pets.digest},
        "index": "20260101-scripted",
    }
    measured = {name: figures[name] for name in expected}
    assert {**expected, "ndcg@10": pytest.approx(expected["ndcg@10"])} == measured


def test_each_figure_counts_its_questions(pets):
    """The counts differ: precision needs a citation, the phrase a gold span, refusal recall a refusal."""
    defined = report.as_json(ask_all(pets, SCRIPT))["defined"]

    expected = {"recall@5": 2, "f1": 2, "citation_precision": 1, "citation_iou": 2, "pointer_validity": 2}
    expected |= {"answer_span_iou": 2, "refusal_precision": 2, "refusal_recall": 2, "latency_p50_ms": 4}
    assert expected == {name: defined[name] for name in expected}


def test_the_json_has_exactly_these_keys_in_this_order(pets):
    """People's programs depend on these keys."""
    figures = report.as_json(ask_all(pets, SCRIPT))

    assert tuple(figures) == KEYS
    assert KEYS[1:14] == tuple(figures["defined"])


def test_undefined_figures_are_null_and_not_zero(pets):
    """If every question fails, no measure is defined."""
    figures = report.as_json(ask_all(pets, {}))

    assert [figures[key] for key in KEYS[1:14]] == [None] * 13
    assert {0} == set(figures["defined"].values())
    assert json.loads(json.dumps(figures))["errors"] == 4


def test_a_failing_question_does_not_stop_the_others(pets):
    """Its message is recorded, and no measure counts it."""
    evaluation = ask_all(pets, {key: SCRIPT[key] for key in SCRIPT if key != "Who sat?"})

    assert [result.error for result in evaluation.results] == [
        "no answer to 'Who sat?' was scripted",
        "",
        "",
        "",
    ]
    assert report.as_json(evaluation)["defined"]["f1"] == 1


def test_a_footnote_unlike_the_snapshot_is_invalid(pets):
    """Pointers are checked against the snapshot's text, not against the footnote's document."""
    forged = Document(CAT.doc_id, "", ("cat",), "text/plain", CAT.text.replace("cat", "rat"))
    notes = tuple(
        Footnote(marker, forged, Span(CAT.doc_id, *where), support=1.0)
        for marker, where in enumerate([(0, 7), (8, 11), (12, 14)], start=1)
    )

    evaluation = ask_all(pets, {"Who sat?": Answer("?", footnotes=notes)})

    assert report.as_json(evaluation)["pointer_validity"] == 2 / 3


def test_a_sample_is_reproducible_and_ordered(pets):
    """The seed is fixed, so that two runs can be compared."""
    samples = [[result.question.id for result in ask_all(pets, SCRIPT, sample=2).results] for _ in range(2)]

    assert samples[0] == samples[1]
    assert samples[0] == [question.id for question in pets.questions if question.id in samples[0]]
    assert len(samples[0]) == 2


def test_a_sample_larger_than_the_set_is_the_set(pets):
    """A sample of more questions than there are has all of them."""
    assert len(ask_all(pets, SCRIPT, sample=1_000).results) == 4


@pytest.mark.parametrize(
    ("form", "text", "earlier", "caption"),
    [
        ("asked", "And who sat?", (), "as asked, without their history"),
        (
            "rewritten",
            "And who sat?",
            (Turn("A mat?", "Yes.\nA red one."), Turn("Red?")),
            "rewritten by Footnote",
        ),
        ("human", "Who sat?", (), "rewritten by a person"),
    ],
)
def test_a_follow_up_is_asked_in_the_selected_form(folder, form, text, earlier, caption):
    """The pipeline gets the question as typed, with its history, or rewritten; the table says which."""
    messages = [("user", "A mat?"), ("assistant", "Yes."), ("assistant", "A red one."), ("user", "Red?")]
    row = {"id": "1", "question": "And who sat?", "answerable": True, "rewritten": "Who sat?"}
    history = [{"role": role, "text": content} for role, content in messages]
    (folder / "qa.jsonl").write_text(json.dumps({**row, "history": history}))
    pipeline = ScriptedPipeline(SCRIPT)

    evaluation = run_questions(
        load_question_set(folder),
        pipeline,
        documents=TextDocuments([CAT]),
        sample=None,
        progress=ignored,
        follow_ups=form,
    )

    assert (pipeline.questions, pipeline.history) == ([text], [earlier])
    assert str(report.as_table(evaluation).caption).endswith(f"; follow-ups: {caption}")


def test_a_persons_rewriting_is_not_the_default(folder):
    """By default the pipeline has to rewrite follow-ups itself."""
    row = {"id": "1", "question": "And who sat?", "answerable": True, "rewritten": "Who sat?"}
    (folder / "qa.jsonl").write_text(json.dumps(row))
    pipeline = ScriptedPipeline(SCRIPT)

    evaluation = run_questions(
        load_question_set(folder), pipeline, documents=TextDocuments([CAT]), sample=None, progress=ignored
    )

    assert pipeline.questions == ["And who sat?"]
    assert report.as_json(evaluation)["form"] == "rewritten"


def test_progress_is_reported_around_each_question(pets):
    """It starts at 0 before the first question and ends at the total."""
    steps: list[Progress] = []

    run_questions(
        pets, ScriptedPipeline(SCRIPT), documents=TextDocuments([CAT]), sample=None, progress=steps.append
    )

    assert [Progress("asking", done, 4) for done in range(5)] == steps


def test_the_table_shows_every_figure_and_its_count(pets):
    """An undefined figure is shown as undefined."""
    console = Console(width=160, file=io.StringIO(), record=True)

    console.print(report.as_table(ask_all(pets, {"Who sat?": answer((CAT, 0, 7))})))

    assert "follow-ups" not in console.export_text(clear=False)
    rows = [line.replace("│", " ").split() for line in console.export_text().splitlines()]
    figures = {row[0]: row[1:3] for row in rows if row and row[0] in KEYS}
    assert list(KEYS[1:14]) == list(figures)
    assert figures["citation_iou"] == ["0.4286", "1"]
    assert figures["refusal_recall"] == ["undefined", "0"]


def test_the_results_have_one_line_per_question(pets, tmp_path):
    """Each line has question, gold, answer and measures; failed questions are included."""
    path = report.write_results(ask_all(pets, {"Who sat?": SCRIPT["Who sat?"]}), tmp_path / "new" / "out")

    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [row["id"] for row in rows] == ["sat", "lay", "flew", "swam"]
    assert rows[0]["answer"]["citations"][0]["cited_text"] == "The cat"
    assert rows[0]["gold"]["spans"][0] == {"doc": "cat", "start": 4, "end": 7, "text": "cat"}
    assert pytest.approx(3 / 7) == rows[0]["measures"]["citation_iou"]
    assert (rows[1]["answer"], rows[1]["error"]) == (None, "no answer to 'Who lay?' was scripted")


def test_a_failed_write_keeps_the_old_results(pets, tmp_path):
    """If a line can't be written, the old file stays and no partial file remains."""
    path = report.write_results(ask_all(pets, SCRIPT), tmp_path)
    before = path.read_bytes()
    lone = Answer("?", reason="\ud800", refused=True)

    with pytest.raises(UnicodeEncodeError):
        report.write_results(ask_all(pets, {"Who sat?": lone}), tmp_path)

    assert before == path.read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == ["results.jsonl"]


def test_an_unwritable_folder_is_reported_in_one_line(pets, tmp_path):
    """If a file has the folder's name, the message says what failed and why."""
    (tmp_path / "out").write_text("")

    with pytest.raises(FootnoteError, match=r"can't be written to .*out: "):
        report.write_results(ask_all(pets, SCRIPT), tmp_path / "out")


def test_an_index_is_reused_for_the_same_recipe(pets):
    """The second run embeds nothing; another chunking has its own directory."""
    embedder = HashingEmbedder()
    make = partial(build_question_set_index, pets, embedder=embedder, progress=lambda step: None)

    index_dir = make(chunking=Chunking())
    embedded = embedder.embedded

    assert index_dir == make(chunking=Chunking())
    assert embedded == embedder.embedded
    assert index_dir != make(chunking=Chunking(tokens=32))


def test_evaluate_checks_footnotes_against_its_index(folder):
    """The set is loaded, indexed and asked; set and index identify documents by their content."""
    evaluation = evaluate(
        folder,
        embedder=HashingEmbedder(),
        chunking=Chunking(),
        make_pipeline=_reads_first_document,
        sample=None,
        progress=lambda step: None,
    )

    figures = report.as_json(evaluation)
    assert (figures["pointer_validity"], figures["defined"]["pointer_validity"]) == (1.0, 4)
    assert (figures["recall@5"], figures["citation_recall"]) == (0.5, 0.5)


def _reads_first_document(index_dir: Path) -> ScriptedPipeline:
    """Cite the whole document 'cat', whatever the question is."""
    with IndexDir(index_dir).open_current() as snapshot:
        cat = snapshot.find("cat")
    whole = answer((cat, 0, len(cat.text)), passages=[cat])
    return ScriptedPipeline(dict.fromkeys(SCRIPT, whole))
