"""
Conversational query rewriting: make a follow-up self-contained, by rule and without a model.

A self-contained question is returned unchanged. Otherwise the previous question supplies what is missing: a
fragment replaces its counterpart there ("And Netflix?"), a bare question word replaces its question word
("When?"), and a pronoun is replaced by what it refers to. If no rule applies, the words of the topic follow
the question in brackets.

These rules are English. In another language, a question that starts with *and*, that corrects the previous
one or that has no content word is followed by the previous question in brackets; a year alone replaces the
year there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.answering.corrections import correction_of, retracted_range
from qa.answering.english import (
    ARTICLES,
    ASKING,
    ATTRIBUTES,
    AUXILIARIES,
    MAX_CHARACTERS,
    NEEDING_MORE,
    OPENING,
    VERBS,
    is_bare_question_word,
    is_question,
    is_request,
    is_time,
    noun_phrases,
    plain,
    split_words,
    stem,
    without_mark,
)
from qa.answering.languages import (
    ENGLISH,
    corrected_part,
    detect_language,
    function_words,
    language_after,
    opens_with_and,
    replace_last_phrase,
    without_and,
)
from qa.answering.periods import is_unclear_period
from qa.answering.pronouns import counted_phrase, points_back, resolve_pronouns
from qa.answering.question_analysis import QuestionKind, analyse_question
from qa.answering.question_forms import ask_about, ask_with, count_again, counts_nothing, with_noun
from qa.records import Turn

MAX_EXCHANGES = 12
"""Maximum number of turns that are considered."""
RECENT_EXCHANGES = 3
"""Number of turns that a search takes into account."""
RECENT_CHARACTERS = 300
"""Maximum characters of each such turn: its topic is at its beginning, and embedding more takes longer."""
MAX_FRAGMENT = 10
"""Maximum words of a fragment that starts with *and*; others may have half as many."""
MAX_PLAIN = 16
"""Maximum words of a previous question that is rewritten; a longer one only supplies its topic."""
MAX_CARRIED = 8
"""Maximum words of the topic that are added in brackets."""
MIN_COMMON = 3
"""Minimum number of words that two questions have in common if they differ in one phrase."""

_LEAD = re.compile(
    r"\W*(?:(?:and|or|but|so|then|also|well|ok|okay|oh|aha|great|got it|i see|thank(?:s| you)(?: for \w+)?)\b"
    r"[\s,.!]*)+",
    re.I,
)
_ABOUT = re.compile(
    r"\W*(?:(?:and|or|but|so|then|also|ok|okay|hm+)\b\W*)*"
    r"(?:(?:what|how)\s+(?:about|of)"
    r"|(?:(?:is|was)\s+(?:it|that)\s+|does\s+)?(?:the\s+)?(?P<same>same)\s+(?:question\s+|thing\s+)?"
    r"(?:(?:go|goes|apply|applies)\s+)?(?:for|to|with))"
    r"\s+(?P<rest>.+)",
    re.I | re.S,
)
"""What about the North? Does the same apply to the North?"""
_ABOUT_AND_ASK = re.compile(r"(?P<subject>[^?]+)\?\s+(?P<further>.*\w.*)", re.S)
"""What about the North? Is it large?"""
_COMPARED = re.compile(
    r"\W*(?:and\s+|so\s+)?(?:compare\s+(?:that|it|this)\s+(?:with|to)|how\s+does\s+(?:that|it|this)\s+compare\s+(?:with|to)"
    r"|(?:is|was)\s+(?:that|it|this)\s+(?:more|less|higher|lower|longer|shorter|bigger|larger|smaller|cheaper|better|worse)"
    r"\s+than(?:\s+(?:in|for|with|of))?)\s+(?P<rest>.+)",
    re.I | re.S,
)
"""How does that compare to Ohio?"""
_PARTICLES = re.compile(r"[\s,]+(?:too|then|please|instead|as well|also|either)(?=\W*$)", re.I)
"""And Ohio, too?"""
_NEXT_YEAR = re.compile(
    r"\W*(?:and\s+)?(?:in\s+)?the\s+(?:(?P<before>year\s+before|previous\s+year|preceding\s+year)"
    r"|(?:year\s+after|following\s+year|next\s+year))(?:\s+that)?\W*",
    re.I,
)
_ANYONE_ELSE = re.compile(r"\W*(?:and\s+)?(?:any|some)(?:one|body|thing)\s+else\W*", re.I)
_SOMEBODY = re.compile(r"\b(?:any|some)(?:one|body)\b", re.I)
_SOMETHING = re.compile(r"\b(?:any|some)thing\b", re.I)
_NEW_TOPIC = re.compile(
    r"(?:[^?]{0,80}\b(?:(?:different|another|new|next|other)\s+(?:question|topic|subject)\b"
    r"|(?:sorry|oops)\b[^?.!]*[.!](?=\s))"
    r"|\W*(?:(?:ok|okay|great|perfect|good|alright|thanks|thank\s+you|thx)\b(?:\s+for\s+\w+)?[\s,.!]+)+"
    r"(?:now\b)?)[\s:,.–-]*(?P<rest>.+)",
    re.I | re.S,
)
"""OK thanks. Different topic: when is the rent due?"""
_ELLIPTIC = re.compile(
    r"\W*(?:and|but)\s+(?P<rest>(?P<opening>\w+\s+\w+)\s+(?P<subject>.+)\s+(?P<verb>\w+))\W*", re.I
)
"""And what did George try?"""
_WHAT_PHRASE = re.compile(
    r"(?:at|in|for|by|with|on|from|to|until|under|of)\s+(?:what|which|how (?:many|much))\s+"
    r"[^\W\d_]+(?:\s+[^\W\d_]+)?\s*\?*",
    re.I,
)
"""At what temperature?"""
_CLAUSE = re.compile(
    r"\W*(?:(?:and|but|or|so)\s+)?(?:what\s+)?(?P<clause>(?:if|unless)\s+\S+\s+\S.*)", re.I | re.S
)
"""And if it's raining?"""
_CONDITION = re.compile(
    r"(?!.*\b(?:know|tell|says?|see|check)\b)(?P<main>.*?\S)\s+(?:if|unless|when)\s+\S", re.I | re.S
)
"""What happens when I cancel? Not: do you know when the rent is due?"""
_COMPLETE = re.compile(
    r"[,?]\s*\S|\b(?:do|does|did|can|could|will|would|should|must|may|is|are|am|was|were)\s+"
    r"(?:i|we|you|they|it|he|she|the|there|my|an?|any)\b|\b(?:who|what|when|where|how|which)\b",
    re.I,
)
"""If I cancel, do I pay?"""
_WHICH = re.compile(r"\W*(?:which|what)\s+[^\W\d_]+\W*", re.I)
"""Which button?"""
_HOW_TO = re.compile(r"\W*how\s+(?:do|can|could|should|would)\s+(?:i|we|you)\s+(?P<action>\S.*)", re.I | re.S)
_OF_ACTION = re.compile(
    r"(?P<asking>.*\b(?:does|do|will|would|did))\s+(?:it|that|this)\s+(?P<verb>take|cost)(?P<rest>\W.*)?",
    re.I | re.S,
)
"""How long does that take?"""
_NUMBERED_ONE = re.compile(r"the\s+(?P<number>first|second|third|fourth|fifth|last)(?:\s+one)?\W*", re.I)
_NUMBERS = ("first", "second", "third", "fourth", "fifth")
_ITEM_BREAK = re.compile(r"\s*(?:[;\n]|,\s+(?:and|or)\s|,\s|\s(?:and|or)\s)\s*")
_OF_ANSWER = re.compile(r"\W*(?:is|was)\s+(?:that|this)\s+(?:an?|the)\b", re.I)
"""Is that a minimum?"""
_ASKS_AMOUNT = re.compile(r"\W*(?:how\s+(?:many|much|long|often|fast|soon|far|big|old)|when|by when)\b", re.I)
_BRACKETS = re.compile(r"\s*\([^()]*\)")
_YEAR = re.compile(r"\b(?:1[4-9]|20)\d\d\b")
_OPENING_OF_CLAUSE = [["if"], ["unless"], ["when"], ["once"], ["any"]]
_SENTENCES = re.compile(r"(?<=[^\W_]{4}[.!])\s+|(?<=\?)\s+")
_SEVERAL = re.compile(r"[^\W_]{4}[.!]\s|\?\s|[(:;]")
"""What a single plain sentence doesn't have."""


