"""
Rewriting of English questions: the same question about something else, or with another question word.

Every function returns None if its rules don't apply; nothing is rewritten by guess.
"""

import re

from qa.answering.english import (
    ADVERBS,
    AFTER_DO,
    ARTICLES,
    AUXILIARIES,
    PREPOSITIONS,
    VERBS,
    NounPhrase,
    first_word,
    has_determiner,
    is_plural,
    is_question,
    is_request,
    main_verb,
    noun_phrases,
    participle,
    plain,
    requested_phrase,
    split_words,
    stem,
    without_mark,
)
from qa.answering.periods import with_month
from qa.answering.pronouns import answered_name

MAX_BRIEF = 6
"""Maximum length in words of an answer that is inserted into a question."""

_ASKS_WHO = re.compile(r"\W*who\b", re.I)
_DENIED = {"can": "can't", "will": "won't", "shall": "shan't", "may": "may not", "am": "am not"}
"""Auxiliaries whose negative form isn't the word with *n't*."""
_BE = frozenset("is are was were".split())
_PARTS = re.compile(
    r"\W*(?P<asking>(?:(?:by|for|in|at|on|to|from|since|until|with|of)\s+)?"
    r"(?:who|whom|whose|what|which|when|where|why|how)\b)(?P<is>['’]s\b)?\s*(?P<rest>.*)",
    re.I | re.S,
)
_PERIOD = re.compile(
    r"(?:\b(?P<preposition>in|during|between|from|since|for|of|before|after|until|by)\s+)?"
    r"(?P<period>\b(?:1[4-9]|20)\d\d\b(?:\s*(?:to|and|until|[-–])\s*(?:1[4-9]|20)\d\d\b)?)",
    re.I,
)
_COUNTED = re.compile(
    r"\W*(?P<how>how\s+(?:many|much))\s*"
    r"(?P<noun>(?:(?!\b(?:is|are|was|were|did|does|do|has|have|had|can|could|will|would|in|at|on|for|from|of|to|by"
    r"|with|after|before|during|between|there)\b)[\w’'-]+\s*)*)(?P<rest>.*)",
    re.I | re.S,
)
_OF_NOTHING = re.compile(
    r"(?:(?:is|are|was|were)\s+(?:there|in|on|at)|in|on|at|for|from|did|does|do)\b", re.I
)
_OF_MONEY = re.compile(r"\W*how\s+much\s+(?:did|does|do)\b", re.I)
_OF_ANYTHING = re.compile(r"\b(?:have|get|receive)\W*$", re.I)
_THERE = re.compile(r"(?:is|are|was|were)\s+(?:there|it|they)?\s*", re.I)
MIN_ENDING = 3
"""Letters of the ending that two modifiers of one noun have in common: *maximum* and *minimum*."""
_PLACES = frozenset("in on at under near inside outside".split())
_ONE = re.compile(r"\bones?\b", re.I)
_QUOTED = re.compile(r"(?<![\w])[\"'“‘„«‚](?=\S)[^\"“”„«»]*?\S[\"'”’“»](?!\w)")
_NUMBERED = re.compile(r"(?<![\w.])(?!(?:1[4-9]|20)\d\d\b)\d+(?:\.\d+)*[a-z]?(?![\w.]*\d)")
_PERSONS = re.compile(
    r"(?:[\w-]+(?:ers|ors|ees|ists|ians|ants)"
    r"|(?:\w+ )?(?:people|women|men|children|students|guests|kids|parents))"
)
_FIRST_PERSON = re.compile(r"\b(?P<auxiliary>do|can|may|must|should|will|did|could) (?:I|we)\b", re.I)
_PARTICIPLE = re.compile(r"[a-z-]{2,}(?:(?<!e)ed|ing)")
_MODIFIED_BY_PARTICIPLE = re.compile(
    r"\b(?:an?|the)\s+(?P<modifier>[a-z-]{2,}(?<!e)ed)(?=\s+[a-z-]{3,})", re.I
)
"""A cancelled order."""
_OPPOSITES = {
    "against": "for",
    "for": "against",
    "without": "with",
    "with": "without",
    "after": "before",
    "before": "after",
}
_INDEFINITE = re.compile(r"\ban?\s+$")
_ADJUNCT = re.compile(r"\s(?:in|at|on|by|with|from|during|after|before|when|because|for)\s")


