"""
The tantivy index of a snapshot: BM25 over the words of the chunks.

A question is never parsed as a query. It is split into words by the analyzer of the documents, so that no
character of it has a special meaning. Text in scripts without spaces between words is split into overlapping
pairs of characters.

Each chunk is analysed in its own language and a question in every language of the index. All terms are in one
field, so that the scores of chunks in different languages are comparable. The terms of an English chunk don't
depend on the other documents of the index.
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
"""Maximum number of words of a question that are searched for, as a bound on its time."""
MAX_VOCABULARY = 300_000
"""Maximum number of words, the most frequent ones, that a spelling is compared with."""


def write_lexical(folder: Path, batches: Iterable[list[str]]) -> None:
    """Index texts into a new *folder*; the first text is row 0."""
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
            # Terms are computed here and only split at spaces by tantivy, because a field has one analyzer.
            document.add_text("words", " ".join(analyzers[language].analyze(_pair_unspaced(text))))
            document.add_text("spellings", text)
            document.add_text("language", language)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
    except ValueError as error:  # how tantivy reports every disk error
        raise OSError(str(error)) from error
    for lock in folder.glob(".*.lock"):
        lock.unlink()


class LexicalIndex:
    """
    A lexical index, open for search.

    Args:
        folder: A folder of :func:`write_lexical`.

    Raises:
        IndexDamaged: If tantivy can't read it.
    """

    def __init__(self, folder: Path) -> None:
        import tantivy

        # tantivy creates a lock file in the folder that it opens. A snapshot is never edited and may be on a
        # read-only disk, so tantivy opens a temporary folder of links, which it needs only while opening.
        # Deleting that folder may fail while tantivy releases its lock; what remains does no harm.
        try:
            with tempfile.TemporaryDirectory(prefix="footnote-", ignore_cleanup_errors=True) as links:
                for file in folder.iterdir():
                    Path(links, file.name).symlink_to(file.resolve())
                self._index = tantivy.Index.open(links)
                self._searcher = self._index.searcher()
        except (ValueError, OSError) as error:
            raise IndexDamaged("The word index can't be read. Run: footnote index") from error
        self._splitter = _word_splitter().build()
        self._analyzers = {code: _analyzer(code) for code in (ENGLISH, *self.languages)}

    @cached_property
    def languages(self) -> Mapping[str, int]:
        """The number of chunks in each language of the index, by its code."""
        counts = {code: self._document_frequency("language", code) for code in languages()}
        return {code: count for code, count in counts.items() if count}

    @cached_property
    def vocabulary(self) -> Mapping[str, int]:
        """The most frequent words, in lower case, with the number of chunks that contain each."""
        try:
            frequencies = self._searcher.terms_with_prefix("spellings", "", limit=MAX_VOCABULARY)
        except ValueError:  # an index of an earlier version doesn't have this field
            return {}
        return dict(frequencies)

    def occurs(self, word: str) -> bool:
        """Return whether *word*, or another form of it, occurs in any chunk; True for stop words."""
        terms = self._terms(word, ENGLISH)
        return not terms or any(self._document_frequency("words", term) for term in terms)

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
        Return the *k* best rows for the words of a question, any of which may match.

        Args:
            question: Plain text in any script; it has no query syntax.
            k: Maximum number of results.
            rows: Limit the search to these rows; None searches all.
            language: Language of the question, whose function words aren't searched for.
            context: Further text whose words raise the score of rows that match the question.
            context_weight: Weight of each word of *context*; a word of the question has weight 1.

        Returns:
            (row, BM25) pairs, highest first, ties by row.
        """
        terms = self._terms(question, language)
        if not terms or k == 0:
            return []
        query = _match_any(terms, self._index.schema)
        context_terms = [term for term in self._terms(context, language) if term not in set(terms)]
        if context_terms and context_weight:
            query = _boost(query, _match_any(context_terms, self._index.schema), context_weight)
        if rows is not None:
            query = _limit_rows(query, self._index.schema, rows)
        results = self._searcher.search(query, k).hits
        hits = [(int(self._searcher.doc(address)["row"][0]), float(score)) for score, address in results]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def _terms(self, text: str, language: str) -> list[str]:
        """Return the search terms of *text*: English ones, then those of the index's other languages."""
        words = dict.fromkeys(self._splitter.analyze(_pair_unspaced(text))[:MAX_QUERY_TERMS])
        content = " ".join(word for word in words if word not in languages()[language].words)
        # English terms always come first and from all words, so that an English question gives the same
        # terms whatever other languages the index has.
        terms: list[str] = self._analyzers[ENGLISH].analyze(
            " ".join(words) if language == ENGLISH else content
        )
        for code in self._analyzers.keys() - {ENGLISH}:
            known = set(terms)
            terms += [term for term in self._analyzers[code].analyze(content) if term not in known]
        return terms

    def _document_frequency(self, field: str, term: str) -> int:
        try:
            return int(self._searcher.doc_freq(field, term))
        except ValueError:  # an index of an earlier version doesn't have this field
            return 0


