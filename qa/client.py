"""The Python API: one object that indexes documents and answers questions over them."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from qa.records import Answer, Turn
from qa.settings import load_settings

if TYPE_CHECKING:
    from index import BuildResult, Span
    from qa.bootstrap import Services
    from qa.evaluation import Evaluation


class Footnote:
    """
    Index documents and ask questions over them.

    Models are loaded and the index is opened when they are first needed.

    Args:
        index_dir: Folder of the index; None uses the setting ``index_dir``.
        settings: Any setting by name, such as ``passages=20``; `footnote config` lists them.

    Raises:
        InvalidSettings: If a setting is unknown or out of range.

    Example::

        with Footnote("papers.index") as footnote:
            footnote.add(["papers"])
            answer = footnote.ask("Who measured the dose?")
            print(answer.reason if answer.refused else answer.text)
    """

    def __init__(self, index_dir: str | Path | None = None, **settings: Any) -> None:
        path = None if index_dir is None else Path(index_dir)
        self._settings = load_settings({"index_dir": path, **settings})
        self._resources = ExitStack()

    def add(self, paths: Collection[str | Path]) -> "BuildResult":
        """
        Add files and folders to the index, and update those that are already in it.

        Returns:
            What was indexed, and which files were skipped and why.

        Raises:
            NothingToIndex: If a path doesn't exist or no file could be read; the index is unchanged.
        """
        return self._services.indexer.build([Path(path) for path in paths], add=True)

    def ask(
        self, question: str, history: Sequence[Turn] = (), documents: Collection[str] | None = None
    ) -> Answer:
        """
        Return the answer to a question, or a refusal.

        Args:
            question: In any language; answers are best in English.
            history: Earlier turns of the conversation, oldest first, for follow-up questions.
            documents: Paths, file names, titles or ids of the documents to search; None searches all.

        Raises:
            InvalidQuestion: If the question is empty or too long.
            UnknownDocument: If the index has no document of that name.
            FootnoteError: If the index is missing or can't be read.
        """
        return self._services.pipeline.run(question, self._doc_ids(documents), history=history)

    def stream(
        self, question: str, history: Sequence[Turn] = (), documents: Collection[str] | None = None
    ) -> Iterator[Answer]:
        """
        Yield the answer as it grows; the last one is the answer that :meth:`ask` would return.

        Arguments and errors are those of :meth:`ask`.
        """
        yield from self._services.pipeline.stream(question, self._doc_ids(documents), history=history)

    def show(self, span: "Span") -> str:
        """
        Return the words of a span in its document.

        Raises:
            UnknownDocument: If the index doesn't have the document.
            ValueError: If the span ends past the document's end.
        """
        with self._services.live.acquire() as snapshot:
            return snapshot.document(span.doc_id).quote(span)

    def evaluate(self, question_set: str | Path, sample: int | None = None) -> "Evaluation":
        """
        Ask the questions of a set over its own documents, and measure the answers.

        The index of this object is not used.

        Args:
            question_set: A folder in one of the forms that `footnote eval` takes.
            sample: How many questions to ask; None asks all.
        """
        from qa import evaluation

        services = self._services
        return evaluation.evaluate(
            Path(question_set),
            embedder=services.embedder,
            chunking=services.chunking,
            make_pipeline=services.pipeline_over,
            sample=sample,
            progress=lambda step: None,
        )

    def close(self) -> None:
        """Close the index; the object can't be used afterwards."""
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _doc_ids(self, names: Collection[str] | None) -> list[str] | None:
        if names is None:
            return None
        with self._services.live.acquire() as snapshot:
            return [snapshot.find(name).doc_id for name in names]

    @cached_property
    def _services(self) -> "Services":
        from qa.bootstrap import build_services

        services = build_services(self._settings)
        self._resources.callback(services.live.close)
        return services
