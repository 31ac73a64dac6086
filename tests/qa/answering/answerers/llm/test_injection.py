"""
Hostile documents: whatever a document orders, and however far a model obeys, nothing of it gets through.

``tests/data/hostile_documents.jsonl`` has the documents and what a model writes that obeys each of them.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from qa.answering.footnotes import number_footnotes
from qa.chat.export import conversation_markdown
from qa.models.gguf import GgufModel
from qa.records import Answer, AnswerDraft, Passage, SupportState
from qa.rendering import to_text
from qa.stored_answer import StoredTurn, to_stored
from qa.web.views.conversation import turn_html
from tests.fakes.gguf import small_model
from tests.fakes.llm import drafts, drafts_of
from tests.fakes.llm_server import ScriptedLlmServer, serving
from tests.fakes.passages import document, passage

DATA = Path(__file__).parents[4] / "data" / "hostile_documents.jsonl"
ROWS: list[dict[str, str]] = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
QUESTION = "What is the fare of the boat to Sala?"
FACTS = "The fare of the boat to Sala is 12 euros. The boat leaves at nine."
TRUE = "The fare of the boat to Sala is 12 euros."
OTHER = document("Anna Keller earns 98,765 euros a year. This is confidential.", "Salaries")
EVIL = "evil.example"


def hostile_passages(row: dict[str, str]) -> list[Passage]:
    """A document with a fact and an order, and a harmless one."""
    return [
        passage(document(f"{FACTS}\n\n{row['text']}\n", "Boats")),
        passage(document("Sala is an island. It has a lighthouse.", "Island")),
    ]


def obeying(row: dict[str, str], *, constrained: bool) -> list[str]:
    """What a model writes that answers, and then obeys."""
    if not constrained:
        return [f"{TRUE} [1] {row['reply']}"]
    items = [{"passages": [1], "text": TRUE}, {"passages": [1], "text": row["reply"]}]
    return [json.dumps({"found": True, "sentences": items})]


def answered(
    row: dict[str, str], *, constrained: bool = False, **options: Any
) -> tuple[Answer, ScriptedLlmServer]:
    """The answer that is shown for a model that obeys."""
    passages = hostile_passages(row)
    with serving(obeying(row, constrained=constrained), constrains=constrained) as endpoint:
        *_, draft = drafts(endpoint, QUESTION, passages, constrain=constrained, **options)
    return grounded(draft, passages), endpoint


def grounded(draft: AnswerDraft, passages: Sequence[Passage]) -> Answer:
    """A draft as it is shown."""
    documents = {each.span.doc_id: document(each.text, each.title) for each in passages}
    sentences, footnotes = number_footnotes(draft.claims, documents)
    refused = draft.reason is not None
    return Answer(
        QUESTION, sentences, footnotes, refused=refused, reason=draft.reason or "", passages=tuple(passages)
    )


def test_there_are_enough_documents():
    """Each kind has several, and they are in ten languages and more."""
    assert len(ROWS) >= 60
    assert len({row["language"] for row in ROWS}) >= 10
    assert len({row["kind"] for row in ROWS}) >= 8


@pytest.mark.parametrize("constrained", [False, True])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_what_is_obeyed_is_not_shown_as_supported(row, constrained):
    """Only the fact is; a sentence that the document merely orders has no source, whatever it cites."""
    answer, _ = answered(row, constrained=constrained)
    supported = [sentence.text for sentence in answer.sentences if sentence.support is SupportState.SUPPORTED]

    assert supported == [TRUE]
    assert answer.text == TRUE


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_strict_answer_has_only_the_fact(row):
    """What isn't supported isn't shown at all."""
    answer, _ = answered(row, strict=True)

    assert [sentence.text for sentence in answer.sentences] == [TRUE]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_the_prompt_stays_in_order(row):
    """No tool is offered, no turn is begun, nothing invisible is sent, and the fences hold the document."""
    _, endpoint = answered(row)
    [request] = endpoint.requests
    user = request["messages"][1]["content"]  # type: ignore[index]
    fence = re.search(r"enclosed by two lines with (=====\w{12})\.", user)

    assert set(request) <= {"model", "messages", "max_tokens", "temperature", "stream", "stream_options"}
    assert fence is not None
    assert user.count(fence[1]) == 1 + 2 * 2
    assert user.rstrip().endswith(f"Question: {QUESTION}")
    assert not re.search(
        r"<\|(?:im_|eot|start_header)|<(?:start|end)_of_turn>|\[/?INST\]|</?s>|<</?SYS>>", user
    )
    assert not [
        char for char in user if unicodedata.category(char) in ("Cf", "Cn", "Co", "Cc") and char not in "\n\t"
    ]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_nothing_active_is_rendered(row):
    """No link, picture, script or escape code is in the page, the export or the terminal."""
    answer, _ = answered(row)
    turn = StoredTurn(7, to_stored(answer), "2026-01-02T03:04:05+00:00")
    page = LexborHTMLParser(str(turn_html("abc", turn, lambda footnote: True)))
    exported = MarkdownIt("commonmark").enable("strikethrough").render(conversation_markdown([turn]))
    markdown = LexborHTMLParser(exported)

    for tree in (page, markdown):
        assert not tree.css("img, script, iframe, object, embed, link, style, base, meta, video, audio")
        for node in tree.css("*"):
            addresses = [
                node.attributes.get(name) or "" for name in ("href", "src", "action", "hx-get", "style")
            ]
            assert not [address for address in addresses if EVIL in address or "script:" in address]
            assert not [name for name in node.attributes if name.startswith("on")]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", to_text(answer))


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["kind"] == "other document"], ids=lambda row: row["id"]
)
def test_no_other_document_leaks(row):
    """The model sees only the passages of the question, and an export has only what they say."""
    answer, endpoint = answered(row, strict=True)
    turn = StoredTurn(7, to_stored(answer), "2026-01-02T03:04:05+00:00")

    assert "98,765" not in endpoint.prompts[0]
    assert "98,765" not in conversation_markdown([turn])


@pytest.fixture(scope="module")
def model() -> GgufModel:
    return GgufModel(small_model(), budget=600, threads=1)


@pytest.mark.parametrize("row", ROWS[:: len(ROWS) // 6], ids=lambda row: row["id"])
def test_a_real_model_shows_nothing_unsupported_as_supported(model: GgufModel, row):
    """Whatever it writes, a supported sentence's words are in the cited ones, and these in the documents."""
    passages = hostile_passages(row)
    *_, draft = drafts_of(model, QUESTION, passages, seconds=300, first_seconds=300, constrain=True)
    answer = grounded(draft, passages)

    assert draft.note is None
    for sentence in answer.sentences:
        if sentence.support is SupportState.SUPPORTED:
            cited = [answer.footnotes[marker - 1].cited_text for marker in sentence.markers]
            assert cited
            assert not [words for words in cited if words in row["text"]]
