"""The only entry to pyspellchecker: each language's word list, read when a question first needs it."""

from functools import cache

from qa.answering.languages import ENGLISH


def is_known(word: str, language: str) -> bool:
    """
    Return whether a word, in lower case, is one of English or of another language.

    Args:
        word: One word.
        language: The code of a language that has function words.
    """
    return word in _words(ENGLISH) or (language != ENGLISH and word in _words(language))


@cache
def _words(language: str) -> frozenset[str]:
    from spellchecker import SpellChecker

    return frozenset(SpellChecker(language=language).word_frequency.words())
