"""The type of answer that a question asks for."""

import enum
import re
from dataclasses import dataclass

from qa.answering.answerers.lexicon import plain_words, stem, words_in


class AnswerType(enum.StrEnum):
    """The type of the words of a short answer."""

    AMOUNT = "amount"
    """A number with what it counts or measures."""
    DATE = "date"
    """A date, a year or a time of day."""
    NAME = "name"
    """A person or an organisation."""
    PLACE = "place"
    """A place."""
    PHRASE = "phrase"
    """Any other phrase, such as for "which" or "what kind of"."""
    SENTENCE = "sentence"
    """A whole sentence, as for "why", "how" or "what does it mean"."""
    DECISION = "decision"
    """Yes or no."""


@dataclass(frozen=True, slots=True)
class Expected:
    """
    The answer that a question asks for.

    Args:
        type: The type of the answer.
        measure: For an amount, the kind of unit, such as "length"; for a sentence, "what" for a definition or
            "why" for a reason or a way; otherwise empty, and empty if any will do.
        counted: For "how many X", the stem of X's last word; otherwise empty.
    """

    type: AnswerType
    measure: str = ""
    counted: str = ""


_AUXILIARY = (
    r"(?:is|are|was|were|am|do|does|did|can|could|may|might|must|should|will|would|has|have|had"
    r"|isn't|aren't|wasn't|weren't|doesn't|don't|didn't|can't|won't)"
)
_BE_OR_HAVE = "is|are|was|were|did|has|have|had|will|would|am"
_DECISION = re.compile(
    rf"^(?:(?:so|and|but|ok|hey|hi|please)\W+)*(?:{_AUXILIARY}\b(?! you (?:tell|give|list|show"
    rf"|explain|summari))|any\b)",
    re.I,
)
_OF_ANY_MEASURE = re.compile(
    r"\bhow (?:high|low|large|big|strong)\b.*\b(?:rate|share|price|score|fever|risk)", re.I
)
_MEASURES: tuple[tuple[str, str], ...] = (
    ("percent", r"what (?:percent\w*|share|proportion|fraction)|(?:percentage|share|proportion) of"),
    (
        "time",
        r"how (?:long|quickly|soon|old)\b"
        r"(?! (?:is|are) .*\b(?:coast|river|road|border|bridge|wall|line|street|coastline|tunnel))",
    ),
    ("speed_or_time", r"how fast"),
    ("length", r"how (?:wide|tall|high|deep|far|thick|long)\b"),
    ("mass", r"how heavy|what weight|how much \w* ?weigh"),
    ("temperature", r"how (?:hot|cold|warm)"),
    (
        "money",
        (
            r"how (?:expensive)|how much (?:money|cash|(?:did|do|does) .* (?:cost|pay|earn)\b"
            r"|is the (?:fee|fine|price|cost|rent|salary|payment|penalty))|what (?:salary|price|fee"
            r"|fine|rent)"
        ),
    ),
)
_AMOUNT = re.compile(
    r"\b(?:how (?:many|much|long|old|far|tall|often|big|large|high|wide|deep|fast|heavy|thick|hot"
    r"|cold|soon|quickly|frequently|exact|accurate|expensive|strong)\b"
    r"|(?:what|which) (?:percent\w*|share|proportion|number|amount|size|price|cost|fee|rate|salary"
    r"|population|temperature|speed|length|width|height|weight|distance|age|score|total|fraction)\b"
    r"|(?:number|percentage|share|proportion|amount) of)",
    re.I,
)
_COUNTED = re.compile(r"\bhow many (?:of the |different |other |more )?(.*)", re.I)
_DATE = re.compile(
    r"^\W*(?:(?:and|but|so)\W+)?when\b(?! (?:should|do|does|can|must|may) )"
    r"(?!.*,\s*(?:what|which|who|where|why|how)\b)"
    rf"|\bwhen(?=\s+(?:{_BE_OR_HAVE})\b|\W*$)"
    r"|\b(?:what|which) (?:(?:is|was|were|are) the (?:\w+ )?)?"
    r"(?:year|date|day|month|time|decade|century|era)\b"
    r"|\bsince when|\bhow long ago",
    re.I,
)
_ASKING = re.compile(r"\b(?:what|which)\b", re.I)
_NAME = re.compile(r"\b(?:who|whom|whose)\b", re.I)
_PLACE = re.compile(
    r"\b(?:where\b|(?:what|which) (?:city|country|place|town|state|street|county|region|island"
    r"|continent|location|village)\b)",
    re.I,
)
_SENTENCE = re.compile(
    r"^\W*(?:(?:and|but|so)\W+)?(?:why|how come|how(?! (?:many|much|long|old|far|tall|often|big"
    r"|large|high|wide|deep|fast|heavy|thick|hot|cold|soon|quickly|frequently|exact|accurate"
    r"|expensive|strong)\b)|what happens|explain|describe|define|definition of|meaning of)\b|\bwhy\b"
    r"|\b(?:mean|means|stand for|definition|defined?)\b",
    re.I,
)
_DEFINITION = re.compile(
    r"^\W*(?:(?:and|but|so)\W+)?(?:what(?:'s|’s|s| is| are| was| were)|who(?:'s|’s| is| are| was"
    r"| were))\s+(?:an? |the |meant by )?([\w@&./+-]+(?:\s+[\w@&./+-]+){0,3})\s*(?:in (?:the"
    r"|this) [\w\s-]+)?\??\W*$",
    re.I,
)
_WHAT_OF = re.compile(
    r"\b(?:of|for|'s|’s|by|at|in|on|today|tomorrow|now|from|to|with|that|who|which|called|named|current|name|number|date"
    r"|address|price|cost|capital|population|first|second|third|last|next|only|main|most|[a-z]{3,}est)\b|\b(?:as|in|to)$",
    re.I,
)


