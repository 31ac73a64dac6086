"""Answerers that speak to a scripted server."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from qa.answering.answerers.extractive import ExtractiveAnswerer
from qa.answering.answerers.llm.answerer import LlmAnswerer
from qa.answering.answerers.llm.writer import Writer, WriterSettings
from qa.answering.language_models.openai_server import OpenAiServer, ServerAddress
from qa.answering.support.base import SupportCheck
from qa.answering.support.rules import RuleSupportCheck
from qa.records import AnswerDraft, Passage
from tests.fakes.answers import document_passage
from tests.fakes.llm_server import ScriptedLlmServer
from tests.fakes.reader import WordReader

QUESTION = "How many missiles did North Korea launch?"
PASSAGES = [
    document_passage("Rain fell. North Korea launched twenty missiles. Then came night.", "War"),
    document_passage("South Korea answered with three missiles.", "Answer"),
]
OWN_WORDS = "North Korea launched twenty missiles."
ASKED = WriterSettings(seconds=20, first_seconds=20, budget=3000, first_wait=0)
"""No pause between two attempts."""


def scripted_answerer(
    endpoint: ScriptedLlmServer,
    *,
    strict: bool = False,
    check: SupportCheck | None = None,
    **writing: Any,
) -> LlmAnswerer:
    """Return an answerer that speaks to *endpoint*, with some settings other than :data:`ASKED`."""
    model = OpenAiServer(ServerAddress(endpoint.url, "m"))
    fallback = ExtractiveAnswerer(refuse_below=0.4, bold_from=2, max_sentences=1)
    return LlmAnswerer(
        Writer(model, replace(ASKED, **writing)), check or RuleSupportCheck(), fallback, strict
    )


def drafts(
    endpoint: ScriptedLlmServer,
    question: str = QUESTION,
    passages: Sequence[Passage] = PASSAGES,
    cancelled: Callable[[], bool] = lambda: False,
    **options: Any,
) -> list[AnswerDraft]:
    """Return what an answerer that speaks to *endpoint* makes of the passages."""
    readings = WordReader().read(question, passages)
    return list(scripted_answerer(endpoint, **options).draft(question, readings, cancelled))