def ask_about(question: str, fragment: str) -> str | None:
    """
    Return *question* with *fragment* in place of its closest counterpart.

    >>> ask_about("What was the revenue of Disney in 2019?", "Netflix")
    'What was the revenue of Netflix in 2019?'

    Args:
        question: One plain sentence.
        fragment: What is asked about instead: a phrase, a year, a verb.
    """
    fragment = _decapitalised(fragment.strip().strip("?.!,;:").strip())
    rules = (
        _in_place_of_quoted,
        with_month,
        _in_period,
        _with_opposite,
        _with_participle,
        _with_verb,
        _with_number,
        _for_persons,
        _with_modifier,
    )
    found = (rule(question, fragment) for rule in rules)
    return next((changed for changed in found if changed), None) or _in_place_of_phrase(question, fragment)


def _in_place_of_phrase(question: str, fragment: str) -> str | None:
    """Return *question* with a fragment in place of the most similar phrase, or after it as an addition."""
    preposition, rest = _split_preposition(fragment)
    if plain(fragment) in ADVERBS:
        return f"{without_mark(question)} {fragment}?"
    if not preposition and " of " in rest:
        return f"what about {fragment}?"  # the fragment is self-contained
    place = _place_for(question, preposition, rest)
    if place is None:
        if preposition in _PLACES and (other := _with_place(question, fragment)):
            return other
        return f"{without_mark(question)} {fragment}?" if preposition else None
    start, end = _range_of(question, place)
    return question[:start] + (_without_article(rest) if place.is_owned else rest) + question[end:]


def _with_place(question: str, fragment: str) -> str | None:
    """Return *question* with another place: "in the garden" for "on the balcony"."""
    place = next((one for one in noun_phrases(question) if one.preposition in _PLACES), None)
    if place is None:
        return None
    start = question.lower().rfind(place.preposition, 0, place.article_start)
    return question[:start] + fragment + question[place.end :]


def _for_persons(question: str, fragment: str) -> str | None:
    """Return *question* about other people: "do part-timers get" for "do I get"."""
    if not (_PERSONS.fullmatch(fragment) and _FIRST_PERSON.search(question)):
        return None
    return _FIRST_PERSON.sub(lambda match: f"{match['auxiliary']} {fragment}", question, count=1)


def with_noun(question: str, fragment: str) -> str | None:
    """
    Return "the premium one" with the noun of *question* that *one* stands for; None if there is none.

    >>> with_noun("What is the price of the basic plan?", "the premium one?")
    'the premium plan?'
    """
    phrases = [phrase for phrase in noun_phrases(question) if " " in phrase.text] or noun_phrases(question)
    match = _ONE.search(fragment)
    if match is None or not phrases:
        return None
    noun = phrases[-1].text.split()[-1]
    return fragment[: match.start()] + noun + fragment[match.end() :]


def _in_place_of_quoted(question: str, fragment: str) -> str | None:
    """
    Return *question* with *fragment* in place of its quoted words; None if there are none.

    A noun before them that the fragment has as well is replaced too: "the user 'nobody'" by "the root user".
    """
    quoted = list(_QUOTED.finditer(question))
    if len(quoted) != 1 or not fragment:
        return None
    start, end = quoted[0].span()
    shared = {stem(word) for word in split_words(fragment)}
    before = re.search(r"(?:\b(?:the|a|an)\s+)?([\w-]+)\s+$", question[:start], re.I)
    after = re.match(r"\s+([\w-]+)", question[end:])
    if before and stem(before[1]) in shared:
        start = before.start() if has_determiner(fragment) else before.start(1)
    elif after and stem(after[1]) in shared:
        end += after.end()
    elif not _QUOTED.search(fragment) and _split_preposition(fragment)[0]:
        return None
    if has_determiner(fragment) and re.search(r"\b(?:the|a|an)\s+$", question[:start], re.I):
        fragment = _without_article(fragment)
    return question[:start] + fragment + question[end:]


