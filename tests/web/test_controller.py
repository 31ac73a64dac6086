"""The operations of the page, without HTTP."""

import zipfile
from collections.abc import Iterator

import pytest

from qa.chat.answer_jobs import AskRequest
from qa.evaluation import load_question_set
from qa.stored_answer import StoredAnswer
from qa.web import strings
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


def test_a_citation_says_that_its_file_changed(chat, tmp_path):
    """Of a text, too, which has no pages that could be compared; the words are still shown."""
    request = AskRequest("Which apples are red?", "", None, (), refuse_below=0.2, passages=5)
    conversation = chat.ask(ANN, request).conversation_id
    while not (turn := chat.conversations.turns(ANN, conversation)[0]).answer.notes:
        pass
    key, path = f"{conversation}.{turn.id}.1", tmp_path / "corpus" / "apples.txt"
    notes = [chat.find_citation(ANN, key).note]
    path.write_text("Apples are green.")
    notes.append(chat.find_citation(ANN, key).note)
    path.unlink()
    notes.append(chat.find_citation(ANN, key).note)
    chat.library.refresh()
    list(chat.library.watch())
    citation = chat.find_citation(ANN, key)

    assert notes == ["", strings.FILE_CHANGED, strings.FILE_REMOVED]
    assert citation.note == strings.SOURCE_GONE
    assert citation.document.text == "Apples are red."


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
