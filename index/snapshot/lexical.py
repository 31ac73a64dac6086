"""
The only door to tantivy: BM25 over the chunks' words.

What people type is never parsed as a query: it is cut into words by the same analyzer as the documents.
Scripts that put no space between words are cut into pairs of characters, in both alike.
"""

import itertools
import re
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from index.errors import IndexDamaged
from index.files import make_private_dir

_UNSPACED_SCRIPTS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)
"""Thai, Lao, Burmese, Khmer, Kana and Han."""
MAX_QUERY_TERMS = 256
"""Words of a question that are searched for; more would only cost time."""


def write_lexical(folder: Path, batches: Iterable[list[str]]) -> None:
    """Index the texts, the first one as row 0, into *folder*, which must not exist yet."""
    import tantivy

    make_private_dir(folder)
    index = tantivy.Index(_schema(), path=str(folder))
    index.register_tokenizer("footnote", _analyzer())
    writer = index.writer(heap_size=64_000_000, num_threads=1)
    try:
        for row, text in enumerate(itertools.chain.from_iterable(batches)):
            document = tantivy.Document()
            document.add_unsigned("row", row)
            document.add_text("words", _spaced(text))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
    except ValueError as error:  # tantivy's word for whatever the disk refused
        raise OSError(str(error)) from error
    for lock in folder.glob(".*.lock"):
        lock.unlink()


class LexicalIndex:
    """
    A folder of :func:`write_lexical`, searched.

    Raises:
        IndexDamaged: If tantivy can't read it.
    """

    def __init__(self, folder: Path) -> None:
        import tantivy

        # tantivy takes a lock in the folder it opens. A snapshot is never edited, and may lie where nobody
        # can write, so what it opens is a folder of links, which it needs no longer than that. It may be just
        # letting go of its lock while the folder is removed; what is left then harms nobody.
        try:
            with tempfile.TemporaryDirectory(prefix="footnote-", ignore_cleanup_errors=True) as links:
                for file in folder.iterdir():
                    Path(links, file.name).symlink_to(file.resolve())
                self._index = tantivy.Index.open(links)
                self._searcher = self._index.searcher()
        except (ValueError, OSError) as error:
            raise IndexDamaged("The word index can't be read. Run: footnote index") from error
        self._cutter, self._analyzer = _cutter().build(), _analyzer()

    def search(self, question: str, k: int, rows: Collection[int] | None = None) -> list[tuple[int, float]]:
        """
        The *k* best rows for a question's words, any of which may match.

        Args:
            question: Plain text of any script; no syntax means anything in it.
            k: How many at most.
            rows: If given, only these are kept.

        Returns:
            (row, BM25) pairs, highest first, ties by row.
        """
        words = dict.fromkeys(self._cutter.analyze(_spaced(question))[:MAX_QUERY_TERMS])
        terms = self._analyzer.analyze(" ".join(words))
        if not terms or k == 0:
            return []
        query = _any_of(terms, self._index.schema)
        if rows is not None:
            query = _limited(query, self._index.schema, rows)
        found = self._searcher.search(query, k).hits
        hits = [(int(self._searcher.doc(address)["row"][0]), float(score)) for score, address in found]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))


def _any_of(terms: Iterable[str], schema: Any) -> Any:
    """A query for any of the analyzer's terms, each of which counts as much as BM25 says."""
    import tantivy

    queries = (tantivy.Query.term_query(schema, "words", term, "freq") for term in terms)
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def _limited(query: Any, schema: Any, rows: Collection[int]) -> Any:
    """*query*, with only *rows* admitted and their scores unchanged."""
    import tantivy

    admitted = tantivy.Query.const_score_query(tantivy.Query.term_set_query(schema, "row", list(rows)), 0.0)
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, admitted)])


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", stored=True, indexed=True)
    builder.add_text_field("words", tokenizer_name="footnote", index_option="freq")
    return builder.build()


def _cutter() -> Any:
    """Words in lower case; endless ones out."""
    import tantivy

    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    return words.filter(tantivy.Filter.remove_long(60)).filter(tantivy.Filter.lowercase())


def _analyzer() -> Any:
    """The same with accents off, English endings off, English stop words out."""
    import tantivy

    return (
        _cutter()
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stopword("english"))
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


def _spaced(text: str) -> str:
    """``_spaced("in 東京都") -> "in  東京 京都 "``: overlapping pairs where a script has no spaces."""
    return _UNSPACED_SCRIPTS.sub(lambda run: f" {' '.join(_pairs(run.group()))} ", text)


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(max(1, len(run) - 1))]
