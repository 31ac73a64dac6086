"""The batch evaluation: asking a set, measuring, and what is shown and stored of it."""

import io
import json
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from index import Chunking, Document, FootnoteError, IndexDir, Progress, Span
from qa.evaluation import Evaluation, QuestionSet, evaluate, load_question_set, prepare, report, run_questions
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


def test_the_figures_are_those_worked_out_by_hand(pets):
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


def test_each_figure_says_for_how_many_questions_it_is_defined(pets):
    """The counts differ: precision needs a citation, the phrase a gold span, recall of refusing a refusal."""
    defined = report.as_json(ask_all(pets, SCRIPT))["defined"]

    expected = {"recall@5": 2, "f1": 2, "citation_precision": 1, "citation_iou": 2, "pointer_validity": 2}
    expected |= {"answer_span_iou": 2, "refusal_precision": 2, "refusal_recall": 2, "latency_p50_ms": 4}
    assert expected == {name: defined[name] for name in expected}


def test_the_json_has_exactly_these_keys_in_this_order(pets):
    """Programs read them; a change breaks what people have written."""
    figures = report.as_json(ask_all(pets, SCRIPT))

    assert tuple(figures) == KEYS
    assert KEYS[1:14] == tuple(figures["defined"])


def test_undefined_figures_are_null_and_not_zero(pets):
    """Where every question fails, nothing was measured."""
    figures = report.as_json(ask_all(pets, {}))

    assert [figures[key] for key in KEYS[1:14]] == [None] * 13
    assert {0} == set(figures["defined"].values())
    assert json.loads(json.dumps(figures))["errors"] == 4


def test_a_failing_question_is_recorded_and_the_rest_is_asked(pets):
    """Its message stays with it, and it is part of no measure."""
    evaluation = ask_all(pets, {key: SCRIPT[key] for key in SCRIPT if key != "Who sat?"})

    assert [result.error for result in evaluation.results] == [
        "no answer to 'Who sat?' was scripted",
        "",
        "",
        "",
    ]
    assert report.as_json(evaluation)["defined"]["f1"] == 1


def test_a_footnote_that_disagrees_with_the_snapshot_is_counted(pets):
    """Pointers are checked against the snapshot's own text and not the one the footnote carries."""
    forged = Document(CAT.doc_id, "", ("cat",), "text/plain", CAT.text.replace("cat", "rat"))
    notes = tuple(
        Footnote(marker, forged, Span(CAT.doc_id, *where), support=1.0)
        for marker, where in enumerate([(0, 7), (8, 11), (12, 14)], start=1)
    )

    evaluation = ask_all(pets, {"Who sat?": Answer("?", footnotes=notes)})

    assert report.as_json(evaluation)["pointer_validity"] == 2 / 3


def test_a_sample_is_always_the_same_and_in_the_sets_order(pets):
    """A fixed seed: two runs of one sample can be compared."""
    chosen = [[result.question.id for result in ask_all(pets, SCRIPT, sample=2).results] for _ in range(2)]

    assert chosen[0] == chosen[1]
    assert chosen[0] == [question.id for question in pets.questions if question.id in chosen[0]]
    assert len(chosen[0]) == 2


def test_a_sample_larger_than_the_set_is_the_set(pets):
    """Asking for more than there is asks for all."""
    assert len(ask_all(pets, SCRIPT, sample=1_000).results) == 4


@pytest.mark.parametrize(
    ("form", "asked", "earlier"),
    [
        ("asked", "And who sat?", ()),
        ("rewritten", "And who sat?", (Turn("A mat?", "Yes.\nA red one."), Turn("Red?"))),
        ("human", "Who sat?", ()),
    ],
)
def test_a_question_of_a_conversation_is_put_in_the_form_that_was_chosen(folder, form, asked, earlier):
    """As asked, with its history, or as a person rewrote it; the asker sees nothing of the other forms."""
    said = [("user", "A mat?"), ("assistant", "Yes."), ("assistant", "A red one."), ("user", "Red?")]
    row = {"id": "1", "question": "And who sat?", "answerable": True, "rewritten": "Who sat?"}
    history = [{"role": role, "text": text} for role, text in said]
    (folder / "qa.jsonl").write_text(json.dumps({**row, "history": history}))
    asker = ScriptedPipeline(SCRIPT)

    run_questions(
        load_question_set(folder),
        asker,
        documents=TextDocuments([CAT]),
        sample=None,
        progress=ignored,
        form=form,
    )

    assert (asker.questions, asker.history) == ([asked], [earlier])


