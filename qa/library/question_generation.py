"""
Generate questions from the English statements that answer them, by rule.

"The armistice with Korea was signed on 27 July 1953." answers "When was the armistice with Korea signed?".
A rule applies only where the result is certain to be correct English and understandable without its context:
the subject contains a name, no pronoun refers to other sentences, and verbs come from tables. In doubt there
is no question.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from index.text.sentences import sentences

MIN_SENTENCE, MAX_SENTENCE = 25, 350
"""Characters of a statement that questions are generated from."""
MAX_QUESTION = 90


@dataclass(frozen=True, slots=True)
class GeneratedQuestion:
    """
    A question and the statement that answers it.

    Args:
        question: As a person would type it.
        start: Offset of the statement's first character in the text, in code points.
        end: Offset one past its last character.
        kind: The question word: "what", "who", "when", "where" or "how".
    """

    question: str
    start: int
    end: int
    kind: str


def generate_questions(text: str, title: str = "") -> list[GeneratedQuestion]:
    """
    Return the questions that a text's statements answer, in the order of the text, without repetitions.

    Args:
        text: Canonical text, or its beginning.
        title: The document's title; questions may refer to what it names by a short form.

    >>> [each.question for each in generate_questions("Later came Lake Orin. Lake Orin was mapped in 1887.")]
    ['When was Lake Orin mapped?']
    """
    found: dict[str, GeneratedQuestion] = {}
    words = Casing(text, title)
    for start, end in sentences(text):
        for kind, question in _questions(text[start:end], words):
            if len(question) <= MAX_QUESTION:
                found.setdefault(question, GeneratedQuestion(question, start, end, kind))
    return list(found.values())


def _questions(sentence: str, words: "Casing") -> Iterator[tuple[str, str]]:
    statement = _statement(sentence)
    if statement is None:
        return
    for pattern, rule in _RULES:
        match = pattern.fullmatch(statement)
        if match and (subject := words.subject(match, rule in _GENERAL)) and (made := rule(match, subject)):
            yield made.split()[0], made[0].upper() + made[1:] + "?"


def _statement(sentence: str) -> str | None:
    """
    Return a plain statement on one line, up to its first colon or semicolon, with its date at the end.

    ``"In 1953 (or so), it ended: at last." -> "it ended in 1953"``; None if it isn't a plain statement.
    """
    if not MIN_SENTENCE <= len(sentence) <= MAX_SENTENCE or _ODD.search(sentence):
        return None
    plain = " ".join(_ASIDE.sub("", sentence).split())
    if not plain.endswith(".") or not plain[0].isupper():
        return None
    plain = _FIRST_CLAUSE.match(plain[:-1])[0]  # type: ignore[index]
    if dated := _DATED.fullmatch(plain):
        plain = f"{dated['rest']} {dated['date'][0].lower()}{dated['date'][1:]}"
    return None if _NEGATION.search(plain) else plain


_ODD = re.compile(r"""[<>|{}\[\]@=*_\\#]|\s[,.;]|\.\.|\(\s*\)|\n\s*\n|[?!]""")
_FIRST_CLAUSE = re.compile(r"[^:;]*")
_ASIDE = re.compile(r"\s*\([^()]*\)")
_NEGATION = re.compile(r"\b(?:not|never|no|neither|nor|cannot|hardly|without)\b|n['’]t\b", re.I)


class Casing:
    """How a document capitalises words: which are names, and which only begin a sentence."""

    def __init__(self, text: str, title: str) -> None:
        self._topic = title.lower()
        self._title = set(re.findall(r"[\w'’-]+", title))
        self._small = set(re.findall(r"(?<![\w-])[a-z][\w'’-]*", text))
        # Capitalised after a lower-case word or a comma, so not because a sentence or line begins there.
        self._names = set(re.findall(r"(?<=[a-z0-9,] )[A-Z][\w'’-]*", text))
        self._full = Counter(re.findall(r"(?<=[a-z,.] )(?:[A-Z][a-z'’-]+ ){1,3}[A-Z][a-z]+", text))

    def subject(self, match: re.Match[str], may_be_any: bool) -> str | None:
        """
        Return the subject of a statement as it is written in a question; None if it is ambiguous alone.

        ``"The Han river" -> "the Han river"``. ``"The river" -> None``, unless the text mentions only one
        river, such as the Great River, or its title names the river.

        Args:
            match: A match with a group *subject*.
            may_be_any: Whether "a river" is accepted, as in statements about rivers in general.
        """
        parts = match["subject"].split()
        while parts and parts[-1] in _ADVERBS:
            parts.pop()
        if not 1 <= len(parts) <= 7 or parts[0].lower() in _NO_BEGINNING or _unfit(parts):
            return None
        if self._topic and self._topic in (" ".join(parts).lower(), " ".join(parts[1:]).lower()):
            return " ".join([self._of_topic(parts[0]), *parts[1:]])
        named = [part for part in parts[1:] if part[0].isupper()]
        if parts[0].lower() in _ARTICLES:
            if not named and parts[0].lower() == "the":
                return self._expand(parts[1:])
            return " ".join([parts[0].lower(), *parts[1:]]) if named or may_be_any else None
        first = self._first(parts[0], begins_name=bool(named) and parts[1][0].isupper())
        if first is None or not (named or first[0].isupper()):
            return None
        return " ".join([first, *parts[1:]])

    def _first(self, word: str, begins_name: bool) -> str | None:
        """Return the first word as it is written elsewhere in the text; None if that isn't known."""
        if begins_name or word.isupper():
            return word
        name, small = word in self._names or word in self._title, word.lower() in self._small
        if name == small:
            return None
        return word if name else word.lower()

    def _of_topic(self, word: str) -> str:
        """Return ``The`` in lower case, and ``Oxygen`` as the text writes it inside sentences."""
        common = word.lower() in self._small and word not in self._names
        return word.lower() if common else word

    def _expand(self, nouns: list[str]) -> str | None:
        """Return the only name that ends in this noun, which "the *noun*" then means, or the title's noun."""
        if len(nouns) != 1:
            return None
        [noun] = nouns
        ending = Counter({name: n for name, n in self._full.items() if name.split()[-1].lower() == noun})
        (best, often), (_, next_often) = [*ending.most_common(2), ("", 0), ("", 0)][:2]
        if often >= 2 and not next_often and noun + "s" not in self._small:
            return f"the {best}"
        return f"the {noun}" if noun in self._title and not ending else None


def _unfit(parts: list[str]) -> bool:
    """Return whether these words are not a plain noun phrase."""
    lower = [part.lower() for part in parts]
    clause = any(word in _CLAUSE for word in lower)
    return clause or lower[-1] in _SMALL or lower.count("of") > 2 or any(map(_MARKS.search, parts))


_MARKS = re.compile(r"""["“”„«»,()/…]|^['‘’]""")
_ARTICLES = {"the", "a", "an"}
_ADVERBS = {"also", "still", "now", "only", "just", "then", "usually", "often", "officially", "therefore"}
_SMALL = frozenset(
    "the a an of in on at by for from with to into over under near between and or as than about some".split()
)
_NO_BEGINNING = frozenset(
    """
    in on at by for from with to into over under near between among after before since until during while
    when where if as although though because however but and or so then thus here there it he she they we
    you i this that these those his her their its our my your each every some many most all both such
    another other one two three several few any none what who which how why whether according despite
    instead like unlike also once later today yesterday first second finally next last more less only even
    either figure table section chapter page january february march april may june july august september
    october november december monday tuesday wednesday thursday friday saturday sunday
    """.split()
)
_CLAUSE = frozenset(
    """
    it he she they we you i him her them us me this that these those his its their our my your which who
    whom whose when where while if because although is was are were be been being has have had do does did
    can could will would may might must shall should and or but than said says later earlier ago
    """.split()
)

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Jan\.?|Feb\.?|Aug\.?|Sept\.?|Oct\.?|Nov\.?|Dec\.?)"
)
_WEEKDAY = r"(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
_YEAR = r"(?:1[0-9]{3}|20[0-9]{2})"
_DATE = (
    rf"(?:(?:in|on)\ (?:the\ )?(?:{_WEEKDAY},?\ )?(?:\d{{1,2}}\ {_MONTH}(?:,?\ {_YEAR})?"
    rf"|{_MONTH}\ \d{{1,2}}(?:,?\ {_YEAR})?|{_MONTH}\ (?:of\ )?{_YEAR}|{_YEAR}))"
)
_DATED = re.compile(
    rf"(?P<date>{_DATE.replace('in|on', 'In|On', 1)}),?\ (?P<rest>(?!and\b|to\b)[^,]+(?:,.*)?)", re.VERBOSE
)
_SUBJECT = r"(?P<subject>(?:[A-Z]|the\ |an?\ )[^,;:()]{1,70}?)"
_ALIAS = r"(?:,\ [^,]{2,40}\ for\ short,|,\ (?:or|also\ known\ as|known\ as)\ [^,]{2,40},)?"
_MANNER = r"(?:(?P<manner>first|officially|formally|originally|finally)\ )?"
_ABOUT = (
    r"(?:about|some|only|over|around|nearly|almost|roughly|approximately|exactly|at\ least|more\ than|up\ to)"
)
_NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+|\d{1,3}|\d+(?:\.\d+)?\ (?:million|billion)|"
    r"two|three|four|five|six|seven|eight|nine|"
    r"ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|"
    r"fifty|sixty|seventy|eighty|ninety|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-[a-z]{3,5})"
)

