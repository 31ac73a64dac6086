"""The operations of the page, without HTTP."""

import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from qa.chat.answer_jobs import AskRequest
from qa.evaluation import evaluate, load_question_set, unpacked
from qa.rendering import to_json
from qa.stored_answer import StoredAnswer, to_stored
from qa.web import strings
from qa.web.app import open_controller
from qa.web.controller import ChatController
from tests.fakes.folder import write_tree
from tests.fakes.services import small_services

ANN = "ann"
CORPUS = {"apples.txt": "Apples are red.", "pears.txt": "Pears are green."}
LAKES = {
    "lakes.html": "<h1>Lakes of Orin</h1><table><tr><th>Lake<th>Depth in metres<tr><td>Ilva<td>31<tr><td>Toma"
    "<td>52</table><h2>Names</h2><p>Lake Ilva is named after a river.</p>",
    "report.md": "# Water\n\nThe water of Lake Toma is cold.\n\n- Eels live in Lake Ilva.\n- Pikes are rare.",
    "plain.txt": "Lake Toma was mapped in 1887 by Anna Keller. It is\nfrozen in winter.",
}
LAKE_QUESTIONS = [
    "How deep is Lake Ilva?",
    "Who mapped Lake Toma?",
    "Where do eels live?",
    "What is Lake Ilva named after?",
    "Which fish is the king of Denmark?",
]


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

    assert response.conversation_id == ""
    assert 'role="alert"' in response.html


def test_a_citation_says_that_its_file_changed(chat, tmp_path):
    """Of a text, too, which has no pages that could be compared; the words are still shown."""
    request = AskRequest("Which apples are red?", "", None, (), refuse_below=0.2, passages=5)
    conversation = chat.ask(ANN, request).conversation_id
    while not (turn := chat.conversations.turns(ANN, conversation)[0]).answer.notes:
        pass
    key, path = f"{conversation}.{turn.id}.1", tmp_path / "corpus" / "apples.txt"
    notes = [chat.citations.find(ANN, key).note]
    path.write_text("Apples are green.")
    notes.append(chat.citations.find(ANN, key).note)
    path.unlink()
    notes.append(chat.citations.find(ANN, key).note)
    chat.library.refresh()
    list(chat.library.watch())
    citation = chat.citations.find(ANN, key)

    assert notes == ["", strings.FILE_CHANGED, strings.FILE_REMOVED]
    assert citation.note == strings.SOURCE_GONE
    assert citation.document.text == "Apples are red."


def test_an_exported_question_set_gives_the_same_answers(tmp_path, monkeypatch):
    """The evaluation indexes the same chunks, so that it cites the same words and refuses the same."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    services = small_services(tmp_path, chunk_tokens=32, chunk_overlap=0)
    services.indexer.build([write_tree(tmp_path / "corpus", LAKES)])
    chat = open_controller(services)
    conversation = chat.conversations.create(ANN)
    answers = [services.pipeline.run(question) for question in LAKE_QUESTIONS]
    for answer in answers:
        chat.rate(ANN, chat.conversations.add(ANN, conversation, to_stored(answer)).id, "up", "")
    exported = tmp_path / "exported.zip"
    exported.write_bytes(chat.export_rated(ANN).content.read())
    with unpacked(exported) as folder:
        evaluated = evaluate(
            folder,
            embedder=services.embedder,
            chunking=services.chunking,
            make_pipeline=services.pipeline_over,
            sample=None,
            progress=lambda step: None,
        )
    chat.library.close()

    assert {answer.refused for answer in answers} == {True, False}
    assert [_cited(to_json(answer)) for answer in answers] == [
        _cited(result.answer or {}) for result in evaluated.results
    ]


def _cited(answer: Mapping[str, Any]) -> list[object]:
    """Return what an answer says and cites, without the paths and the snapshot."""
    fields = ("cited_text", "document_title", "start_char_index", "support")
    citations = [[each[name] for name in fields] for each in answer["citations"]]
    passages = [[each["start_char_index"], each["text"], each["score"]] for each in answer["passages"]]
    return [answer["answer"], answer["refused"], answer["sentences"], citations, passages]


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
