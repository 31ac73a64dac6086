"""The project's question sets, ``seeds`` and those in ``seeds/domains``, are consistent."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from qa.evaluation.question_set import load_question_set
from seeds import make

Row = dict[str, Any]

each_set = pytest.mark.parametrize("folder", make.WRITTEN, ids=lambda folder: folder.name, scope="module")
each_domain = pytest.mark.parametrize("folder", make.DOMAINS, ids=lambda folder: folder.name, scope="module")
only_seeds = pytest.mark.parametrize("folder", [make.SEEDS], ids=["seeds"], scope="module")


@pytest.fixture(scope="module")
def texts(folder: Path) -> dict[str, str]:
    return make.canonical_texts(folder / "corpus")


@pytest.fixture(scope="module")
def questions(folder: Path) -> list[Row]:
    lines = (folder / "qa.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def documents_of(row: Row) -> set[str]:
    return {span["doc_id"] for span in row["spans"]}


def word_runs(text: str, length: int) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}


@each_set
def test_every_span_slices_to_its_quote(texts, questions):
    """In the canonical text, the characters from start to end are the span's words."""
    for span in [span for row in questions for span in row["spans"]]:
        assert span["text"] == texts[span["doc_id"]][span["start"] : span["end"]], span


@each_set
def test_the_questions_match_their_source(folder, texts, questions):
    """`python -m seeds.make` would write the same qa.jsonl again."""
    assert questions == list(make.rows(make.questions(folder), texts))


@only_seeds
def test_the_binary_documents_are_those_of_their_sources(texts, tmp_path):
    """Made again, each PDF, Word and Excel file has the same canonical text."""
    make.make_documents(tmp_path)

    again = make.canonical_texts(tmp_path)

    assert {"pdf", "docx", "xlsx"} == {name.rpartition(".")[2] for name in again}
    assert again == {name: texts[name] for name in again}


def test_the_corpus_is_small_and_of_many_formats():
    """Eight to twelve documents in six formats or more, below 300 KB together."""
    files = list(make.CORPUS.iterdir())

    assert 8 <= len(files) <= 12
    assert len({file.suffix for file in files}) >= 6
    assert sum(file.stat().st_size for file in files) < 300_000


@each_set
def test_no_two_questions_share_an_id_or_their_words(questions):
    """Ids and questions are unique."""
    assert len(questions) == len({row["id"] for row in questions})
    assert len(questions) == len({row["question"].lower() for row in questions})


@each_set
def test_a_question_is_answerable_when_it_has_spans_and_answers(questions):
    """The flag, the spans and the answers say the same."""
    for row in questions:
        assert row["answerable"] == bool(row["spans"]) == bool(row["answers"]), row["id"]


@only_seeds
def test_there_are_questions_of_every_kind(questions):
    """Sixty or more, of them twenty without an answer and ten that need two documents."""
    assert len(questions) >= 60
    assert sum(not row["answerable"] for row in questions) >= 20
    assert sum(len(documents_of(row)) >= 2 for row in questions) >= 10


@each_domain
def test_a_domain_asks_thirty_questions(folder):
    """The evaluation reads each domain: thirty questions, seven to nine of them without an answer."""
    questions = load_question_set(folder).questions

    assert 30 == len(questions)
    assert 7 <= sum(not question.answerable for question in questions) <= 9


@each_domain
def test_the_words_of_the_only_span_are_an_answer(questions):
    """In a domain, a question with one gold span accepts the words of that span."""
    for row in [row for row in questions if len(row["spans"]) == 1]:
        assert row["spans"][0]["text"] in row["answers"], row["id"]


@each_set
def test_every_document_answers_a_question(texts, questions):
    """No document is there for show."""
    assert set(texts) == set().union(*map(documents_of, questions))


@only_seeds
def test_a_two_column_page_is_read_column_by_column(texts):
    """The end of the left column comes before the beginning of the right one."""
    text = texts["missile-basics.pdf"]

    places = [
        text.index(words) for words in ("Three phases", "Ranges", "Propellants", "Launchers", "A first")
    ]

    assert places == sorted(places)


@only_seeds
def test_two_documents_contradict_each_other(texts):
    """The early note counts 17 missiles, the briefing 23."""
    assert "fired 17 missiles" in texts["early-wire-note.eml"]
    assert "fired 23 missiles" in texts["briefing.docx"]


@pytest.mark.parametrize(
    ("text", "quote", "message"),
    [
        ("one two", "three", "found it 0 times"),
        ("one two one", "one", "found it 2 times"),
        ("someone", "one", "found it 0 times"),
    ],
)
def test_a_quote_must_occur_once(text, quote, message):
    """A quote that is missing, repeated or only part of a word is an error."""
    with pytest.raises(make.SeedError, match=message):
        make.locate({"a.txt": text}, "a.txt", quote)


def test_a_quote_is_found_across_a_line_break():
    """White space may differ, and the span covers the text of the document."""
    found = make.locate({"a.txt": "two one two\nthree"}, "a.txt", "two three", after="one")

    assert found == {"doc_id": "a.txt", "start": 8, "end": 17, "text": "two\nthree"}


@pytest.mark.shared
@only_seeds
def test_the_briefing_is_in_its_own_words(texts):
    """It shares no seven consecutive words with the newspaper text of its facts."""
    source = Path("../shared/seeds/000_ab2b95bfd987abc9.txt").read_text(encoding="utf-8")

    for name, text in texts.items():
        assert word_runs(text, 7).isdisjoint(word_runs(source, 7)), name