@dataclass(frozen=True, slots=True)
class Parallel:
    """
    The question before, where the new one differs from it in one phrase.

    Args:
        answer: The answer to it.
        replaced: Its phrase.
        fragment: The phrase of the new question.
    """

    answer: str
    replaced: str
    fragment: str


def rewrite_question(question: str, history: Sequence[Turn]) -> str:
    """
    Return the question in a self-contained form; itself if it has that form or nothing can be added.

    >>> rewrite_question("And in 2015?", [Turn("Who ruled Egypt in 2010?")])
    'Who ruled Egypt in 2015?'

    Args:
        question: The question as typed.
        history: The turns before it, oldest first.
    """
    context = _Context.of(history[-MAX_EXCHANGES:])
    if context is None or len(question) > MAX_CHARACTERS:
        return question
    return context.rewrite(question)


def parallel_question(question: str, history: Sequence[Turn]) -> Parallel | None:
    """
    Return how a question differs from the one before it, if that is one phrase only.

    >>> parallel_question("Who ruled Egypt in 2015?", [Turn("Who ruled Egypt in 2010?", "Mubarak.")])
    Parallel(answer='Mubarak.', replaced='2010', fragment='2015')

    Args:
        question: In a self-contained form.
        history: The turns before it, oldest first.
    """
    context = _Context.of(history[-MAX_EXCHANGES:])
    if context is None or not context.answer:
        return None
    before, after = split_words(context.question), split_words(question)
    begun = _common_length(before, after)
    ended = _common_length(before[begun:][::-1], after[begun:][::-1])
    old, new = before[begun : len(before) - ended], after[begun : len(after) - ended]
    if not old or not new or max(len(old), len(new)) > MAX_FRAGMENT // 2 or begun + ended < MIN_COMMON:
        return None
    return Parallel(context.answer, " ".join(old), " ".join(new))