_PAST = dict(
    pair.split(":")
    for pair in """
    launched:launch founded:found signed:sign invaded:invade declared:declare adopted:adopt imposed:impose
    released:release published:publish won:win joined:join visited:visit opened:open introduced:introduce
    established:establish discovered:discover invented:invent acquired:acquire annexed:annex
    created:create built:build wrote:write fired:fire tested:test crossed:cross attacked:attack
    captured:capture sank:sink defeated:defeat elected:elect appointed:appoint announced:announce
    approved:approve passed:pass became:become received:receive condemned:condemn rejected:reject
    recognised:recognise recognized:recognize ratified:ratify formed:form completed:complete sold:sell
    bought:buy occupied:occupy abolished:abolish married:marry mapped:map designed:design
    conquered:conquer nationalised:nationalise unveiled:unveil
    """.split()
)
_HAPPENED = dict(
    pair.split(":")
    for pair in """
    began:begin ended:end died:die opened:open closed:close started:start retired:retire
    collapsed:collapse exploded:explode sank:sink erupted:erupt
    """.split()
)
_DONE = (
    {past: past for past in _PAST if past not in {"wrote", "became", "sank", "passed", "joined", "won"}}
    | {
        past: past
        for past in """
    measured painted directed composed developed proposed described awarded killed destroyed banned
    repealed divided named renamed dissolved constructed excavated translated edited produced commissioned
    """.split()
    }
    | {"written": "wrote", "drawn": "drew", "chosen": "chose", "sunk": "sank", "led": "led", "held": "held"}
)
"""Past tense by participle: from "was written by" to "who wrote"."""
_HOLDS = {
    "has": ("does", "have"),
    "holds": ("does", "hold"),
    "have": ("do", "have"),
    "had": ("did", "have"),
    "contains": ("does", "contain"),
    "contained": ("did", "contain"),
    "includes": ("does", "include"),
    "employs": ("does", "employ"),
    "carries": ("does", "carry"),
    "carried": ("did", "carry"),
    "launched": ("did", "launch"),
    "fired": ("did", "fire"),
    "operates": ("does", "operate"),
    "owns": ("does", "own"),
    "killed": ("did", "kill"),
    "scored": ("did", "score"),
    "won": ("did", "win"),
    "sold": ("did", "sell"),
    "covers": ("does", "cover"),
    "spans": ("does", "span"),
    "needs": ("does", "need"),
    "requires": ("does", "require"),
}
_STANDS = {
    "lies": "lie",
    "stands": "stand",
    "lives": "live",
    "nests": "nest",
    "spawns": "spawn",
    "meets": "meet",
    "grows": "grow",
    "flows": "flow",
    "begins": "begin",
    "ends": "end",
    "runs": "run",
    "rises": "rise",
}
_PERSONS = frozenset(
    """
    politician president minister king queen emperor empress prince princess general admiral officer
    soldier writer author novelist poet playwright journalist editor painter artist sculptor architect
    composer musician singer actor actress director producer scientist physicist chemist biologist
    mathematician engineer inventor premier chancellor mayor governor prophet archeologist archaeologist
    astronomer philosopher historian economist lawyer judge diplomat ambassador physician doctor nurse
    surgeon explorer navigator cartographer teacher professor activist athlete footballer player coach
    swimmer runner businessman businesswoman entrepreneur founder leader chairman senator congressman
    bishop priest saint pope
    """.split()
)
_VAGUE = frozenset(
    """
    result reason number lot few part good bad same only most more first second last case matter member
    problem way time year day place person thing kind sort type set series success failure great major key
    main best better common important significant dominant extent next example total little bit pleasure
    long short new founding symbol nation country question answer fact
    """.split()
)