def word_stems(text: str, language: str) -> tuple[str, ...]:
    """
    Return the stems of the words of a text, in order and without function words.

    >>> word_stems("Wie viele Urlaubstage gibt es?", "de")
    ('urlaubstag',)

    Args:
        text: Plain text.
        language: Code of a supported language.
    """
    function_words = languages()[language].words
    splitter, analyzer = _built_analyzers(language)
    words = splitter.analyze(_pair_unspaced(text))
    return tuple(analyzer.analyze(" ".join(word for word in words if word not in function_words)))


@cache
def _built_analyzers(language: str) -> tuple[Any, Any]:
    return _word_splitter().build(), _analyzer(language)


def _match_any(terms: Iterable[str], schema: Any) -> Any:
    """Return a query that matches any of *terms*, scored by BM25."""
    import tantivy

    queries = (tantivy.Query.term_query(schema, "words", term, "freq") for term in terms)
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def _boost(query: Any, context: Any, weight: float) -> Any:
    """Return *query* with the score of *context* added at *weight*; *context* alone matches nothing."""
    import tantivy

    boosted = tantivy.Query.boost_query(context, weight)
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Should, boosted)])


def _limit_rows(query: Any, schema: Any, rows: Collection[int]) -> Any:
    """Return *query* limited to *rows*, with unchanged scores."""
    import tantivy

    allowed = tantivy.Query.const_score_query(tantivy.Query.term_set_query(schema, "row", list(rows)), 0.0)
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, allowed)])


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", stored=True, indexed=True)
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("spellings", tokenizer_name="default", index_option="basic")
    builder.add_text_field("language", tokenizer_name="raw", index_option="basic")
    return builder.build()


def _word_splitter() -> Any:
    """Return a builder of an analyzer that splits text into words in lower case and drops overlong ones."""
    import tantivy

    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    return words.filter(tantivy.Filter.remove_long(60)).filter(tantivy.Filter.lowercase())


def _analyzer(language: str) -> Any:
    """Return an analyzer that also removes accents, endings and stop words."""
    import tantivy

    stemmer = languages()[language].stemmer
    stop, stem = tantivy.Filter.stopword(stemmer), tantivy.Filter.stemmer(stemmer)
    fold = tantivy.Filter.ascii_fold()
    # Stop words and endings of other languages have accents, so accents are removed after them. In English
    # they are removed first, so that an accented word gets the same stem as the unaccented one.
    filters = (fold, stop, stem) if language == ENGLISH else (stop, stem, fold)
    builder = _word_splitter()
    for token_filter in filters:
        builder = builder.filter(token_filter)
    return builder.build()


def _pair_unspaced(text: str) -> str:
    """
    Return text with runs of unspaced scripts replaced by overlapping pairs of characters.

    >>> _pair_unspaced("in 東京都")
    'in  東京 京都 '
    """

    def pairs(run: re.Match[str]) -> str:
        characters = run.group()
        starts = range(max(1, len(characters) - 1))
        return f" {' '.join(characters[start : start + 2] for start in starts)} "

    return _UNSPACED_SCRIPTS.sub(pairs, text)