def _with_number(question: str, fragment: str) -> str | None:
    """Return *question* with another number in place of its only one: "who wrote chapter 3?"."""
    numbers = list(_NUMBERED.finditer(question))
    named, _, number = fragment.rpartition(" ")
    # "Year 2" has the word before the number of "how many children are in Year 6?".
    if (
        named
        and len(numbers) == 1
        and question[: numbers[0].start()].lower().endswith(f"{named.split()[-1].lower()} ")
    ):
        fragment = number
    if not _NUMBERED.fullmatch(fragment) or len(numbers) != 1:
        return None
    return question[: numbers[0].start()] + fragment + question[numbers[0].end() :]


def _with_modifier(question: str, fragment: str) -> str | None:
    """
    Return *question* with another modifier of the same ending: "the minimum" for "the maximum speed".

    None if no phrase of it has one.
    """
    modifier = _without_article(fragment)
    if " " in modifier or len(modifier) <= MIN_ENDING:
        return None
    for phrase in noun_phrases(question):
        first, rest = first_word(phrase.text)
        if rest and first != modifier and first[-MIN_ENDING:] == modifier[-MIN_ENDING:]:
            return question[: phrase.start] + modifier + question[phrase.start + len(first) :]
    return None


def _with_opposite(question: str, fragment: str) -> str | None:
    """Return *question* with the opposite preposition: "against" for "voted for the proposal"."""
    opposite = _OPPOSITES.get(plain(fragment))
    if opposite is None or len(re.findall(rf"\b{opposite}\b", question, re.I)) != 1:
        return None
    return re.sub(rf"\b{opposite}\b", fragment, question, flags=re.I)


def _with_participle(question: str, fragment: str) -> str | None:
    """
    Return *question* with a participle in place of another modifier: "graduated" for "a sandbox project".

    None if the fragment is none, or if it isn't clear which modifier it replaces.
    """
    participle = _without_article(fragment)
    if not _PARTICIPLE.fullmatch(participle):
        return None
    modified = _MODIFIED_BY_PARTICIPLE.search(question)
    if modified:
        start, end = modified.span("modifier")
    else:
        # *Shipping* may be a thing, *damaged* can't. Of two phrases, either may be meant.
        phrases = noun_phrases(question)
        if participle.endswith("ing") or len(phrases) != 1 or len(phrases[0].text.split()) != 2:
            return None
        start = phrases[0].start
        end = start + len(first_word(phrases[0].text)[0])
    before = _INDEFINITE.sub("an " if participle[0] in "aeiou" else "a ", question[:start])
    return before + participle + question[end:]


def replaced_phrase(question: str, fragment: str) -> NounPhrase | None:
    """Return the phrase of *question* that :func:`ask_about` replaces with *fragment*, if there is one."""
    preposition, rest = _split_preposition(_decapitalised(fragment.strip()))
    return _place_for(question, preposition, rest)


def ask_with(question: str, answer: str, question_word: str) -> str | None:
    """
    Return *question* with another question word.

    >>> ask_with("Who founded Microsoft?", "Bill Gates and Paul Allen.", "When?")
    'When was Microsoft founded?'

    Args:
        question: One plain sentence.
        answer: Its answer, which may name a person.
        question_word: Question words only.
    """
    new = " ".join(without_mark(question_word).split())
    parts = _PARTS.match(question)
    if parts is None:
        return _of_choice(question, new)
    old, rest = parts["asking"].lower(), without_mark(parts["rest"])
    auxiliary, subject = ("is", rest) if parts["is"] else first_word(rest)
    if new.lower() == f"{old} else":
        return f"{new} {parts['rest']}"
    if old in ("when", "where", "why") or (old == "how" and auxiliary in AUXILIARIES):
        return _of_event(new, auxiliary, subject)
    if not _is_adverbial(new):
        return None
    if auxiliary.lower() in AUXILIARIES:
        return _of_fact(question, answer, new, auxiliary, subject)
    return _passive(new, rest) if old == "who" else None