def _any(table: object) -> str:
    return "(?:" + "|".join(sorted(table)) + ")"  # type: ignore[call-overload]


def _what(match: re.Match[str], subject: str) -> str | None:
    """Ask "what is X" of ``X is a volcanic island of Y``, or "who" of a person."""
    rest = [word.strip(",") for word in match["rest"].split()]
    if rest[0].lower() in _VAGUE or len(rest) < 2 or subject.split(maxsplit=1)[0] in {"a", "an"}:
        return None
    named = subject.split()
    if {word.lower() for word in (named[0], named[-1])} & _PERSONS or _OWNED.search(subject):
        return None
    if named[0] == "the" and named[1] in _VAGUE:
        return None
    if named[0] != "the" and (any(word.islower() and word not in _SMALL for word in named[1:])):
        return None
    person = any(word in _PERSONS or word == "who" for word in rest[:5])
    if (person and named[0] == "the") or (match["be"] == "was" and len(named) == 1):
        return None
    return f"{'who' if person else 'what'} {match['be']} {subject}"


def _what_called(match: re.Match[str], subject: str) -> str | None:
    """Ask "what is a veto" of ``A vote against is called a veto``."""
    return f"what is {subject}"


def _which(match: re.Match[str], subject: str) -> str | None:
    """Ask "what is the highest point of X" of ``The highest point of X is Y``."""
    parts = subject.split()
    if " of " not in subject or parts[0] != "the" or parts[1].lower() in _VAGUE - {"first"}:
        return None
    asked = "who" if _PERSONS & set(parts[: parts.index("of")]) else "what"
    return f"{asked} {match['be']} {subject}"