def is_follow_up(question: str, before: str = "") -> bool:
    """
    Return whether the question depends on the history.

    It does if it points back, names nothing, is a fragment or corrects the previous question.

    ``is_follow_up("Why?")``, ``is_follow_up("How big is it?")`` and ``is_follow_up("What about the North?")``
    hold; ``is_follow_up("When is the invoice due?")`` does not.

    Args:
        question: The question as typed.
        before: The previous question, which decides the language of a very short one.
    """
    words = split_words(question)
    if not words:
        return False
    language = language_after(question, before)
    if language != ENGLISH:
        return _is_follow_up_in(question, words, language)
    return (
        _ABOUT.match(question) is not None
        or correction_of(question, before) is not None
        or _COMPARED.match(question) is not None
        # Without a noun or a time of its own it can only be about something said before.
        or not (
            noun_phrases(question)
            or any(is_time(word) or _has_article(words, at) for at, word in enumerate(words))
        )
        or any(points_back(words, at) for at in range(len(words)))
        or _is_fragment(words)
        or _WHAT_PHRASE.fullmatch(question.strip()) is not None
        or counts_nothing(question)
        or _WHICH.fullmatch(question) is not None
        or ((clause := _CLAUSE.fullmatch(question)) is not None and not _COMPLETE.search(clause["clause"]))
        or _ANYONE_ELSE.fullmatch(question) is not None
        or analyse_question(question).kind is QuestionKind.VAGUE
    )


def recent_history(history: Sequence[Turn]) -> list[str]:
    """
    Return the last turns as texts, for a search to take into account.

    >>> recent_history([Turn("Who ruled Egypt?", "Fuad.")])
    ['Who ruled Egypt? Fuad.']
    """
    last = (
        f"{turn.question} {turn.answer}"[:RECENT_CHARACTERS].strip() for turn in history[-RECENT_EXCHANGES:]
    )
    return [text for text in last if text]


