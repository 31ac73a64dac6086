"""The operations of the page, without HTTP."""

import zipfile
from collections.abc import Iterator

import pytest

from qa.chat.answer_jobs import AskRequest
from qa.evaluation import load_question_set
from qa.stored_answer import StoredAnswer
from qa.web.app import open_controller
from qa.web.controller import ChatController
from tests.fakes.folder import write_tree
from tests.fakes.services import small_services

ANN = "ann"
CORPUS = {"apples.txt": "Apples are red.", "pears.txt": "Pears are green."}


@pytest.fixture
def chat(tmp_path) -> Iterator[ChatController]:
    services = small_services(tmp_path)
    services.indexer.build([write_tree(tmp_path / "corpus", CORPUS)])
    chat = open_controller(services)
    yield chat
    chat.library.close()


@pytest.mark.parametrize(
    ("question", "conversation"), [("why " * 5_000, ""), ("Which apples are red?", "gone"), (" ", "")]
)
def test_rejected_question_stays_in_the_field(chat, question, conversation):
    """The response has an error, and says that the question wasn't accepted."""
    response = chat.ask(ANN, AskRequest(question, conversation, None, (), refuse_below=0.2, passages=5))

    assert not response.accepted
    assert 'role="alert"' in response.newest


def test_rated_answers_are_exported_with_all_documents(chat, tmp_path):
    """Retrieval would be easier with only the cited documents."""
    refusal = StoredAnswer("Who won at chess?", refused=True)
    turn = chat.conversations.add(ANN, chat.conversations.create(ANN), refusal)
    chat.rate(ANN, turn.id, "up", "")
    with chat.export_rated(ANN).content as file, zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path)
    questions = load_question_set(tmp_path / "footnote-questions")

    assert {source.canonical.text for source in questions.corpus()} == set(CORPUS.values())
    assert [(question.text, question.answerable) for question in questions.questions] == [
        ("Who won at chess?", False)
    ]