def expected_answer(question: str) -> Expected:
    """
    Return the answer that *question* asks for.

    >>> expected_answer("How many missiles did South Korea launch?").counted
    'missil'
    """
    text = question.strip()
    if _DECISION.match(text) and not re.search(r"\bor\b", text):
        return Expected(AnswerType.DECISION)
    if _SENTENCE.search(text):
        what = re.search(r"\b(?:mean|means|stand for|definition|defined?|describe)\b", text, re.I)
        return Expected(AnswerType.SENTENCE, "what" if what else "why")
    if _is_definition(text):
        return Expected(AnswerType.SENTENCE, "what")
    amount, asking = _AMOUNT.search(text), _ASKING.search(text)
    # After "what" or "which", "how much" opens a clause: "a concept of deciding how much is required".
    if amount and (
        asking is None or amount.start() <= asking.start() or amount.group().lower().endswith("of")
    ):
        measures = () if _OF_ANY_MEASURE.search(text) else _MEASURES
        measure = next((name for name, pattern in measures if re.search(pattern, text, re.I)), "")
        return Expected(AnswerType.AMOUNT, measure, _counted(text))
    for kind, pattern in ((AnswerType.DATE, _DATE), (AnswerType.NAME, _NAME), (AnswerType.PLACE, _PLACE)):
        found = pattern.search(text)
        # A later "who" or "where" opens a relative clause: "the term for dogs who did what?"
        if found and (asking is None or found.start() <= asking.start()):
            return Expected(kind)
    return Expected(AnswerType.PHRASE)


def _is_definition(text: str) -> bool:
    """Return whether a question asks what a thing is, rather than for a property of it."""
    found = _DEFINITION.match(text)
    return found is not None and not text.lower().startswith("who") and not _WHAT_OF.search(found.group(1))


def _counted(text: str) -> str:
    """Return the stem of the noun after "how many": its last word before a verb or a preposition."""
    found = _COUNTED.search(text)
    if found is None:
        return ""
    closing = words_in("closes_phrase")
    noun = ""
    for word in plain_words(found.group(1)):
        if word in closing:
            break
        noun = word
        if word.endswith("s") or word in words_in("people"):
            break
    return stem(noun) if noun else ""
