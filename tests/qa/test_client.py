"""The Python API, with the real models over two short files, and the examples that use it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import qa
from index.errors import UnknownDocument
from qa import Footnote, Span, Turn

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two files that answer different questions."""
    folder = tmp_path_factory.mktemp("papers")
    (folder / "lake.md").write_text("# Lake Orin\n\nLake Orin was mapped by Ada Keller in 1912.\n")
    (folder / "tower.md").write_text("# The tower\n\nThe tower of Sala is 61 metres high.\n")
    return folder


@pytest.fixture(scope="module")
def footnote(folder, tmp_path_factory):
    """An index of both, opened."""
    with Footnote(tmp_path_factory.mktemp("index"), data_dir=tmp_path_factory.mktemp("data")) as opened:
        assert opened.add([folder]).documents == 2
        yield opened


def test_the_public_names_are_those_listed():
    """Each name in ``__all__`` can be imported, and ``dir`` shows no other."""
    assert sorted(qa.__all__) == dir(qa)
    assert all(getattr(qa, name) for name in qa.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Answers'"):
        _ = qa.Answers


def test_an_answer_cites_its_words(footnote):
    """The footnote's span shows the words that it cites."""
    answer = footnote.ask("Who mapped Lake Orin?")

    assert "Ada Keller" in answer.text
    assert footnote.show(answer.footnotes[0].span) == answer.footnotes[0].cited_text


def test_the_last_answer_of_a_stream_is_the_answer(footnote):
    """Streaming ends with what asking returns."""
    *_, streamed = footnote.stream("How high is the tower?")

    assert streamed.text == footnote.ask("How high is the tower?").text


def test_a_follow_up_takes_the_history(footnote):
    """The earlier turn says what is meant."""
    turn = Turn("Who mapped Lake Orin?", "Ada Keller")
    answer = footnote.ask("When did she map it?", history=[turn])

    assert "1912" in " ".join(sentence.text for sentence in answer.sentences)


def test_a_question_can_be_limited_to_documents(footnote):
    """Documents go by file name; an unknown name is an error."""
    answer = footnote.ask("Who mapped Lake Orin?", documents=["tower.md"])

    assert "Keller" not in answer.text
    with pytest.raises(UnknownDocument, match=r"nothing\.md"):
        footnote.ask("Who?", documents=["nothing.md"])


def test_a_span_of_an_unknown_document_is_an_error(footnote):
    """The document is not in the index."""
    with pytest.raises(UnknownDocument):
        footnote.show(Span("0" * 64, 0, 1))


@pytest.mark.parametrize(
    ("script", "arguments", "expected"),
    [
        ("ask_a_folder.py", ["Who mapped Lake Orin?"], "Ada Keller"),
        ("follow_up_questions.py", ["Who mapped Lake Orin?", "When did she map it?"], "1912"),
    ],
)
def test_an_example_prints_an_answer(script, arguments, expected, folder, tmp_path):
    """The examples run as they are, in a home directory of their own."""
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    command = [sys.executable, str(EXAMPLES / script), str(folder), *arguments]
    printed = subprocess.check_output(command, text=True, env=os.environ | home, cwd=EXAMPLES.parent)

    assert expected in printed


@pytest.mark.parametrize("script", sorted(path.name for path in EXAMPLES.glob("*.py")))
def test_an_example_without_arguments_prints_its_usage(script):
    """One line, without a traceback."""
    command = [sys.executable, str(EXAMPLES / script)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=EXAMPLES.parent, check=False)

    assert result.returncode == 1
    assert result.stderr.startswith(f"Usage: python examples/{script} ")
    assert result.stderr.count("\n") == 1
