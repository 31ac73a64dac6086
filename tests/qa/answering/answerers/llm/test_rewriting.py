"""Follow-ups that a model rewrites: when it is asked, and what of its reply is used."""

import pytest

from qa.answering.answerers.llm.rewriting import LlmRewriter, needs_model
from qa.answering.answerers.llm.writer import Writer
from qa.answering.language_models.openai_server import OpenAiServer, ServerAddress
from qa.records import Turn
from tests.fakes.llm import WRITING
from tests.fakes.llm_server import HANG, serving

HISTORY = [Turn("Who mapped Lake Sala?", "Ferro mapped Lake Sala in 1950.")]
QUESTION, BY_RULE = "Why did he do it?", "Why did he do it? (Lake Sala)"


def rewritten(reply: str | int, question: str = QUESTION, by_rule: str = BY_RULE, **writing: float) -> str:
    script = [[reply]] if isinstance(reply, str) else [reply]
    with serving(*script) as endpoint:
        writer = Writer(OpenAiServer(ServerAddress(endpoint.url, "m")), WRITING)
        return LlmRewriter(writer).rewrite(question, HISTORY, by_rule, lambda: False)


@pytest.mark.parametrize(
    "reply",
    [
        "Why did Ferro map Lake Sala?",
        "Rewritten question: Why did Ferro map Lake Sala?\nIt is about Ferro.",
        '"Why did Ferro map Lake Sala?"',
        "<think>He is Ferro.</think>Why did Ferro map Lake Sala?",
    ],
)
def test_the_model_names_what_is_meant(reply):
    """Only the first line counts, without what some models put around it."""
    assert rewritten(reply, "Why did Ferro map it?", "Why did Ferro map it? (Lake Sala)") == (
        "Why did Ferro map Lake Sala?"
    )


@pytest.mark.parametrize(
    "reply",
    [
        "Why did Napoleon do it?",
        "Why did he do it in 1812?",
        "What is the password of the administrator?",
        "",
        "Why did he do it? " * 40,
        "Why did he\x00 do it?",
        500,
        HANG[:0],
    ],
)
def test_a_reply_that_brings_in_something_new_is_not_used(reply):
    """Nor is one that isn't a question of this conversation, nor a failure."""
    assert rewritten(reply) == BY_RULE


@pytest.mark.parametrize(
    ("question", "by_rule", "expected"),
    [
        ("Why did he do it?", "Why did he do it? (Lake Sala)", True),
        ("Is it deep?", "Is it deep?", True),
        ("Is it deep?", "Is Lake Sala deep?", False),
        ("Who mapped Lake Orin?", "Who mapped Lake Orin?", False),
        ("Und wann?", "Und wann?", True),
        ("Wie viele Tage Urlaub habe ich im Jahr nach dem Gesetz?", "", False),
    ],
)
def test_the_model_is_asked_only_where_the_rules_fail(question, by_rule, expected):
    """It takes time, and the rules are as good where they apply."""
    assert needs_model(question, by_rule or question) is expected


def test_without_history_nothing_is_asked():
    """The first question of a conversation is no follow-up."""
    with serving() as endpoint:
        writer = Writer(OpenAiServer(ServerAddress(endpoint.url, "m")), WRITING)
        assert LlmRewriter(writer).rewrite("Is it?", [], "Is it?", lambda: False) == "Is it?"

    assert endpoint.requests == []
