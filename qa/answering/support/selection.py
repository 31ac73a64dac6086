"""Selection of the sentences of a source that are nearest to a statement."""

from index import detect_language
from index.text.sentences import sentences
from qa.answering.support.exact import facts


def select_sentences(text: str, statement: str, max_words: int) -> str:
    """
    Return the sentences that share most words with a statement, in the order of the text.

    A sentence's neighbours count a little, because the thing that "it" stands for is often in the sentence
    before.

    Args:
        text: A source of any length.
        statement: The statement to check.
        max_words: Maximum number of words; the nearest sentence is returned whole.
    """
    spans = sentences(text)
    if len(text.split()) <= max_words or len(spans) < 2:
        return text
    language = detect_language(statement)
    wanted = facts(statement, language).stems
    shared = [len(wanted & facts(text[start:end], language).stems) for start, end in spans]
    scores = [
        count + 0.3 * max(shared[at - 1] if at else 0, shared[at + 1] if at + 1 < len(shared) else 0)
        for at, count in enumerate(shared)
    ]
    selected: list[int] = []
    words = 0
    for at in sorted(range(len(spans)), key=lambda at: (-scores[at], at)):
        length = len(text[slice(*spans[at])].split())
        if selected and words + length > max_words:
            continue
        selected.append(at)
        words += length
    return " ".join(text[slice(*spans[at])] for at in sorted(selected))