@dataclass(frozen=True, slots=True)
class _Context:
    """
    What a follow-up can be completed from.

    Args:
        question: The previous question, in a self-contained form.
        answer: The answer to it.
        topic: Phrases that the conversation is about, the latest first.
    """

    question: str
    answer: str
    topic: tuple[str, ...]

    @classmethod
    def of(cls, history: Sequence[Turn]) -> "_Context | None":
        """Return the context after *history*; a self-contained question starts a new topic."""
        context: _Context | None = None
        for turn in history:
            typed = turn.question[:MAX_CHARACTERS]
            topic = _topic_phrases(typed)
            question = typed
            # Follow-ups may depend on follow-ups, so each is rewritten with the context before it.
            if context is not None and is_follow_up(typed, context.question):
                question, topic = context.rewrite(typed), tuple(dict.fromkeys((*topic, *context.topic)))
            elif context is not None and not topic:
                topic = context.topic
            context = cls(_last_question(question), turn.answer[:MAX_CHARACTERS], topic)
        return context

    @property
    def is_plain(self) -> bool:
        """Return whether the previous question is one short sentence, which the rules can rewrite."""
        question = self.question.strip()
        short = len(split_words(question)) <= MAX_PLAIN
        return short and not _SEVERAL.search(question) and (is_question(question) or is_request(question))

    @property
    def is_words(self) -> bool:
        """Return whether the previous question may be a few words that are looked for: "rent in March"."""
        question = self.question.strip()
        return len(split_words(question)) <= MAX_CARRIED and not _SEVERAL.search(question)

    def rewrite(self, question: str) -> str:
        """Return *question* in a self-contained form; itself if it has that form or nothing can be added."""
        question = _without_opening(question)
        if not is_follow_up(question, self.question):
            return self._with_predicate(question) or question
        language = language_after(question, self.question)
        if language != ENGLISH:
            return self._with_question(corrected_part(question, language) or question, language)
        if detect_language(question) == ENGLISH == detect_language(self.question):
            rewritten = (
                self._corrected(question)
                or self._compared(question)
                or self._on_condition(question)
                or self._completed(question)
            )
            if rewritten:
                return " ".join(rewritten.split())
        return self._with_topic(question)

    def _corrected(self, question: str) -> str | None:
        """Return the previous question with a correction applied, or the correction if it is a question."""
        meant = correction_of(question, self.question)
        if meant is None:
            return None
        # "Not Texas, New Mexico" names the words to replace.
        if wrong := retracted_range(question, self.question):
            return self.question[: wrong[0]] + meant.rstrip("?.! ") + self.question[wrong[1] :]
        # "I meant Saturn, is it large?" names a subject and asks about it.
        subject, _, further = meant.partition(",")
        if is_question(further):
            return _ask_of(with_noun(self.question, subject) or subject, further.strip())
        if is_question(meant):
            return self.rewrite(meant) if is_follow_up(meant) else self._with_topic(meant)
        return self._about(meant)

    def _compared(self, question: str) -> str | None:
        """Return the previous question compared with something: "how does that compare to Ohio?"."""
        other = _COMPARED.match(question)
        if other is None or not self.is_plain:
            return None
        return f"{without_mark(self.question)} compared to {without_mark(other['rest'])}?"

    def _on_condition(self, question: str) -> str | None:
        """Return the previous question with another condition: "and if it rains?" for "when it's sunny"."""
        clause, earlier = _CLAUSE.fullmatch(question), _CONDITION.match(self.question)
        if clause is None or earlier is None or not self.is_plain:
            return None
        # What the earlier condition says is only the topic now; the pronouns may refer to all of it.
        return self._with_topic(f"{earlier['main']} {without_mark(clause['clause'])}?")

    def _completed(self, question: str) -> str | None:
        about = _ABOUT.match(question)
        if about:
            same_for = about["same"] and " for " in self.question
            return self._what_about(f"for {about['rest']}" if same_for else about["rest"])
        lead = _LEAD.match(question)
        rest = question[lead.end() :] if lead else question
        words = split_words(rest)
        if not words or not self.is_plain:
            return (
                self._about(rest) if words and self.is_words and _is_fragment(split_words(question)) else None
            )
        # The order matters: "how many of them?" has a pronoun and no noun, and the pronoun is resolved.
        bare = is_bare_question_word(words) or _WHAT_PHRASE.fullmatch(rest.strip())
        if bare or _ANYONE_ELSE.fullmatch(rest):
            return ask_with(self.question, self.answer, _SOMEBODY.sub("who", _SOMETHING.sub("what", rest)))
        if any(points_back(words, at) for at in range(len(words))):
            return self._resolved(rest) if _asks(rest) else None
        if counts_nothing(rest):
            return count_again(self.question, rest)
        return self._about(rest) if _is_fragment(split_words(question)) else None

    def _resolved(self, question: str) -> str | None:
        """Return *question* with its pronouns resolved, and with what the previous question counted."""
        # "How long is the warranty?", "is that a minimum?": *that* is what was answered.
        if _OF_ANSWER.match(question) and _ASKS_AMOUNT.match(self.question):
            return None
        action, asked = _HOW_TO.fullmatch(self.question), _OF_ACTION.fullmatch(without_mark(question))
        if action and asked:
            done = f"{without_mark(action['action'])}{asked['rest'] or ''}"
            return f"{asked['asking']} it {asked['verb']} to {done}?"
        resolved = resolve_pronouns(question, self.question, self.answer)
        counted = counted_phrase(self.question)
        if resolved is None or counted is None or counted.lower() in resolved.lower():
            return resolved
        # "When do they expire?" may be said of the employees or of their days.
        return f"{resolved} ({counted})"

    def _with_predicate(self, question: str) -> str | None:
        """
        Return "and what did George try?" with what Harris tried to do; None for another question.

        It begins as the previous question does, and breaks off with its verb.
        """
        found = _ELLIPTIC.fullmatch(question)
        earlier = without_mark(self.question)
        if (
            found is None
            or not self.is_plain
            or not earlier.lower().startswith(f"{found['opening'].lower()} ")
        ):
            return None
        _, verb, rest = earlier.partition(f" {found['verb']} ")
        return f"{found['rest']} {rest}?" if verb else None

    def _what_about(self, subject: str) -> str | None:
        """Return the question that "what about X?" or "what about X? Is it large?" stands for."""
        further = _ABOUT_AND_ASK.fullmatch(subject)
        if further:
            return _ask_of(further["subject"], further["further"])
        return subject if is_question(subject) else self._about(subject)

    def _about(self, fragment: str) -> str | None:
        """Return the previous question with *fragment* in place of its closest counterpart."""
        fragment = _PARTICLES.sub("", fragment)
        numbered = _NUMBERED_ONE.fullmatch(fragment)
        if numbered:
            # "How long is the first phase?" has what "the second" stands for.
            if not any(plain(word) in (*_NUMBERS, "last") for word in split_words(self.question)):
                return self._of_item(numbered["number"].lower())
            fragment = f"the {numbered['number'].lower()} one"
        fragment = _year_of(fragment, self.question) or with_noun(self.question, fragment) or fragment
        words = split_words(fragment)
        unclear = _asks_of_topic(words) or is_unclear_period(fragment)
        if not (self.is_plain or self.is_words) or len(words) > MAX_FRAGMENT or unclear:
            return None
        if any(points_back(words, at) for at in range(len(words))):
            resolved = resolve_pronouns(fragment, self.question, self.answer)
            return resolved and f"what about {resolved.rstrip('?.! ')}?"
        return ask_about(self.question, fragment)

    def _of_item(self, number: str) -> str | None:
        """Return a question about an item that the answer lists; None if it doesn't list as many."""
        items = [item.strip(" .:") for item in _ITEM_BREAK.split(self.answer)]
        at = len(items) - 1 if number == "last" else _NUMBERS.index(number)
        short = all(0 < len(split_words(item)) <= MAX_CARRIED for item in items)
        if len(items) < 2 or at >= len(items) or not short:
            return None
        return self._with_topic(f"what about {items[at]}?")

    def _with_question(self, question: str, language: str) -> str:
        """Return *question* followed by the previous one, or the previous one with the year of *question*."""
        earlier = _BRACKETS.sub("", self.question).strip(" .?!¿¡…")
        if not earlier or len(split_words(earlier)) > MAX_PLAIN:
            return self._with_topic(question)
        years, functional = _YEAR.findall(question), function_words(language)
        own = [word for word in split_words(question) if word.lower() not in functional]
        # Only a year, as in "¿Y en 2015?": it replaces the only year of the previous question.
        if years and own == years and len(_YEAR.findall(earlier)) == 1:
            return f"{_YEAR.sub(years[0], earlier)}?"
        fragment = without_and(question, language).strip(" .?!¿¡…")
        if replaced := replace_last_phrase(earlier, fragment, language):
            return f"{replaced}?"
        if years:
            earlier = " ".join(_YEAR.sub("", earlier).split())
        return f"{question} ({earlier})"

    def _with_topic(self, question: str) -> str:
        """Return *question* followed by the phrases of the topic that add a word to it."""
        known = {stem(word) for word in split_words(question)}
        remaining, added = MAX_CARRIED, []
        for phrase in self.topic:
            words = phrase.split()
            new = {stem(word) for word in words} - known
            if new and len(words) <= remaining:
                added.append(phrase)
                known |= new
                remaining -= len(words)
        return f"{question} ({', '.join(added)})" if added else question


