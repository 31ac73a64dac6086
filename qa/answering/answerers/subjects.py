"""
The parties that a question asks about and that a sentence is about.

A party is a state with the names for it (``parties.toml``), or a person who acts for one:
"President Yoon" acts for the state that the sentence before speaks of. Other names are compared by their
words.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Mention:
    """
    A party named in a text.

    Args:
        start: First code point.
        end: One past the last.
        party: The party's own name, lower case.
    """

    start: int
    end: int
    party: str


_COMMON_WORDS = frozenset(
    {"turkey", "jordan", "polish", "poles", "china", "chile", "swiss", "lima", "bern", "rome", "danish"}
)
_TOKEN = re.compile(r"[^\W_](?:[^\W_]|[.](?=\w)|\.(?<=\w\.\w\.))*")
_AUXILIARY = re.compile(
    r"\b(?:did|does|do|has|have|had|was|were|is|are|will|would|can|could|should|may|must)\b", re.I
)
_OBJECT_PREPOSITION = re.compile(
    r"\b(?:of|with|between|against|to|towards?|from|in|at|on|into|over|near|for|about|than|like|under|behind|(?<!,\s)and)\s+(?:the\s+)?$",
    re.I,
)
_BY = re.compile(r"\bby\s+(?:the\s+)?$", re.I)
_CLAUSE_END = re.compile(
    r"[;:.!?]|,\s+(?:leading|while|but|and|which|as)\b|\b(?:while|but|after|before|because|since|as)\b"
)
_TITLED = r"(?:[Tt]he\s+)?(?:[A-Z][\w-]*\s+)?(?:{titles})\s+((?:[A-Z][\w’'-]*\s?){{1,4}})"


@cache
def _states() -> Mapping[str, str]:
    """Every name of a state, lower case, to the state's own name."""
    data = tomllib.loads((files("qa.answering.answerers") / "parties.toml").read_text(encoding="utf-8"))
    rows = [[name.strip() for name in line.split(";")] for line in data["states"].strip().splitlines()]
    return {name: row[0] for row in rows for name in row}


@cache
def _titled_pattern() -> re.Pattern[str]:
    forms = sorted({form for title in _titles() for form in (title, title.capitalize())})
    return re.compile(_TITLED.format(titles="|".join(forms)))


@cache
def _titles() -> frozenset[str]:
    data = tomllib.loads((files("qa.answering.answerers") / "parties.toml").read_text(encoding="utf-8"))
    return frozenset(data["titles"].split())


@cache
def _names_by_first_word() -> Mapping[str, tuple[str, ...]]:
    """Return the names of states by their first word, long ones first."""
    found: dict[str, list[str]] = {}
    for name in sorted(_states(), key=len, reverse=True):
        found.setdefault(name.split()[0], []).append(name)
    return {word: tuple(names) for word, names in found.items()}


def mentions(text: str, aliases: Mapping[str, str] | None = None) -> list[Mention]:
    """
    Return the parties named in *text*, in order.

    Args:
        text: Any.
        aliases: Further names of parties, lower case, as :func:`aliases_in` finds them.
    """
    found: list[Mention] = []
    lowered = text.lower()
    if len(lowered) != len(text):  # a letter that is longer in lower case would shift every offset
        return found
    names = _names_by_first_word()
    for match in _TOKEN.finditer(lowered):
        if found and match.start() < found[-1].end:
            continue
        for name in names.get(match.group(), ()) or names.get(match.group().rstrip("."), ()):
            end = match.start() + len(name)
            if (
                lowered.startswith(name, match.start())
                and not lowered[end : end + 1].isalnum()
                and _is_meant(text[match.start() : end])
            ):
                found.append(Mention(match.start(), end, _states()[name]))
                break
    for alias, party in (aliases or {}).items():
        for match in re.finditer(rf"(?<!\w){re.escape(alias)}(?!\w)", text, re.I):
            if all(match.end() <= one.start or one.end <= match.start() for one in found):
                found.append(Mention(match.start(), match.end(), party))
    return sorted(found, key=lambda one: one.start)


