"""
Removal of the words with which a question says where its answer is, or who gives it.

"According to the report", "mentioned in the text" or "did the author propose" are words that a right sentence
doesn't have, so that a reader takes it for one about something else. They still tell which document is meant.
"""

import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

MIN_WORDS = 3
"""Minimum number of words that a question without the phrases has; a shorter one stays as it is."""


_ASKS = re.compile(
    r"\W*(?:according|what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|has|have|had|can"
    r"|could|will|would|should|must|may)\b",
    re.IGNORECASE,
)
"""A request such as "name the conditions in the report" rather says which list is meant."""


def without_source_phrases(question: str, is_known: Callable[[str], bool]) -> str:
    """
    Return an English question without the words that say where its answer is, or who gives it.

    Args:
        question: A self-contained question.
        is_known: Whether a name occurs in a document; who gives the answer is left out only if it doesn't,
            as in a speech that never names its speaker.

    >>> without_source_phrases("What tax plans did Roe mention in her speech?", lambda name: False)
    'What tax plans?'
    """
    if not _ASKS.match(question):
        return question
    patterns = _patterns()
    shorter = patterns.speaker.sub("", question)
    for pattern in patterns.named:
        shorter = pattern.sub(lambda match: match[0] if is_known(match["name"]) else "", shorter)
    shorter = patterns.place.sub("", shorter)
    shorter = re.sub(r"\s+([?.,!])(?=\s|$)", r"\1", " ".join(shorter.split())).lstrip(" ,")
    if shorter == question or len(shorter.split()) < MIN_WORDS:
        return question
    return shorter[:1].upper() + shorter[1:] if question[:1].isupper() else shorter


class _Patterns:
    """
    The compiled patterns.

    Args:
        words: The alternatives of each list in ``source_phrases.toml``.
    """

    def __init__(self, words: dict[str, str]) -> None:
        document = rf"(?:[\w’'-]+\s+){{0,4}}?(?:{words['documents']})"
        participle = rf"(?:(?:is|are|was|were|as)\s+)?(?:{words['participles']})"
        auxiliary = r"(?:did|does|do|has|have|had)"
        verb = rf"(?:{words['verbs']})(?:[ds]|ed)?"
        # "What did the author propose?" has nothing else that could be looked for.
        after_noun = "(?<=\\w\\s)" + "".join(
            rf"(?<!^{word}\s)" for word in ("what", "who", "how", "why", "when", "where")
        )
        name = rf"(?:(?:{words['titles']})\.?\s+)?(?-i:(?:[A-Z][\w’'-]+\s+)*(?P<name>[A-Z]\w+))"
        self.speaker = _compiled(
            rf"{after_noun}\b{auxiliary}\s+the\s+(?:{words['speakers']})\s+{verb}\b(?=\s+\w)"
        )
        self.named = tuple(
            _compiled(pattern)
            for pattern in (
                rf"{after_noun}\b{auxiliary}\s+{name}\s+{verb}\b",
                rf",?\s*\b(?:{participle}\s+by|according\s+to)\s+{name}\b(?:['’]s?\s+{document}\b)?",
                rf"(?<=[a-z]\s){name}\s+(?:{words['participles']}|proposed|claimed|announced)\b",
            )
        )
        self.place = _compiled(
            rf",?\s*\b(?:according\s+to\s+(?:the|this|that|these|his|her|their|its)\s+{document}\b(?:['’]s)?,?"
            rf"|(?:{participle}\s+(?:in|by|during)\s+(?:the|this|these|his|her|their|its)\s+{document}"
            rf"|(?:in|during)\s+(?:his|her|their|its)\s+{document}"
            rf"|in\s+(?:the|this|these)\s+(?:{words['deictic']}))\b(?!['’]|\s+(?:of|about|on|for)\b))"
        )


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


@cache
def _patterns() -> _Patterns:
    text = (Path(__file__).parent / "source_phrases.toml").read_text(encoding="utf-8")
    return _Patterns({name: "|".join(words.split()) for name, words in tomllib.loads(text).items()})