def _year_of(fragment: str, question: str) -> str | None:
    """Return the year that "the year before" stands for after a question with one year."""
    match, years = _NEXT_YEAR.fullmatch(fragment), _YEAR.findall(question)
    return str(int(years[0]) + (-1 if match["before"] else 1)) if match and len(years) == 1 else None


def _asks_of_topic(words: Sequence[str]) -> bool:
    """Return whether a fragment asks something of the topic: "phone number?", "any fees?", "if I move?"."""
    low = [plain(word) for word in words]
    return low[:1] in _OPENING_OF_CLAUSE or all(word in ATTRIBUTES or word in NEEDING_MORE for word in low)


def _common_length(words: Sequence[str], others: Sequence[str]) -> int:
    """Return how many words two sequences begin with that are the same."""
    pairs = zip(words, others, strict=False)
    return next(
        (at for at, (one, other) in enumerate(pairs) if plain(one) != plain(other)),
        min(len(words), len(others)),
    )


def _ask_of(subject: str, question: str) -> str:
    """Return a question about a subject that was named just before it."""
    subject = subject.strip().strip("?.!,;: ")
    return _Context(f"what is {subject}?", "", _topic_phrases(subject)).rewrite(question)


def _without_opening(question: str) -> str:
    """Return a question without what was said before it of another topic or of the answer: "OK thanks."."""
    opening = _NEW_TOPIC.match(question)
    return opening["rest"].strip() if opening and is_question(opening["rest"]) else question