def _how_many_there(match: re.Match[str], place: str) -> str | None:
    """Ask "how many islands are there in X" of ``There are 94 islands in X``."""
    noun = match["noun"]
    return None if _unfit(noun.split()) else f"how many {noun} {match['be']} there {match['in']} {place}"


def _when_passive(match: re.Match[str], subject: str) -> str | None:
    """Ask "when was X signed" of ``X was signed in 1953``."""
    manner = f"{match['manner']} " if match["manner"] else ""
    return f"when {match['be']} {subject} {manner}{match['done']}"


def _who(match: re.Match[str], subject: str) -> str | None:
    """Ask "who wrote X" of ``X was written by Anna Keller``."""
    manner = f"{match['manner']} " if match["manner"] else ""
    return f"who {manner}{_DONE[match['done']]} {subject}"


def _when_active(match: re.Match[str], subject: str) -> str | None:
    """Ask "when did X annex the Y" of ``X annexed the Y in 1900``."""
    parts = match["object"].split()
    if _unfit(parts) or len(parts) > 8 or _ASIDES.search(match["object"]) or parts[0] in _ADVERBS:
        return None
    manner = f"{match['manner']} " if match["manner"] else ""
    return f"when did {subject} {manner}{_PAST[match['past']]} {match['object']}"


def _when_happened(match: re.Match[str], subject: str) -> str | None:
    """Ask "when did X end" of ``X ended in 1991``."""
    return f"when did {subject} {_HAPPENED[match['past']]}"


def _how_many(match: re.Match[str], subject: str) -> str | None:
    """Ask "how many passengers does X carry" of ``X carries 94 passengers``."""
    noun = match["noun"]
    helper, base = _HOLDS[match["holds"]]
    general = subject.split(maxsplit=1)[0] in {"a", "an"}
    if noun.split()[-1] in _UNITS or noun.split()[0] in _FURTHER or (general and helper == "did"):
        return None
    return f"how many {noun} {helper} {subject} {base}"


def _how_far(match: re.Match[str], subject: str) -> str | None:
    """Ask "how long is X" of ``X is about 250 kilometres long``."""
    return f"how {match['way']} {match['be']} {subject}"


def _where_done(match: re.Match[str], subject: str) -> str | None:
    """Ask "where is X located" of ``X is located in Y``."""
    return f"where {match['be']} {subject} {match['done']}"


