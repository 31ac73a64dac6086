"""The pronouns of an English question, and what they refer to in the previous question."""

import re
from collections.abc import Iterator, Sequence

from qa.answering.english import (
    AFTER_DO,
    ASKING,
    AUXILIARIES,
    BASES,
    GRAMMAR,
    MAX_CHARACTERS,
    NEEDING_MORE,
    TIMES,
    WORD,
    WRITINGS,
    NounPhrase,
    has_determiner,
    is_noun,
    is_plural,
    noun_phrases,
    plain,
    requested_phrase,
    split_words,
    stem,
)

_SINGULAR = frozenset("it its it's itself this that".split())
_PLURAL = frozenset("they them their theirs themselves these those they're they've".split())
_GENDERED = frozenset("he him his himself she her hers herself".split())
_TRAVELLING = frozenset("get go going travel drive fly walk come went".split())
_DOING = frozenset("do doing done".split())
_OTHERS = frozenset({"ones", "former", "latter"})
_POSSESSIVES = frozenset("its their his her".split())
_DETERMINERS = frozenset("this that these those".split())
_BE = frozenset("is are was were be been".split())
_BEFORE_THAT = (
    AUXILIARIES | ASKING | frozenset("about of for by with like from and to in after before".split())
)
"""Words after which *that* is a pronoun; after others it joins clauses."""
_BEFORE_ONE = frozenset("which every each this that other any".split())
_NOT_NEEDING_A_NOUN = re.compile(
    r"(?:is|was|be|it's)(?: it)?(?: \w+){1,2} (?:to|that|if)\b|it rains\b"
    r"|it takes? (?:\w+ ){0,3}(?:until|till)\b"
)
"""Text around an *it* that refers to nothing: "is it safe to", "it is true that"."""
_FOR_NO_PHRASE = re.compile(
    r"(?:that|this)\s+(?:means?|said|way|case|true|correct|right|all|enough)\b"
    r"|it\s+takes?\s+(?:\w+\s+){0,4}to\b",
    re.I,
)
"""Pronouns for what no phrase says: "does that mean", "how long will it take to"."""
_JOINING = frozenset("of on for in at to from with between and 's ’s ' ’".split()) | {"and the"}
"""What joins a second phrase to the first."""
_ASKS_WHO = re.compile(r"\W*(?:who|whom|whose)\b", re.I)
_WHO_IS = re.compile(r"\W*(?:who|whom)(?:['’]s|\s+(?:is|was|are|were))\s+", re.I)
_COUNTS = re.compile(r"\W*how\s+(?:many|much)\b", re.I)
_SAYING = re.compile(r"it\s+(?:say|state|mention|list|name|describe|define|explain)s?\b", re.I)
"""Text from an *it* on that is a document: "where does it say that?"."""
_SUBJECT = re.compile(r".*?\b(?:do|does|did|has|have|is|was|can|could|will|would)\s+", re.I)
_NAME = re.compile(r"[A-Z][\w’'.-]*(?:\s+(?:of|de|van|von|the|der)?\s*[A-Z][\w’'.-]*)*")


def points_back(words: Sequence[str], at: int) -> bool:
    """
    Return whether a word is a pronoun for something that the question itself doesn't name before it.

    Args:
        words: The question.
        at: Which of them.
    """
    low = [plain(word) for word in words[: at + 5]]
    if not _is_pronoun(low, at):
        return False
    nouns = [number for number in range(at) if is_noun(words[number])]
    return len(nouns) < 3 and not any(_is_name(words, number) for number in nouns)


def resolve_pronouns(question: str, before: str, answer: str) -> str | None:
    """
    Return *question* with its pronouns replaced by what they refer to; None if that is unclear.

    >>> resolve_pronouns("When was it mapped?", "Who mapped Lake Orin?", "Keller.")
    'When was Lake Orin mapped?'

    Args:
        question: The question as typed.
        before: The question before it, one plain sentence.
        answer: What was answered to that.
    """
    found = list(WORD.finditer(question))
    words = [word[0] for word in found]
    pointing = [
        at for at in range(len(words)) if points_back(words, at) and _is_independent(question, found, at)
    ]
    # In "why did they change it?" *it* is the subject of the conversation, so *they* is somebody else.
    strict = any(plain(words[at]) in _SINGULAR for at in pointing)
    used: dict[str, str] = {}
    pieces, end = [], 0
    for at in pointing:
        pronoun = plain(words[at])
        kind = _kind(pronoun)
        travels = at > 0 and plain(words[at - 1]) in _TRAVELLING
        antecedent = _antecedent(pronoun, before, answer, set(used.values()), strict=strict, travels=travels)
        if kind in used or antecedent is None:
            continue  # the second *it* of a question stays
        if _SAYING.match(question[found[at].start() :]) and WRITINGS.isdisjoint(
            plain(word) for word in split_words(antecedent)
        ):
            continue  # "what does it say?" isn't asked of the bridge, but of the document about it
        used[kind] = antecedent
        following = words[at + 1] if at + 1 < len(words) else ""
        pieces += [question[end : found[at].start()], _inflected(antecedent, pronoun, following)]
        end = found[at].end()
    return "".join([*pieces, question[end:]]) if pieces else None