def test_a_persons_rewriting_is_used_only_when_it_is_asked_for(folder):
    """What is measured by default is what a program can do."""
    row = {"id": "1", "question": "And who sat?", "answerable": True, "rewritten": "Who sat?"}
    (folder / "qa.jsonl").write_text(json.dumps(row))
    asker = ScriptedPipeline(SCRIPT)

    evaluation = run_questions(
        load_question_set(folder), asker, documents=TextDocuments([CAT]), sample=None, progress=ignored
    )

    assert asker.questions == ["And who sat?"]
    assert report.as_json(evaluation)["form"] == "rewritten"


def test_progress_is_told_before_the_first_question_and_after_each(pets):
    """A bar can be drawn at once, and ends full."""
    steps: list[Progress] = []

    run_questions(
        pets, ScriptedPipeline(SCRIPT), documents=TextDocuments([CAT]), sample=None, progress=steps.append
    )

    assert [Progress("questions", done, 4) for done in range(5)] == steps


def test_the_table_shows_every_figure_and_its_count(pets):
    """What is undefined is called so."""
    console = Console(width=160, file=io.StringIO(), record=True)

    console.print(report.as_table(ask_all(pets, {"Who sat?": answer((CAT, 0, 7))})))

    rows = [line.replace("│", " ").split() for line in console.export_text().splitlines()]
    shown = {row[0]: row[1:3] for row in rows if row and row[0] in KEYS}
    assert list(KEYS[1:14]) == list(shown)
    assert shown["citation_iou"] == ["0.4286", "1"]
    assert shown["refusal_recall"] == ["undefined", "0"]


def test_the_results_are_one_line_a_question(pets, tmp_path):
    """Question, gold, answer and measures of each, failed ones too."""
    path = report.write_results(ask_all(pets, {"Who sat?": SCRIPT["Who sat?"]}), tmp_path / "new" / "out")

    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [row["id"] for row in rows] == ["sat", "lay", "flew", "swam"]
    assert rows[0]["answer"]["citations"][0]["cited_text"] == "The cat"
    assert rows[0]["gold"]["spans"][0] == {"doc": "cat", "start": 4, "end": 7, "text": "cat"}
    assert pytest.approx(3 / 7) == rows[0]["measures"]["citation_iou"]
    assert (rows[1]["answer"], rows[1]["error"]) == (None, "no answer to 'Who lay?' was scripted")


def test_results_that_can_not_be_written_whole_leave_the_old_ones(pets, tmp_path):
    """A line that can't be stored loses nothing, and no half-made file stays."""
    path = report.write_results(ask_all(pets, SCRIPT), tmp_path)
    before = path.read_bytes()
    lone = Answer("?", reason="\ud800", refused=True)

    with pytest.raises(UnicodeEncodeError):
        report.write_results(ask_all(pets, {"Who sat?": lone}), tmp_path)

    assert before == path.read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == ["results.jsonl"]


def test_a_folder_that_can_not_be_written_is_one_line(pets, tmp_path):
    """A file is in the way of the folder: what was tried and why it failed."""
    (tmp_path / "out").write_text("")

    with pytest.raises(FootnoteError, match=r"can't be written to .*out: "):
        report.write_results(ask_all(pets, SCRIPT), tmp_path / "out")


def test_an_index_is_made_once_for_a_corpus_an_embedder_and_a_chunking(pets):
    """The second time nothing is embedded; another chunking has a folder of its own."""
    embedder = HashingEmbedder()
    make = partial(prepare, pets, embedder=embedder, progress=lambda step: None)

    index_dir = make(chunking=Chunking())
    embedded = embedder.embedded

    assert index_dir == make(chunking=Chunking())
    assert embedded == embedder.embedded
    assert index_dir != make(chunking=Chunking(tokens=32))


def test_the_whole_way_checks_footnotes_against_the_index_it_made(folder):
    """A set is loaded, indexed and asked; documents are known by their content in set and index alike."""
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
    """Whatever is asked, it cites all that the index holds under the name 'cat'."""
    with IndexDir(index_dir).open_current() as snapshot:
        cat = snapshot.find("cat")
    whole = answer((cat, 0, len(cat.text)), passages=[cat])
    return ScriptedPipeline(dict.fromkeys(SCRIPT, whole))
