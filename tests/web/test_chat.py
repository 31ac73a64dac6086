"""What the page does, without the page."""

import zipfile
from collections.abc import Iterator

import pytest

from qa.evaluation import load
from qa.indexing import index_paths
from qa.kept import KeptAnswer
from qa.web.asking import Asked
from qa.web.chat import Chat, opened
from tests.fakes.folder import write_tree
from tests.fakes.services import small_services

ANN = "ann"
CORPUS = {"apples.txt": "Apples are red.", "pears.txt": "Pears are green."}


@pytest.fixture
def chat(tmp_path) -> Iterator[Chat]:
    services = small_services(tmp_path)
    index_paths(services, [write_tree(tmp_path / "corpus", CORPUS)])
    chat = opened(services)
    yield chat
    chat.library.close()


@pytest.mark.parametrize(
    ("question", "conversation"), [("why " * 5_000, ""), ("Which apples are red?", "gone"), (" ", "")]
)
def test_a_question_that_cant_be_asked_stays_in_the_box(chat, question, conversation):
    """What was typed can be mended, or asked elsewhere; why it wasn't asked is said."""
    shown = chat.ask(ANN, Asked(question, conversation, None, (), refuse_below=0.2, passages=5))

    assert not shown.taken
    assert "That didn’t work." in shown.newest


def test_judged_answers_come_with_the_whole_library(chat, tmp_path):
    """Also where they cite nothing: among fewer documents, finding would be easier than it was."""
    refusal = KeptAnswer("Who won at chess?", refused=True)
    turn = chat.conversations.add(ANN, chat.conversations.new(ANN), refusal)
    chat.judge(ANN, turn.id, "up", "")
    with chat.judged_answers(ANN).content as file, zipfile.ZipFile(file) as zipped:
        zipped.extractall(tmp_path)
    questions = load(tmp_path / "footnote-questions")

    assert {source.canonical.text for source in questions.corpus()} == set(CORPUS.values())
    assert [(one.text, one.answerable) for one in questions.questions] == [("Who won at chess?", False)]