def answered_name(question: str, answer: str) -> str | None:
    """
    Return the first name in an answer that isn't in its question.

    >>> answered_name("What was Firefox called first?", "Firefox was originally named Phoenix.")
    'Phoenix'
    """
    known = {stem(word) for word in split_words(question)}
    for name in _NAME.finditer(answer[:MAX_CHARACTERS]):
        words = split_words(name[0])
        while words and plain(words[0]) in GRAMMAR:
            words = words[1:]
        if words and not any(stem(word) in known for word in words):
            text = name[0].strip(" .")
            return text[text.index(words[0]) :]
    return None


def counted_phrase(question: str) -> str | None:
    """
    Return what a question asks the number or amount of; None if it doesn't.

    >>> counted_phrase("How many vacation days do employees get?")
    'vacation days'
    """
    counted = requested_phrase(question, noun_phrases(question)) if _COUNTS.match(question) else None
    return counted.text if counted else None


def _kind(pronoun: str) -> str:
    # "Can they carry them over?" speaks of two kinds of things.
    kinds = {"singular": _SINGULAR, "plural": _PLURAL - {"them"} | {"one"}, "gendered": _GENDERED}
    return next((kind for kind, words in kinds.items() if pronoun in words), pronoun)


def _is_pronoun(low: Sequence[str], at: int) -> bool:
    word, before, behind = low[at], low[at - 1] if at else "", low[at + 1] if at + 1 < len(low) else ""
    if word == "one":
        return before in _BEFORE_ONE
    if word == "there":  # "who lives there?", not "are there any?"
        return at == len(low) - 1 and before not in _BE
    # "If my friend lost her key" says whose, "who sued her?" doesn't.
    if word in _GENDERED | {"its", "their"}:
        auxiliary = next((number for number in range(at) if low[number] in AUXILIARIES), 0)
        start = auxiliary if word in _GENDERED else 0
        return (at == 2 and not behind) or not any(is_noun(one) for one in low[start:at])
    if word in ("it", "it's"):
        return not _NOT_NEEDING_A_NOUN.search(" ".join(low[max(at - 1, 0) :]))
    if word == "that" and before and before not in _BEFORE_THAT:
        return False
    return word in _SINGULAR | _PLURAL | _OTHERS and behind not in TIMES


def _is_name(words: Sequence[str], at: int) -> bool:
    """Return whether a noun has a capital without being the first word, or has one inside: *NodeSync*."""
    word = words[at]
    capital = (at > 0 and word[0].isupper()) or any(letter.isupper() for letter in word[1:])
    return capital and is_noun(word)


def _is_independent(question: str, found: Sequence[re.Match[str]], at: int) -> bool:
    """Return whether a pronoun refers to a phrase by itself, without a noun after it."""
    words = [word[0] for word in found]
    if plain(words[at]) in _OTHERS or (plain(words[at]) == "one" and plain(words[at - 1]) != "which"):
        return False
    # "Can someone else do it?" speaks of what is done.
    does = at > 0 and plain(words[at - 1]) in _DOING and plain(words[at]) in _SINGULAR
    return not (does or _is_determiner(words, at) or _FOR_NO_PHRASE.match(question[found[at].start() :]))


def _is_determiner(words: Sequence[str], at: int) -> bool:
    """Return whether *this* has a noun after it: "those missiles", but "does that hurt wheat?"."""
    following = words[at + 1] if at + 1 < len(words) else ""
    if plain(words[at]) not in _DETERMINERS or not (is_noun(following) or plain(following) in NEEDING_MORE):
        return False
    subject = at > 0 and plain(words[at - 1]) in AUXILIARIES
    return not (subject and plain(following) in AFTER_DO | BASES)