def _where(match: re.Match[str], subject: str) -> str | None:
    """Ask "where does X spawn" of ``X spawns in the Sargasso Sea``."""
    return f"where does {subject} {_STANDS[match['stands']]}"


_ASIDES = re.compile(
    r"^(?:in|on|at|to|for|with|as)\b|\b(?:by|after|before|during|until|since|again|later|earlier)\b"
)
_FURTHER = {"more", "other", "additional", "further", "such", "new", "different"}
_OWNED = re.compile(r"['’]s\b|\$")
_UNITS = {"percent", "times", "years", "months", "weeks", "days", "hours", "minutes", "seconds", "dollars"}
_GENERAL = (_what_called, _how_many, _how_far)
"""Rules that also apply to statements about any thing of a kind, such as "a veto"."""
_TAIL = r"(?:(?:,|\ (?:by|at|in|on|after|when|as|and|from|to|with|for|during|near|between|under|of)\ ).*)?"

_RULES = tuple(
    (re.compile(pattern, re.VERBOSE), rule)
    for pattern, rule in (
        (
            rf"{_SUBJECT}{_ALIAS}\ (?P<be>is|was|are|were)\ {_MANNER}(?P<done>{_any({*_DONE, 'born'})})"
            rf"(?:\ (?:by|at|in|on|for|to|as|with|under|from|near|between|off|along)\ [^,]{{1,50}}?)??"
            rf"\ {_DATE}{_TAIL}",
            _when_passive,
        ),
        (
            rf"{_SUBJECT}{_ALIAS}\ (?:is|was|are|were)\ {_MANNER}(?P<done>{_any(_DONE)})(?:\ {_DATE})?\ by\ "
            rf"(?:the\ )?[A-Z].*",
            _who,
        ),
        (rf"{_SUBJECT}{_ALIAS}\ (?P<be>is|was)\ (?:an?|the)\ (?P<rest>.+)", _what),
        (rf"{_SUBJECT}\ (?P<be>is|was)\ (?:{_ABOUT}\ )?(?:[A-Z]|\d).*", _which),
        (r"[^,]+\ (?:is|was)\ called\ (?P<subject>(?:an?\ |the\ )[^,]{2,40})", _what_called),
        (
            rf"There\ (?P<be>are|were)\ (?:{_ABOUT}\ )?{_NUMBER}\ "
            rf"(?P<noun>(?:[a-z-]+\ ){{0,2}}?[a-z-]{{3,}}s)\ (?P<in>in|on|at)\ "
            rf"(?P<subject>(?:[A-Z]|the\ )[^,]+)",
            _how_many_there,
        ),
        (
            rf"{_SUBJECT}{_ALIAS}\ {_MANNER}(?P<past>{_any(_PAST)})\ (?P<object>[^,]{{3,60}}?)"
            rf"\ {_DATE}{_TAIL}",
            _when_active,
        ),
        (rf"{_SUBJECT}{_ALIAS}\ (?P<past>{_any(_HAPPENED)})\ {_DATE}{_TAIL}", _when_happened),
        (
            rf"{_SUBJECT}{_ALIAS}\ (?P<holds>{_any(_HOLDS)})\ (?:{_ABOUT}\ )?{_NUMBER}\ "
            rf"(?P<noun>(?:[a-z-]+\ ){{0,2}}?(?:[a-z-]{{3,}}s|people|men|women)){_TAIL}",
            _how_many,
        ),
        (
            rf"{_SUBJECT}{_ALIAS}\ (?P<be>is|was|are|were)\ (?:{_ABOUT}\ )?(?:{_NUMBER}|\d+(?:\.\d+)?)\ "
            rf"(?:kilometres|kilometers|metres|meters|miles|feet|km|m|centimetres|inches|nautical\ miles)\ "
            rf"(?P<way>long|wide|high|tall|deep){_TAIL}",
            _how_far,
        ),
        (
            rf"{_SUBJECT}{_ALIAS}\ (?P<be>is|was|are|were)\ "
            rf"(?P<done>located|situated|based|headquartered|born|buried|held|signed|built)"
            rf"\ (?:in|at|near|on|off)\ (?:the\ )?[A-Z].*",
            _where_done,
        ),
        (
            rf"{_SUBJECT}{_ALIAS}\ (?P<stands>{_any(_STANDS)})\ "
            rf"(?:in|at|near|on|off|from|between)\ (?:the\ )?[A-Z].*",
            _where,
        ),
    )
)
