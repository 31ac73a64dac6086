"""Question sets: Footnote's with corpus.jsonl or corpus/, BEIR's, and the messages about malformed ones."""

import gzip
import hashlib
import json
from pathlib import Path

import pytest

from qa.errors import InvalidQuestionSet
from qa.evaluation.question_set import GoldSpan, Message, Question, load_question_set

DOCUMENTS = [
    {"_id": "cat", "title": "Cats", "text": " The cat\r\nsat. 🐈 "},
    {"_id": "dog", "title": "", "text": "A dog lay."},
    {"_id": "copy", "title": "Dogs", "text": "A dog lay."},
]
ANSWERABLE = {
    "id": "1",
    "question": "Who sat?",
    "answerable": True,
    "answers": ["cat"],
    "spans": [{"doc_id": "cat", "start": 5, "end": 8, "text": "cat"}],
}
UNANSWERABLE = {"id": "2", "question": "Who flew?", "answerable": False}


def lines(*records: object) -> str:
    return "".join(f"{json.dumps(record)}\n" for record in records)


def write(folder: Path, **files: str) -> Path:
    """Write files to a folder, ``qa="..."`` to qa.jsonl, and return the folder."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.jsonl").write_text(content, encoding="utf-8", newline="")
    return folder


def beir(folder: Path, qrels: str, *queries: object) -> Path:
    """Write a question set in BEIR's format, and return its folder."""
    write(folder, corpus=lines(*DOCUMENTS), queries=lines(*queries))
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text(qrels, encoding="utf-8")
    return folder


def test_every_field_of_a_question_is_read(tmp_path):
    """Every field that a question can have arrives in its record."""
    follow_up = {
        **ANSWERABLE,
        "relevant": ["cat", "dog"],
        "history": [{"role": "user", "text": "Hello."}],
        "rewritten": "Which animal sat?",
        "context_doc": "dog",
    }

    question_set = load_question_set(
        write(tmp_path / "set", corpus=lines(*DOCUMENTS), qa=lines(follow_up, UNANSWERABLE))
    )

    expected = Question(
        id="1",
        text="Who sat?",
        answerable=True,
        answers=("cat",),
        spans=(GoldSpan("cat", 5, 8, "cat"),),
        relevant={"cat": 1, "dog": 1},
        history=(Message("user", "Hello."),),
        rewritten="Which animal sat?",
        context_doc="dog",
    )
    assert (expected, Question("2", "Who flew?", answerable=False)) == question_set.questions
    assert question_set.name == "set"


def test_relevant_documents_default_to_those_of_the_spans(tmp_path):
    """If a set names no relevant documents, they are those of its spans."""
    question_set = load_question_set(write(tmp_path, corpus=lines(*DOCUMENTS), qa=lines(ANSWERABLE)))

    assert question_set.questions[0].relevant == {"cat": 1}


def test_a_corpus_text_is_not_changed(tmp_path):
    """White space, CRLF and emoji stay, because the gold offsets refer to this text."""
    question_set = load_question_set(write(tmp_path, corpus=lines(*DOCUMENTS), qa=lines(ANSWERABLE)))

    sources = list(question_set.corpus())

    assert [record["text"] for record in DOCUMENTS] == [source.canonical.text for source in sources]
    assert [source.canonical.title for source in sources] == ["Cats", None, "Dogs"]
    assert [source.path for source in sources] == ["cat", "dog", "copy"]


def test_two_names_of_one_content_are_one_document(tmp_path):
    """A document's id is the hash of its text, whatever its name is."""
    question_set = load_question_set(write(tmp_path, corpus=lines(*DOCUMENTS), qa=lines(ANSWERABLE)))

    assert hashlib.sha256(b"A dog lay.").hexdigest() == question_set.doc_ids["dog"]
    assert question_set.doc_ids["copy"] == question_set.doc_ids["dog"]