def _antecedent(
    pronoun: str, before: str, answer: str, used: set[str], *, strict: bool, travels: bool
) -> str | None:
    """
    Return what a pronoun refers to: a phrase of the previous question, or a name in its answer.

    Args:
        pronoun: In lower case.
        before: The previous question.
        answer: The answer to it.
        used: What other pronouns refer to.
        strict: Whether *they* must be several; otherwise it may be a company.
        travels: Whether *there* is where somebody goes.
    """
    phrases = noun_phrases(before)
    numbers = list(_candidates(before, phrases, persons=pronoun not in _SINGULAR))
    if pronoun == "them" and counted_phrase(before):
        numbers.sort(key=lambda at: phrases[at] != requested_phrase(before, phrases))
    texts = dict.fromkeys(_extended(before, phrases, at) for at in numbers)
    candidates = [text for text in texts if text not in used]
    if pronoun in _GENDERED:
        who = _WHO_IS.match(before)
        # "Who is Marcus Webb?" names the person; "who is the tenant?" leaves that to the answer.
        asked = who is not None and _is_person(before[who.end() :])
        asks = not asked and (_ASKS_WHO.match(before) or not phrases)
        name = answered_name(before, answer) if asks else None
        named = (text for text in candidates if not has_determiner(text) and (asked or not is_plural(text)))
        return name or next(named, None)
    if pronoun in _PLURAL | {"one"}:
        return _several(before, phrases, candidates, company=pronoun == "they" and not strict)
    if pronoun == "there":
        places = (phrase.text for phrase in phrases if phrase.preposition in ("in", "at", "to", "on"))
        place = next(places, None) or answered_name(before, answer) or next(iter(candidates), None)
        return place and f"{'to' if travels else 'in'} {place}"
    return next((text for text in candidates if not is_plural(text) or text[:1].isupper()), None)


def _is_person(text: str) -> bool:
    """Return whether a text is a name: with a capital, or of two words without an article before them."""
    words = split_words(text)
    named = len(words) in (2, 3) and not has_determiner(text) and all(is_noun(word) for word in words)
    return text[:1].isupper() or named


def _several(
    before: str, phrases: Sequence[NounPhrase], candidates: Sequence[str], *, company: bool
) -> str | None:
    """Return the first plural phrase, the plural of "a thing", or a company that does something."""
    plural = [text for text in candidates if is_plural(text)]
    plural += [f"{phrase.text}s" for phrase in phrases if phrase.article in ("a", "an")]
    if plural or not company:
        return next(iter(plural), None)
    subject = _SUBJECT.match(before)
    rest = before[subject.end() :] if subject else ""
    return next((text for text in candidates if rest.startswith(text) and not has_determiner(text)), None)


def _candidates(question: str, phrases: Sequence[NounPhrase], *, persons: bool) -> Iterator[int]:
    """Yield numbers of phrases that a pronoun may refer to, the likeliest first; never "any rivers"."""
    requested, who = requested_phrase(question, phrases), _WHO_IS.match(question)
    later = []
    for number, phrase in enumerate(phrases):
        verb = " " not in phrase.text and plain(phrase.text) in AFTER_DO | BASES and not phrase.article
        if verb or phrase.article in ("any", "some", "no"):
            continue
        if who and phrase.article_start == who.end():  # "the judge" of "who was the judge?" is a person
            later += [number] if persons else []
        elif phrase == requested:
            later.append(number)
        else:
            yield number
    yield from later


def _extended(question: str, phrases: Sequence[NounPhrase], at: int) -> str:
    """Return a phrase with its article and what is joined to it by prepositions: "the rate on the loan"."""
    start, end = phrases[at].article_start, phrases[at].end
    if phrases[at].is_owned and at:
        start = phrases[at - 1].article_start
    for following in phrases[at + 1 :]:
        if question[end : following.article_start].lower().strip() not in _JOINING:
            break
        end = following.end
    text = question[start:end]
    article = phrases[at].article
    return f"the {text[len(article) :].lstrip()}" if article in ("a", "an") else text


def _inflected(antecedent: str, pronoun: str, following: str) -> str:
    """Return the antecedent in the pronoun's place: *its* becomes *the river's*."""
    has_noun = bool(following) and plain(following) not in GRAMMAR
    if (pronoun in _POSSESSIVES and has_noun) or pronoun in ("theirs", "hers"):
        return f"{antecedent}'" if antecedent.endswith("s") else f"{antecedent}'s"
    if pronoun == "one":
        return f"of {antecedent}"
    if pronoun.endswith(("'s", "'re", "'ve")):
        return antecedent + {"s": " is", "e": " are"}[pronoun[-1]]
    return antecedent
