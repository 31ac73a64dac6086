"""Answers as SQuAD compares them: without case, punctuation, articles and runs of white space."""

import re
import string

_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalised(text: str) -> str:
    """``normalised("The  Broncos!") -> "broncos"``."""
    words = text.lower().translate(_PUNCTUATION)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", words).split())