def _asks(text: str) -> bool:
    """Return whether a text is a question; a few words may be one without a question mark."""
    return text.rstrip().endswith("?") or is_question(text) or len(split_words(text)) <= MAX_FRAGMENT


def _has_article(words: Sequence[str], at: int) -> bool:
    """Return whether an article makes a verb a noun: *a will*, *a change*."""
    low = plain(words[at])
    return at > 0 and words[at - 1].lower() in ("a", "an") and (low in AUXILIARIES or low in VERBS)


def _is_fragment(words: Sequence[str]) -> bool:
    """Return whether words without a verb start with a preposition, or are one or two that aren't a name."""
    low = [plain(word) for word in words]
    if any(word in ASKING or word in AUXILIARIES or word in VERBS for word in low):
        return low[0] in ("and", "or") and len(words) == 2 and low[1] in VERBS
    if all(is_time(word) for word in words):
        return True
    longest = MAX_FRAGMENT if low[0] in ("and", "or", "but") else MAX_FRAGMENT // 2
    return len(words) <= longest and (low[0] in OPENING or (len(words) <= 2 and not _is_title(words)))


def _is_title(words: Sequence[str]) -> bool:
    """Return whether words are a name: *Red Hat*, *NodeSync*, or in a script without small letters."""
    first = plain(words[0])
    if first in ARTICLES:
        return False
    return not words[0][1:].islower() or (len(words) > 1 and all(word[0].isupper() for word in words))


def _is_follow_up_in(question: str, words: Sequence[str], language: str) -> bool:
    """Return whether a question starts with *and*, corrects the previous one, or has no content word."""
    functional = function_words(language)
    return (
        opens_with_and(question, language)
        or corrected_part(question, language) is not None
        or all(word.lower() in functional for word in words)
    )


def _topic_phrases(question: str) -> tuple[str, ...]:
    """
    Return the phrases that a question is about: its nouns with their modifiers.

    >>> _topic_phrases("What is the defense of marriage act?")
    ('defense of marriage act',)
    """
    language = detect_language(question)
    if language != ENGLISH:
        functional = function_words(language)
        words = split_words(question)
        return tuple(dict.fromkeys(word for word in words if word.lower() not in functional))
    # Phrases that only "of" separates are one: "defense of marriage act".
    ranges: list[tuple[int, int]] = []
    for phrase in noun_phrases(question):
        if ranges and question[ranges[-1][1] : phrase.start].lower().split() == ["of"]:
            ranges[-1] = ranges[-1][0], phrase.end
        else:
            ranges.append((phrase.start, phrase.end))
    return tuple(dict.fromkeys(question[start:end] for start, end in ranges))


def _last_question(question: str) -> str:
    """Return the last sentence that is a question: "Who is he?" of "Thanks. Who is he?"."""
    # A question that ends in brackets was rewritten already and is one sentence.
    asking = [sentence for sentence in _SENTENCES.split(question.strip()) if sentence.endswith("?")]
    return asking[-1] if asking and not question.endswith(")") else question
