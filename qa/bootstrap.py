"""The composition root: builds the services from the settings. Classes are chosen only here."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from index import (
    MB,
    SUPPORTED_SUFFIXES,
    Chunking,
    Embedder,
    IndexDir,
    Limits,
    LiveIndex,
    MultilingualEmbedder,
    make_embedder,
    recipe_check,
)
from qa.answering.answerers.answer_confidence import default_confidence
from qa.answering.answerers.clarification import ClarificationForm
from qa.answering.answerers.comparisons import ComparisonForm
from qa.answering.answerers.definitions import DefinitionForm
from qa.answering.answerers.documents import DocumentsForm
from qa.answering.answerers.extractive import ExtractiveAnswerer
from qa.answering.answerers.faq import FaqForm
from qa.answering.answerers.form import AnswerForm
from qa.answering.answerers.list_blocks import ListForm
from qa.answering.answerers.llm.answerer import LlmAnswerer
from qa.answering.answerers.llm.forms import LlmComparisonForm, LlmForm, LlmOverviewForm
from qa.answering.answerers.llm.rewriting import LlmRewriter
from qa.answering.answerers.llm.writer import Writer, WriterSettings
from qa.answering.answerers.other_languages import OtherLanguagesForm
from qa.answering.answerers.overview import OverviewForm
from qa.answering.answerers.parallel import ParallelForm
from qa.answering.answerers.sentence_choice import default_choice
from qa.answering.answerers.sentence_similarity import SentenceSimilarity, VectorSimilarity
from qa.answering.answerers.small_talk import SmallTalkForm
from qa.answering.answerers.table_similarity import NameSimilarity
from qa.answering.answerers.tables import TablesForm
from qa.answering.answerers.unknown_names import UnknownNameForm
from qa.answering.answerers.word_match import default_word_choice
from qa.answering.dictionaries import is_known
from qa.answering.language_models.base import LanguageModel
from qa.answering.pipeline import QAPipeline
from qa.answering.question_analysis import QuestionKind
from qa.answering.readers import default_reader
from qa.answering.readers.base import Reader
from qa.answering.readers.hugging_face import HuggingFaceReader
from qa.answering.retrieval import Retriever
from qa.answering.spelling import SpellingCorrector
from qa.answering.support.base import SupportCheck
from qa.answering.support.rules import RuleSupportCheck
from qa.chat.answer_jobs import AnswerJobs
from qa.chat.store import ConversationStore
from qa.errors import LlmUnavailable
from qa.library.indexer import Indexer
from qa.library.library import Library
from qa.library.suggestions import load_suggestions
from qa.library.titles import DocumentTitles
from qa.library.uploads import UploadLimits, UploadStore
from qa.settings import BUILT_IN_READER, Settings

if TYPE_CHECKING:
    from qa.models.switch import ModelSwitch
    from qa.models.trial import Trial

BY_WORDS_SHARE = 0.73
"""Share of ``refuse_below`` from which a sentence found by its words alone is shown as an answer."""


@dataclass(frozen=True, slots=True)
class Services:
    """The services that the settings describe, for one index."""

    settings: Settings
    embedder: Embedder
    reader: Reader
    live: LiveIndex
    pipeline: QAPipeline
    chunking: Chunking
    limits: Limits
    uploads: UploadStore
    titles: DocumentTitles
    indexer: Indexer
    language_model: LanguageModel | None = None

    def pipeline_over(self, index_dir: Path) -> QAPipeline:
        """Return the same pipeline over another index."""
        check = recipe_check(self.embedder, self.chunking)
        return replace(self.pipeline, live=LiveIndex(IndexDir(index_dir), check))


def build_services(settings: Settings) -> Services:
    """
    Load the models and open the index lazily: it is looked for with the first question.

    Raises:
        FootnoteError: If a model can't be loaded.
    """
    embedder = make_embedder_from(settings)
    return assemble(settings, embedder, make_reader(settings))


def assemble(settings: Settings, embedder: Embedder, reader: Reader) -> Services:
    """Build the services around an embedder and a reader."""
    chunking, limits, uploads = make_chunking(settings), make_limits(settings), make_upload_store(settings)
    titles = DocumentTitles(uploads.folder)
    live = LiveIndex(IndexDir(settings.index_dir), recipe_check(embedder, chunking), titles.titles)
    extractive = QAPipeline(
        live=live,
        retriever=Retriever(embedder, settings.dense_weight, settings.candidates),
        reader=reader,
        answerer=_extractive(settings),
        passages=settings.passages,
        max_question=settings.max_question,
        forms=_forms(settings, embedder),
        general_forms=_general_forms(settings, embedder),
        spelling=SpellingCorrector(is_known),
    )
    model = make_language_model(settings)
    pipeline = extractive if model is None else _written(extractive, settings, embedder, model)
    indexer = Indexer(
        index_dir=settings.index_dir,
        data_dir=settings.data_dir,
        embedder=embedder,
        chunking=chunking,
        limits=limits,
        uploads=uploads,
        keep_snapshots=settings.keep_snapshots,
        suggester=extractive,
    )
    return Services(
        settings, embedder, reader, live, pipeline, chunking, limits, uploads, titles, indexer, model
    )


def make_writer(settings: Settings) -> tuple[Writer | None, SupportCheck]:
    """Return what asks the configured language model, None if there is none, and what checks its answers."""
    model = make_language_model(settings)
    check = make_support_check(make_embedder_from(settings))
    return (None if model is None else _writer(settings, model)), check


def _writer(settings: Settings, model: LanguageModel) -> Writer:
    constrain = {"auto": None, "json": True, "text": False}[settings.llm_output]
    return Writer(
        model,
        WriterSettings(settings.llm_seconds, settings.llm_first_seconds, settings.llm_budget, constrain),
    )


def _print_line(line: str) -> None:
    print(line, file=sys.stderr)


def make_language_model(
    settings: Settings, progress: Callable[[str], None] = _print_line
) -> LanguageModel | None:
    """
    Return the configured language model; None if answers are extractive.

    Args:
        settings: Those of the language model.
        progress: Called with a line for people before a file is loaded.

    Raises:
        InvalidSettings: If the address of the server or of the proxy is not valid.
    """
    if not settings.uses_language_model:
        return None
    if settings.llm_gguf:
        from qa.models.gguf import GgufModel

        return GgufModel(settings.llm_gguf, settings.llm_budget, settings.threads, progress)
    from qa.answering.language_models.openai_server import OpenAiServer, ServerAddress

    # A key that was read from a file may end in a newline.
    key = os.environ.get(settings.llm_key_variable, "").strip() or "none"
    return OpenAiServer(ServerAddress(settings.llm_base_url, settings.llm_model, key, settings.llm_proxy))


def make_support_check(embedder: Embedder) -> SupportCheck:
    """Return the check of a language model's sentences."""
    return RuleSupportCheck(embedder)