def counts_nothing(question: str) -> bool:
    """Return whether "how many" has no noun after it, as in "how many in Texas?"."""
    match = _COUNTED.match(question)
    if match is None or match["noun"].strip() or not _OF_NOTHING.match(match["rest"]):
        return False
    # "How much did the plumber charge?" asks for money.
    return not _OF_MONEY.match(question) or _OF_ANYTHING.search(question) is not None


def count_again(question: str, counting: str) -> str | None:
    """
    Return "how many in Texas?" with the noun that the previous question counted.

    >>> count_again("How many murders were there in Ohio in 2016?", "how many in Texas?")
    'How many murders were there in Texas in 2016?'

    Args:
        question: The previous question.
        counting: The question without a noun.
    """
    old, new = _COUNTED.match(question), _COUNTED.match(counting)
    if new is None:
        return None
    if old is None:
        counted = next((phrase.text for phrase in noun_phrases(question) if is_plural(phrase.text)), None)
        return counted and f"{new['how']} {counted} {new['rest']}"
    if not old["noun"]:
        return None
    rest = _THERE.sub("", new["rest"], count=1).strip()
    if _split_preposition(rest)[0]:
        return ask_about(question, rest)
    return f"{new['how']} {old['noun']} {new['rest']}"


def _in_period(question: str, fragment: str) -> str | None:
    """Return *question* about another year or span of years; None if the fragment is none."""
    period = _PERIOD.fullmatch(fragment)
    if period is None:
        return None
    old = _PERIOD.search(question)
    several = not period["period"].isdigit()
    if old is None:
        preposition = "" if period["preposition"] else ("from " if several else "in ")
        return f"{without_mark(question)} {preposition}{fragment}?"
    if period["preposition"] or several or not old["period"].isdigit():
        new = fragment if period["preposition"] else f"{'from' if several else 'in'} {fragment}"
        return question[: old.start()] + (new if old["preposition"] else fragment) + question[old.end() :]
    return question[: old.start("period")] + fragment + question[old.end("period") :]


def _with_verb(question: str, verb: str) -> str | None:
    """Return *question* with another main verb: "when does the lease end?"; None if the fragment is none."""
    if " " in verb or plain(verb) not in AFTER_DO | VERBS:
        return None
    start = main_verb(question)
    if start is None:
        return None
    return question[:start] + verb + question[start + len(first_word(without_mark(question[start:]))[0]) :]


def _place_for(question: str, preposition: str, fragment: str) -> NounPhrase | None:
    """
    Return the phrase of *question* that is most similar to the fragment, the first of equals.

    The thing asked for ("how many murders") isn't replaced, unless it is the only phrase.
    """
    phrases = noun_phrases(question)
    target = requested_phrase(question, phrases)
    alone = len(phrases) == 1 and is_plural(fragment) and not fragment[:1].isupper()
    fitting = [phrase for phrase in phrases if not preposition or phrase.preposition == preposition]
    fitting = [phrase for phrase in fitting if phrase != target or alone]
    # "Does the warranty cover the battery?": of equal things, the verb's object rather than its subject.
    verb = main_verb(question) if has_determiner(fragment) else None

    # "Population of Texas": the words before the preposition say what is asked for.
    words_only = not (is_question(question) or is_request(question))

    def rank(phrase: NounPhrase) -> tuple[int, bool]:
        later = phrase.start > verb if verb is not None else words_only and bool(phrase.preposition)
        return _similarity(phrase, fragment), later

    return max(fitting, key=rank, default=None)


def _similarity(phrase: NounPhrase, fragment: str) -> int:
    shared = {stem(word) for word in split_words(fragment)} & {stem(word) for word in phrase.text.split()}
    same_article = has_determiner(fragment) == bool(phrase.article)
    return 3 * bool(shared) + 2 * same_article + (fragment[:1].isupper() == phrase.text[:1].isupper())


def _range_of(question: str, place: NounPhrase) -> tuple[int, int]:
    """Return the range to replace, including the article and a second name that "and" joins to it."""
    start = place.start if place.is_owned else place.article_start
    joined = re.match(r"\s+and\s+(?=[A-Z])", question[place.end :])
    second = place.end + joined.end() if joined else None
    ends = [phrase.end for phrase in noun_phrases(question) if phrase.start == second]
    return start, ends[0] if ends else place.end


