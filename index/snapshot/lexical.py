"""
The only entry to tantivy: BM25 over the chunks' words.

What people type is never parsed as a query: it is cut into words by the same analyzer as the documents.
Scripts that put no space between words are cut into pairs of characters, in both alike.

Each chunk is analysed in its own language and a question in every language that the index has, all in one
field, so that the BM25 of chunks in different languages can be compared. The terms of an English chunk don't
depend on what else the index holds.
"""

import itertools
import re
import tempfile
from collections.abc import Collection, Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from index.errors import IndexDamaged
from index.files import make_private_dir
from index.text.languages import ENGLISH, detect_language, languages

_UNSPACED_SCRIPTS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)
"""Thai, Lao, Burmese, Khmer, Kana and Han."""
MAX_QUERY_TERMS = 256
"""Words of a question that are searched for; more would only cost time."""
MAX_VOCABULARY = 300_000
"""Different words that spellings are compared with, the most frequent ones."""


def write_lexical(folder: Path, batches: Iterable[list[str]]) -> None:
    """Index the texts, the first one as row 0, into *folder*, which must not exist yet."""
    import tantivy

    make_private_dir(folder)
    index = tantivy.Index(_schema(), path=str(folder))
    writer = index.writer(heap_size=64_000_000, num_threads=1)
    analyzers = {code: _analyzer(code) for code in languages()}
    try:
        for row, text in enumerate(itertools.chain.from_iterable(batches)):
            language = detect_language(text)
            document = tantivy.Document()
            document.add_unsigned("row", row)
            # Analysed here and only split at spaces by tantivy: a field has one analyzer for all languages.
            document.add_text("words", " ".join(analyzers[language].analyze(_spaced(text))))
            document.add_text("spellings", text)
            document.add_text("language", language)
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
        self._cutter = _cutter().build()
        self._analyzers = {code: _analyzer(code) for code in (ENGLISH, *self.languages)}

    @cached_property
    def languages(self) -> Mapping[str, int]:
        """How many chunks are in each language, for those that the index has, by their codes."""
        counts = {code: self._frequency("language", code) for code in languages()}
        return {code: count for code, count in counts.items() if count}

    @cached_property
    def vocabulary(self) -> Mapping[str, int]:
        """In how many chunks each word stands, in lower case, for the most frequent words."""
        try:
            counted = self._searcher.terms_with_prefix("spellings", "", limit=MAX_VOCABULARY)
        except ValueError:  # an index of an earlier Footnote hasn't this field
            return {}
        return dict(counted)

    def occurs(self, word: str) -> bool:
        """Return whether a search for *word* finds anything, in whatever form it stands there."""
        terms = self._terms(word, ENGLISH)
        return not terms or any(self._frequency("words", term) for term in terms)

    def search(
        self,
        question: str,
        k: int,
        rows: Collection[int] | None = None,
        *,
        language: str = ENGLISH,
        context: str = "",
        context_weight: float = 0.0,
    ) -> list[tuple[int, float]]:
        """
        The *k* best rows for a question's words, any of which may match.

        Args:
            question: Plain text of any script; no syntax means anything in it.
            k: How many at most.
            rows: If given, only these are kept.
            language: That of the question; its function words aren't searched for.
            context: Further text whose words count as well, if the question doesn't have them.
            context_weight: How much each of those counts, beside 1 for a word of the question.

        Returns:
            (row, BM25) pairs, highest first, ties by row.
        """
        terms = self._terms(question, language)
        if not terms or k == 0:
            return []
        query = _any_of(terms, self._index.schema)
        further = [term for term in self._terms(context, language) if term not in set(terms)]
        if further and context_weight:
            query = _with_context(query, _any_of(further, self._index.schema), context_weight)
        if rows is not None:
            query = _limited(query, self._index.schema, rows)
        found = self._searcher.search(query, k).hits
        hits = [(int(self._searcher.doc(address)["row"][0]), float(score)) for score, address in found]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def _terms(self, text: str, language: str) -> list[str]:
        """Return the terms that *text* is searched for by: English ones, then those of other languages."""
        words = dict.fromkeys(self._cutter.analyze(_spaced(text))[:MAX_QUERY_TERMS])
        content = " ".join(word for word in words if word not in languages()[language].words)
        terms: list[str] = self._analyzers[ENGLISH].analyze(
            " ".join(words) if language == ENGLISH else content
        )
        for code in self._analyzers.keys() - {ENGLISH}:
            known = set(terms)
            terms += [term for term in self._analyzers[code].analyze(content) if term not in known]
        return terms

    def _frequency(self, field: str, term: str) -> int:
        try:
            return int(self._searcher.doc_freq(field, term))
        except ValueError:  # an index of an earlier Footnote hasn't this field
            return 0


@cache
def content_words(text: str, language: str) -> tuple[str, ...]:
    """
    Return the words of a text that say something, without their endings, in order.

    >>> content_words("Wie viele Urlaubstage gibt es?", "de")
    ('urlaubstag',)

    Args:
        text: Plain text.
        language: The code of one of the languages.
    """
    functional = languages()[language].words
    words = (word for word in _cutter().build().analyze(_spaced(text)) if word not in functional)
    return tuple(_analyzer(language).analyze(" ".join(words)))


def _any_of(terms: Iterable[str], schema: Any) -> Any:
    """A query for any of the analyzer's terms, each of which counts as much as BM25 says."""
    import tantivy

    queries = (tantivy.Query.term_query(schema, "words", term, "freq") for term in terms)
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def _with_context(query: Any, context: Any, weight: float) -> Any:
    """*query*, with the score of *context* added at *weight*; nothing is found by *context* alone."""
    import tantivy

    boosted = tantivy.Query.boost_query(context, weight)
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Should, boosted)])


def _limited(query: Any, schema: Any, rows: Collection[int]) -> Any:
    """*query*, with only *rows* admitted and their scores unchanged."""
    import tantivy

    admitted = tantivy.Query.const_score_query(tantivy.Query.term_set_query(schema, "row", list(rows)), 0.0)
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, admitted)])


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", stored=True, indexed=True)
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("spellings", tokenizer_name="default", index_option="basic")
    builder.add_text_field("language", tokenizer_name="raw", index_option="basic")
    return builder.build()


def _cutter() -> Any:
    """Words in lower case; endless ones out."""
    import tantivy

    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    return words.filter(tantivy.Filter.remove_long(60)).filter(tantivy.Filter.lowercase())


def _analyzer(language: str) -> Any:
    """The same with accents, endings and stop words off."""
    import tantivy

    stemmer = languages()[language].stemmer
    stop, stem = tantivy.Filter.stopword(stemmer), tantivy.Filter.stemmer(stemmer)
    fold = tantivy.Filter.ascii_fold()
    # Other languages' stop words and endings have accents, so these go last.
    filters = (fold, stop, stem) if language == ENGLISH else (stop, stem, fold)
    builder = _cutter()
    for one in filters:
        builder = builder.filter(one)
    return builder.build()


def _spaced(text: str) -> str:
    """``_spaced("in 東京都") -> "in  東京 京都 "``: overlapping pairs where a script has no spaces."""
    return _UNSPACED_SCRIPTS.sub(lambda run: f" {' '.join(_pairs(run.group()))} ", text)


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(max(1, len(run) - 1))]