def _written(
    extractive: QAPipeline, settings: Settings, embedder: Embedder, model: LanguageModel
) -> QAPipeline:
    """Return the pipeline in which a language model writes what no form answers from tables or lists."""
    answerer = LlmAnswerer(
        _writer(settings, model),
        make_support_check(embedder),
        _extractive(settings),
        strict=settings.llm_support == "strict",
    )
    comparison, *others = _structured_forms(settings, embedder)
    overview = LlmOverviewForm(answerer, extractive.forms[QuestionKind.OVERVIEW])
    return replace(
        extractive,
        forms={**extractive.forms, QuestionKind.OVERVIEW: overview},
        general_forms=(LlmComparisonForm(answerer, comparison), *others, LlmForm(answerer)),
        rewriter=LlmRewriter(answerer.writer),
    )


def _general_forms(settings: Settings, embedder: Embedder) -> tuple[AnswerForm, ...]:
    """Return the answer forms that are tried for every question if no language model writes."""
    comparison, *others = _structured_forms(settings, embedder)
    unknown = UnknownNameForm(_extractive(settings))
    return FaqForm(), comparison, unknown, *others, ParallelForm(), _other_languages(settings)


def _structured_forms(settings: Settings, embedder: Embedder) -> tuple[AnswerForm, ...]:
    """Return the answer forms for what tables, lists and glossaries answer, and for comparisons."""
    definitions, tables = DefinitionForm(), TablesForm(NameSimilarity(embedder))
    comparison = ComparisonForm(
        (definitions, tables), _extractive(settings), OverviewForm(embedder), _other_languages(settings)
    )
    return comparison, definitions, tables, ListForm()


def _forms(settings: Settings, embedder: Embedder) -> dict[QuestionKind, AnswerForm]:
    """Return the answer form for each kind of question that has one."""
    return {
        QuestionKind.OVERVIEW: OverviewForm(embedder),
        QuestionKind.WHICH_DOCUMENT: DocumentsForm(embedder),
        QuestionKind.SMALL_TALK: SmallTalkForm(
            lambda snapshot: load_suggestions(settings.index_dir, snapshot.name)
        ),
        QuestionKind.VAGUE: ClarificationForm(),
    }


def _other_languages(settings: Settings) -> OtherLanguagesForm:
    """Return the form for questions that the reader can't judge."""
    threshold = BY_WORDS_SHARE * settings.refuse_below
    similarity = _sentence_similarity(settings.reader_precision, settings.threads)
    return OtherLanguagesForm(default_word_choice(), similarity, _extractive(settings), threshold)


@cache
def _sentence_similarity(precision: str, threads: int) -> SentenceSimilarity:
    """Return the comparison of sentences in any language; all forms share one, since its model is large."""
    return VectorSimilarity(MultilingualEmbedder(precision, threads))