def _is_meant(name: str) -> bool:
    """Return whether a word that is also a common one is written as a name: "US", "Turkey"."""
    if name.lower() in {"us", "un", "eu", "uk", "rok", "prc"}:
        return name.isupper()
    return name.lower() not in _COMMON_WORDS or name[0].isupper()


def aliases_in(sentences: Sequence[str]) -> dict[str, str]:
    """
    Return what else parties are called in a document: people who act for them, and "the North".

    A titled name belongs to the state in its title ("the North Korean dictator Kim"), or else to
    the only state that the sentence before names.

    Args:
        sentences: Of one document, in order.
    """
    found: dict[str, str] = {}
    named = [mentions(sentence) for sentence in sentences]
    parties = {one.party for of_sentence in named for one in of_sentence}
    if not parties:
        return found
    for direction in ("North", "South", "East", "West"):
        states = {party for party in parties if party.startswith(direction.lower() + " ")}
        if len(states) == 1:
            found[f"the {direction.lower()}"] = states.pop()
    before: list[Mention] = []
    for sentence, here in zip(sentences, named, strict=True):
        for match in _titled_pattern().finditer(sentence):
            name = match.group(1).strip().removesuffix("’s").removesuffix("'s")
            of_title = [one for one in here if match.start() - 25 <= one.start < match.start(1)]
            owners = {one.party for one in of_title} or {one.party for one in before}
            if len(owners) == 1:
                party = owners.pop()
                for alias in (name, name.split()[0], name.split()[-1]):
                    if len(alias) > 3 and not mentions(alias):
                        found.setdefault(alias.lower(), party)
        before = here
    return found


def questioned_party(question: str, aliases: Mapping[str, str] | None = None) -> str | None:
    """
    Return the party that a question asks what it did; None if it names none as its subject.

    >>> questioned_party("How many missiles did South Korea launch at North Korea?")
    'south korea'
    """
    named = mentions(question, aliases)
    auxiliary = _AUXILIARY.search(question)
    if not named or auxiliary is None:
        return None
    for one in named:
        between = question[auxiliary.end() : one.start]
        if (
            one.start > auxiliary.start()
            and len(between.split()) <= 2
            and not _OBJECT_PREPOSITION.search(between)
        ):
            follows = re.match(r"(?:[’']s)?\s+(\w+)", question[one.end :])
            if follows and follows.group(1).lower() in {"and", "or"}:
                return None
            return one.party
    return None


def acting_party(sentence: str, at: int, aliases: Mapping[str, str] | None = None) -> str | None:
    """
    Return the party that a sentence says did what the words at *at* tell of; None if none is named as such.

    It follows "by" in the same clause, or it is the last one before the words that no preposition makes an
    object and that isn't an adjective of something else.

    >>> acting_party("Pyongyang fired 23 missiles, and Seoul answered with three.", 17)
    'north korea'
    """
    named = mentions(sentence, aliases)
    if not named:
        return None
    end = _CLAUSE_END.search(sentence, at)
    for one in named:
        if at <= one.start < (end.start() if end else len(sentence)) and _BY.search(sentence[: one.start]):
            return one.party
    subjects = [one for one in named if one.start < at and _is_subject(sentence, one)]
    return subjects[-1].party if subjects else None


def _is_subject(sentence: str, one: Mention) -> bool:
    before, after = sentence[: one.start], sentence[one.end :]
    if _OBJECT_PREPOSITION.search(before):
        return False
    name = sentence[one.start : one.end].lower()
    if name != one.party and name in _states() and _is_adjective(name):
        following = re.match(r"\s+(\w+)", after)
        return following is not None and following.group(1).lower() in _titles() | {
            "army",
            "government",
            "military",
            "forces",
            "navy",
            "regime",
            "troops",
            "officials",
            "side",
        }
    return not before.rstrip().lower().endswith(("called", "named"))


def _is_adjective(name: str) -> bool:
    return name.endswith(("an", "ean", "ian", "ese", "ish", "i", "ch", "ss", "ek")) and name not in {
        "japan",
        "iran",
        "sudan",
        "pakistan",
        "afghanistan",
        "azerbaijan",
        "taiwan",
        "kazakhstan",
        "beijing",
        "helsinki",
        "abu dhabi",
        "nairobi",
        "tripoli",
        "chisinau",
    }
