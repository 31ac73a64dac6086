"""Answerers that speak to a scripted server."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from qa.answering.answerers.extractive import ExtractiveAnswerer
from qa.answering.answerers.llm.answerer import LlmAnswerer
from qa.answering.answerers.llm.writer import Writer, WriterSettings
from qa.answering.language_models.base import LanguageModel
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
WRITING = WriterSettings(seconds=20, first_seconds=20, budget=3000, first_wait=0)
"""No pause between two attempts."""


def answerer_of(
    model: LanguageModel, *, strict: bool = False, check: SupportCheck | None = None, **writing: Any
) -> LlmAnswerer:
    """Return an answerer for a model, with some settings other than :data:`WRITING`."""
    fallback = ExtractiveAnswerer(refuse_below=0.4, bold_from=2, max_sentences=1)
    return LlmAnswerer(
        Writer(model, replace(WRITING, **writing)), check or RuleSupportCheck(), fallback, strict
    )


def drafts_of(
    model: LanguageModel,
    question: str = QUESTION,
    passages: Sequence[Passage] = PASSAGES,
    cancelled: Callable[[], bool] = lambda: False,
    **options: Any,
) -> list[AnswerDraft]:
    """Return what an answerer makes of the passages with a model."""
    readings = WordReader().read(question, passages)
    return list(answerer_of(model, **options).draft(question, readings, cancelled))


def drafts(endpoint: ScriptedLlmServer, *arguments: Any, **options: Any) -> list[AnswerDraft]:
    """Return what an answerer that speaks to *endpoint* makes of the passages."""
    return drafts_of(OpenAiServer(ServerAddress(endpoint.url, "m")), *arguments, **options)
