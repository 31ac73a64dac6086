"""The composition root: settings to working parts. Classes are chosen here and nowhere else."""

from dataclasses import dataclass, replace

from index import Chunking, Embedder, IndexFolder, Limits, LiveIndex, expect
from index.embedders import make_embedder
from index.formats import SUFFIXES
from index.formats.records import MB
from qa.answerers import Answerer
from qa.answerers.extractive import ExtractiveAnswerer
from qa.answering import Asker
from qa.reader import Reader
from qa.readers import default_reader
from qa.retrieval import Retriever
from qa.settings import Settings
from qa.shelf import Bounds, Shelf


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a face needs to serve one index."""

    settings: Settings
    embedder: Embedder
    reader: Reader
    live: LiveIndex
    asker: Asker


def build(settings: Settings) -> Services:
    """
    Load the models and open the index lazily: it is looked for with the first question.

    Raises:
        FootnoteError: If a model can't be loaded.
    """
    embedder = embedder_of(settings)
    reader = default_reader(settings.reader_precision, settings.threads)
    live = LiveIndex(IndexFolder(settings.index_dir), expect(embedder, chunking_of(settings)))
    asker = Asker(
        live=live,
        retriever=Retriever(embedder, settings.dense_weight, settings.candidates),
        reader=reader,
        answerer=_answerer(settings, reader),
        passages=settings.passages,
        longest=settings.max_question,
    )
    return Services(settings, embedder, reader, live, asker)


def embedder_of(settings: Settings) -> Embedder:
    """The configured embedder."""
    return make_embedder(settings.embedder, settings.embedder_precision, settings.threads)


def chunking_of(settings: Settings) -> Chunking:
    """The configured chunking."""
    return Chunking(settings.chunk_tokens, settings.chunk_overlap)


def limits_of(settings: Settings) -> Limits:
    """The configured limits on files."""
    return Limits(
        max_bytes=settings.max_file_mb * MB,
        max_pages=settings.max_pages,
        max_expanded_bytes=settings.max_expanded_mb * MB,
        seconds=settings.parse_seconds,
        memory_bytes=settings.parse_memory_mb * 2**20,
    )


def shelf_of(settings: Settings) -> Shelf:
    """The files picked for the index one at a time."""
    types = frozenset(settings.upload_types) or SUFFIXES
    bounds = Bounds(
        settings.max_uploads,
        settings.max_file_mb * MB,
        types,
        max_total_bytes=settings.max_uploads_mb * MB,
        max_owner_files=settings.max_uploads_each,
        max_owner_bytes=settings.max_uploads_each_mb * MB,
    )
    return Shelf.of(settings.data_dir, settings.index_dir, bounds)


def quoting(services: Services) -> Asker:
    """The same asker, answering in the documents' own sentences whatever else is configured."""
    return replace(services.asker, answerer=_extractive(services.settings))


def adjusted(services: Services, refuse_below: float, passages: int) -> Asker:
    """The same asker with another threshold of refusing, and another number of passages that are read."""
    settings = services.settings.model_copy(update={"refuse_below": refuse_below})
    return replace(services.asker, passages=passages, answerer=_answerer(settings, services.reader))


def _extractive(settings: Settings) -> ExtractiveAnswerer:
    return ExtractiveAnswerer(settings.refuse_below, settings.bold_from)


def _answerer(settings: Settings, reader: Reader) -> Answerer:
    extractive = _extractive(settings)
    if settings.answerer == "extractive":
        return extractive
    from qa.answerers.endpoint import EndpointAnswerer

    return EndpointAnswerer(reader, extractive, settings)