def test_a_gzipped_set_is_the_same_set(tmp_path):
    """Questions and digest don't depend on how the files are packed."""
    plain = load_question_set(write(tmp_path, corpus=lines(*DOCUMENTS), qa=lines(ANSWERABLE)))
    for name in ("corpus", "qa"):
        path = tmp_path / f"{name}.jsonl"
        (tmp_path / f"{name}.jsonl.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()

    packed = load_question_set(tmp_path)

    assert (plain.questions, plain.digest) == (packed.questions, packed.digest)


def test_the_digest_covers_only_the_corpus(tmp_path):
    """A new question needs no new index; a new title does, because it is embedded with the text."""
    digest = load_question_set(write(tmp_path, corpus=lines(*DOCUMENTS), qa=lines(ANSWERABLE))).digest

    assert digest == load_question_set(write(tmp_path, qa=lines(UNANSWERABLE))).digest
    renamed = [DOCUMENTS[0], {**DOCUMENTS[1], "title": "Dogs"}, DOCUMENTS[2]]
    assert digest != load_question_set(write(tmp_path, corpus=lines(*renamed))).digest


def test_beir_queries_are_those_of_the_test_split(tmp_path):
    """Grades come from the qrels; whether a query is answerable is unknown."""
    queries = [{"_id": "a", "text": "cats"}, {"_id": "of another split", "text": "fish"}]
    folder = beir(tmp_path, "query-id\tcorpus-id\tscore\na\tcat\t2\na\tdog\t0\n", *queries)

    expected = Question("a", "cats", answerable=None, relevant={"cat": 2, "dog": 0})
    assert (expected,) == load_question_set(folder).questions


def test_files_are_named_by_their_paths(tmp_path):
    """The document's name is its path below corpus/, and its offsets refer to the parsed text."""
    (tmp_path / "corpus" / "deep").mkdir(parents=True)
    (tmp_path / "corpus" / "deep" / "cat.txt").write_text("The cat sat.", encoding="utf-8")
    (tmp_path / "corpus" / "picture.xyz").write_bytes(b"\x00")
    spans = [{"doc_id": "deep/cat.txt", "start": 4, "end": 7, "text": "cat"}]

    question_set = load_question_set(write(tmp_path, qa=lines({**ANSWERABLE, "spans": spans})))

    assert list(question_set.doc_ids) == ["deep/cat.txt"]
    assert [source.canonical.text.strip() for source in question_set.corpus()] == ["The cat sat."]


def with_span(**changes: object) -> dict[str, object]:
    """Return the answerable question with changed fields in its span."""
    return {**ANSWERABLE, "spans": [{**ANSWERABLE["spans"][0], **changes}]}  # type: ignore[index]


@pytest.mark.parametrize(
    ("qa", "message"),
    [
        (lines(ANSWERABLE, {"id": "2", "question": "?"}), r"qa.jsonl, line 2: answerable: Field required"),
        (lines({**ANSWERABLE, "answerable": "yes"}), r"line 1: answerable: Input should be a valid boolean"),
        ("[1]\n", r"line 1: Input should be an object"),
        (lines(ANSWERABLE) + "\nnonsense", r"line 3: Invalid JSON"),
        (lines(ANSWERABLE)[:-9], r"line 1: Invalid JSON"),
        (lines(ANSWERABLE, ANSWERABLE), r"line 2: the id '1' is used twice"),
        (lines(with_span(start=6)), r"line 1: expected 'cat' at \[6, 8\) of 'cat', found 'at'"),
        (
            lines(with_span(start=16, end=18, text=" ")),
            r"line 1: expected ' ' at \[16, 18\) of 'cat', found ' '",
        ),
        (lines(with_span(start=-1)), r"line 1: spans.0.start: .*greater than or equal to 0"),
        (lines(with_span(text="", end=5)), r"line 1: spans.0.text: .*at least 1 character"),
        (
            lines(UNANSWERABLE, with_span(doc_id="cow")),
            r"line 2: a span points into 'cow', which isn't in the corpus",
        ),
        (lines({**ANSWERABLE, "answerable": False}), r"line 1: a question that isn't answerable has spans"),
        ('{"id": "\\ud800", "question": "?", "answerable": true}\n', r"line 1: Invalid JSON"),
    ],
)
def test_a_malformed_question_is_named_by_file_and_line(tmp_path, qa, message):
    """The message names the place and the fault."""
    with pytest.raises(InvalidQuestionSet, match=message):
        load_question_set(write(tmp_path, corpus=lines(*DOCUMENTS), qa=qa))


@pytest.mark.parametrize(
    ("corpus", "message"),
    [
        (lines(*DOCUMENTS, DOCUMENTS[0]), r"corpus.jsonl, line 4: the name 'cat' is used twice"),
        (lines(DOCUMENTS[0], {"_id": "x"}), r"corpus.jsonl, line 2: text: Field required"),
        (lines({"_id": "", "text": ""}), r"corpus.jsonl, line 1: _id: .*at least 1 character"),
    ],
)
def test_a_malformed_document_is_named_by_file_and_line(tmp_path, corpus, message):
    """The message names the place and the fault."""
    with pytest.raises(InvalidQuestionSet, match=message):
        load_question_set(write(tmp_path, corpus=corpus, qa=lines(ANSWERABLE)))


@pytest.mark.parametrize(
    ("qrels", "message"),
    [
        ("a\tcat\t1\na cat 1\n", r"test.tsv, line 2: expected query, document and grade"),
        (
            "query-id\tcorpus-id\tscore\na\tcat\tgood\n",
            r"test.tsv, line 2: expected query, document and grade",
        ),
        ("b\tcat\t1\n", r"test.tsv: refers to the query 'b', which isn't in queries.jsonl"),
    ],
)
def test_malformed_judgements_are_named_by_file_and_line(tmp_path, qrels, message):
    """The message names the place and the fault."""
    with pytest.raises(InvalidQuestionSet, match=message):
        load_question_set(beir(tmp_path, qrels, {"_id": "a", "text": "cats"}))


def test_a_truncated_gzip_file_is_named(tmp_path):
    """An incomplete download is reported in one line."""
    write(tmp_path, qa=lines(ANSWERABLE))
    packed = gzip.compress(lines(*DOCUMENTS).encode())
    (tmp_path / "corpus.jsonl.gz").write_bytes(packed[: len(packed) // 2])

    with pytest.raises(InvalidQuestionSet, match=r"corpus.jsonl.gz can't be read: .*end-of-stream"):
        load_question_set(tmp_path)


def test_a_folder_of_no_known_format_is_refused(tmp_path):
    """The message lists the formats."""
    with pytest.raises(
        InvalidQuestionSet, match=r"is not a question set. Expected qa.jsonl beside corpus.jsonl"
    ):
        load_question_set(tmp_path)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("chunking_eval_a", (5, 236, 236, 236)),
        ("clapnq_a", (6_559, 300, 150, 150)),
        ("cranfield", (1_400, 225, 0, 0)),
        ("mtrag_a", (20_642, 417, 389, 0)),
        ("scifact", (5_183, 300, 0, 0)),
        ("squad_dev_v1", (2_067, 10_570, 10_570, 10_570)),
        ("squad_dev_v2", (1_204, 11_873, 5_930, 5_930)),
        ("squadshifts_new_wiki_dev", (365, 1_834, 1_834, 1_834)),
    ],
)
def test_the_shared_sets_load_whole(shared, name, sizes):
    """Each has its known numbers of documents, questions, answerable questions and questions with spans."""
    question_set = load_question_set(shared / "data" / name)

    found = question_set.questions
    answerable = sum(question.answerable is True for question in found)
    with_spans = sum(bool(question.spans) for question in found)
    assert sizes == (len(question_set.doc_ids), len(found), answerable, with_spans)