def _of_choice(question: str, new: str) -> str | None:
    """Return a yes/no question with a question word: "when did Apple open it?"."""
    auxiliary, rest = first_word(question.strip())
    low = auxiliary.lower()
    if low not in AUXILIARIES:
        return None
    if new.lower() == "why not":
        denied = _DENIED.get(low, f"{low}n't")
        return f"why {denied} {rest}"
    subject, after = first_word(rest)
    if subject.lower() in ("anyone", "anybody", "someone") and new.lower() == "who":
        return f"{new} {low} {after}"
    if subject.lower() in ("anyone", "anybody", "someone") and new.lower() == "how many":
        plural = {"was": "were", "is": "are", "has": "have", "does": "do"}
        return f"{new} people {plural.get(low, low)} {after}"
    return f"{new} {low} {rest}" if _is_adverbial(new) and new.lower() != "how many" else None


def _of_event(new: str, auxiliary: str, subject: str) -> str | None:
    """Return a question for time or place with another question word, such as "who" or "why"."""
    if _is_adverbial(new):
        return f"{new} {auxiliary} {subject}?"
    passive = any(participle(word) == word.lower() for word in subject.split()[1:])
    if passive and auxiliary.lower() in _BE and new.lower() in ("who", "by whom", "who by"):
        return f"by whom {auxiliary} {subject}?"
    return None


def _of_fact(question: str, answer: str, new: str, auxiliary: str, subject: str) -> str | None:
    """Return "who is the president?" as "when", "where" or "why", with the person that the answer names."""
    if auxiliary.lower() not in _BE:
        brief = without_mark(answer)
        added = "" if len(brief.split()) > MAX_BRIEF else brief
        if main_verb(question) is not None:
            return f"{new} {auxiliary} {subject} {added}".rstrip() + "?"
        # "Who will be at home?" asks for the subject, which the answer names.
        name = answered_name(question, answer) if _ASKS_WHO.match(question) else None
        return name and f"{new} {auxiliary} {name} {subject}?"
    if not has_determiner(subject):
        return f"{new} {auxiliary} {subject}?"
    name = answered_name(question, answer)
    return name and f"{new} {auxiliary} {name} {subject}?"


def _passive(new: str, rest: str) -> str | None:
    """Return "founded Rome" as a passive question: "when was Rome founded?"."""
    verb, after = first_word(rest)
    done = participle(verb)
    if done is None or not after:
        return None
    adjunct = _ADJUNCT.search(after)
    cut = adjunct.start() if adjunct else len(after)
    patient, further = after[:cut], after[cut:]
    several = is_plural(patient) and plain(first_word(patient)[0]) not in ("a", "an")
    present = plain(verb).endswith("s") and plain(verb) != "was"
    be = ("are" if several else "is") if present else ("were" if several else "was")
    return f"{new} {be} {patient} {done}{further}?"


def _is_adverbial(question_word: str) -> bool:
    """Return whether question words ask for a time, a place, a reason or an amount, not for a thing."""
    words = question_word.lower().split()
    what = {"what", "which"} - (set(words) if words[0] in PREPOSITIONS else set())  # "at what speed"
    return not ({"who", "whom"} | what) & set(words)


def _split_preposition(fragment: str) -> tuple[str, str]:
    """Return the preposition and the rest: ("for", "women") of "for women"."""
    first, rest = first_word(fragment)
    return (first.lower(), rest) if first.lower() in PREPOSITIONS and rest else ("", fragment)


def _without_article(fragment: str) -> str:
    first, rest = first_word(fragment)
    return rest if plain(first) in ARTICLES and rest else fragment


def _decapitalised(fragment: str) -> str:
    """Return *fragment* with its first word in lower case if that is an article or a preposition."""
    first, _ = first_word(fragment)
    return first.lower() + fragment[len(first) :] if first.lower() in ARTICLES | PREPOSITIONS else fragment