def make_library(services: Services, retry_seconds: float = 2) -> Library:
    """Return the library of the index, for the web chat."""
    return Library(services.live, services.uploads, services.indexer, services.titles, retry_seconds)


def make_answer_jobs(services: Services, conversations: ConversationStore, library: Library) -> AnswerJobs:
    """Return the jobs that answer the web chat's questions."""
    return AnswerJobs(
        services.pipeline,
        partial(with_overrides, services),
        conversations,
        library.resolve_selection,
        shared=services.settings.auth is not None,
    )


def make_embedder_from(settings: Settings) -> Embedder:
    """Return the configured embedder."""
    return make_embedder(settings.embedder, settings.embedder_precision, settings.threads)


def make_reader(settings: Settings) -> Reader:
    """Return the configured reader."""
    if settings.reader == BUILT_IN_READER:
        return default_reader(settings.reader_precision, settings.threads)
    return make_hugging_face_reader(settings)


def make_hugging_face_reader(settings: Settings) -> HuggingFaceReader:
    """
    Return the reader of a folder, whose calibration can be fitted.

    Raises:
        FootnoteError: If the setting ``reader`` names no folder with a model.
    """
    import platformdirs

    return HuggingFaceReader(
        settings.reader,
        cache_dir=platformdirs.user_cache_path("footnote", appauthor=False) / "readers",
        calibration_dir=settings.data_dir / "readers",
        precision=settings.reader_precision,
        threads=settings.threads,
    )


def make_chunking(settings: Settings) -> Chunking:
    """Return the configured chunking."""
    return Chunking(settings.chunk_tokens, settings.chunk_overlap)


def make_limits(settings: Settings) -> Limits:
    """Return the configured limits on files."""
    return Limits(
        max_bytes=settings.max_file_mb * MB,
        max_pages=settings.max_pages,
        max_expanded_bytes=settings.max_expanded_mb * MB,
        seconds=settings.parse_seconds,
        memory_bytes=settings.parse_memory_mb * 10**6,
        max_characters=settings.max_characters,
    )


def make_upload_store(settings: Settings) -> UploadStore:
    """Return the store of uploaded and excluded files."""
    types = frozenset(settings.upload_types) or SUPPORTED_SUFFIXES
    upload_limits = UploadLimits(
        settings.max_uploads,
        settings.max_file_mb * MB,
        types,
        max_total_bytes=settings.max_uploads_mb * MB,
        max_owner_files=settings.max_uploads_each,
        max_owner_bytes=settings.max_uploads_each_mb * MB,
    )
    return UploadStore.for_index(settings.data_dir, settings.index_dir, upload_limits)


def with_language_model(services: Services, settings: Settings) -> Services:
    """Return the same services with the language model of other settings."""
    model = make_language_model(settings)
    extractive = _with_extractive_forms(services, settings, settings.passages)
    pipeline = extractive if model is None else _written(extractive, settings, services.embedder, model)
    return replace(services, settings=settings, pipeline=pipeline, language_model=model)


def make_model_switch(services: Services, apply: Callable[[Services], None]) -> "ModelSwitch":
    """
    Return what changes the language model while the chat is running.

    Args:
        services: The services of the chat.
        apply: Uses other services from now on.
    """
    from qa.models.discovery import gguf_files, served_models
    from qa.models.switch import ModelSwitch
    from qa.models.trial import try_model

    def test(settings: Settings) -> "Trial":
        model = make_language_model(settings)
        if model is None:
            raise LlmUnavailable(
                "No model is chosen. Type the address of a server and the name of its model."
            )
        return try_model(_writer(settings, model), make_support_check(services.embedder))

    return ModelSwitch(
        services.settings,
        lambda settings: apply(with_language_model(services, settings)),
        test,
        lambda: [*served_models(), *gguf_files()],
    )


def with_overrides(services: Services, refuse_below: float, passages: int) -> QAPipeline:
    """Return the same pipeline with another refusal threshold and number of passages."""
    settings = services.settings.model_copy(update={"refuse_below": refuse_below})
    extractive = _with_extractive_forms(services, settings, passages)
    model = services.language_model
    return extractive if model is None else _written(extractive, settings, services.embedder, model)


def _with_extractive_forms(services: Services, settings: Settings, passages: int) -> QAPipeline:
    """Return the pipeline without a language model, for other settings."""
    return replace(
        services.pipeline,
        passages=passages,
        answerer=_extractive(settings),
        forms=_forms(settings, services.embedder),
        general_forms=_general_forms(settings, services.embedder),
        rewriter=None,
    )


def _extractive(settings: Settings) -> ExtractiveAnswerer:
    return ExtractiveAnswerer(
        settings.refuse_below, settings.bold_from, choice=default_choice(), confidence=default_confidence()
    )
