"""
Pure: a follow-up question to one that stands alone, by rule and without a model.

The asked words stay as they are, and what was spoken of is put behind them, so that a person can see what was
added: ``"What was its religion?"`` becomes ``"What was its religion? (Byzantine Empire)"``.

Without a tagger, a noun is what is left of a question when the words of grammar, the commonest verbs and the
words that need a complement (*difference*, *steps*) are taken away. The lists are English: a question in
another language comes back unchanged, unless it is but a word or two.
"""

import re
from collections.abc import Iterator, Sequence

from qa.records import Turn

TOPIC_TURNS = 12
"""Exchanges that are looked back on."""

MAX_QUESTION_CHARS = 2000
"""Characters that are read of each question."""

HISTORY_TURNS = 3
"""Exchanges that make up what is spoken of."""

MAX_TURN_CHARS = 300
"""Characters of each of them: what an exchange is about shows at its beginning, and more takes longer."""

MAX_ADDED_WORDS = 8
"""Words that are carried over, at most."""

MAX_WORD = 40
"""Characters of a word that is carried over; what is longer is no noun."""

_WORD = re.compile(r"[^\W_]+(?:[-'’.&][^\W_]+)*")
_ELLIPTIC = re.compile(
    r"\W*(?:(?:and|or|but|so|then|also)\b\W*)?(?:what|how)\s+(?:about|of)\b"  # what about the North?
    r"|[^.?!]{0,12}\bi\s+meant?\b",  # oh, I meant Saturn
    re.I,
)
_DUMMY_SUBJECT = re.compile(r"(?:is|was|be|it's)(?: it)?(?: \w+){1,2} (?:to|that|if)\b|it rains\b")
"""Around an *it* that stands for nothing: "is it safe to", "it is true that"."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PRONOUNS = _words(
    "it its it's itself they them their theirs themselves he him his himself she her hers herself this that"
    " these those ones former latter"
)
_PERSONS = _words(
    "i me my mine myself you your yours yourself we us our ours ourselves someone anyone everyone"
)
_QUESTION_WORDS = _words("what which who whom whose when where why how what's who's where's when's how's")
_AUXILIARY = _words(
    "am is are was were be been being do does did done doing have has had having can could will would shall"
    " should may might must ought isn't aren't wasn't weren't don't doesn't didn't hasn't haven't hadn't"
    " can't cannot couldn't won't wouldn't shouldn't mustn't i'm i've i'd i'll you're you've we're we've"
    " they're they've that's there's"
)
_BEFORE_THAT = _AUXILIARY | _QUESTION_WORDS | _words("about of for by with like from and to in after before")
"""Words after which *that* is a pronoun; after others it joins clauses."""
_BEFORE_ONE = _words("which every each this that other any")
_TIME_WORDS = _words("day week weekend month year morning afternoon evening time who")
"""Words after which *this* and *those* don't point into the conversation: "this year", "those who"."""
_FUNCTION_WORDS = _words(
    "a an the some any no every each all both either neither another other others such same own of in on at"
    " to from by for with without within into onto about above below under over after before between among"
    " during through against per via as than like and or but nor so if then else because since while"
    " although though unless until whether not only also too very just even still yet again already ever"
    " never always often sometimes now today here there please ok okay yes well oh right actually instead"
    " rather quite much many more most less least few fewer several enough lot lots out up down off away"
    " back apart one two three first second third last next previous"
)
_FRAGMENT_OPENERS = _words(
    "and or but the in on at for with without from to of by during before after between among"
)
"""Words that a fragment opens with: "in 1950?", "and for women?"."""
_VERBS = _words(
    "mean means meant say says said tell tells told give gives gave given get gets got go goes went gone"
    " make makes made take takes took taken know knows knew known think thinks thought see sees saw seen"
    " look looks find finds found want wants need needs use uses using happen happens work works become"
    " becomes became begin begins began start starts end ends come comes came call keep kept let put show"
    " shows shown explain explains clarify describe define recommend suggest provide help try understand ask"
    " answer talk talking mention wonder wondering hear heard seem seems exist exists differ compare bring"
    " brings change changes create include includes contain contains matter matters fall fell feel hold"
    " holds add play kill die live cause affect apply consider originate"
)
_GENERIC_NOUNS = _words(
    "difference differences example examples way ways type types kind kinds sort step steps reason reasons"
    " causes effect effects advantage advantages disadvantage disadvantages benefit benefits problem"
    " problems issue issues thing things stuff part parts option options choice choices detail details"
    " information info idea ideas question questions answers topic subject word words term terms definition"
    " meaning purpose goal goals result results number amount size cost costs price fee fees time times year"
    " years date place places name names person people anything something nothing everything point points"
    " alternative alternatives requirement requirements solution solutions side sides role summary overview"
    " case cases method methods process procedure procedures rule rules condition conditions limit limits"
    " good bad best better worse worst big bigger biggest large larger largest long longer longest important"
    " main popular common similar different possible necessary available new old free easy hard true false"
    " sure wrong fine great high low"
)
"""Words that don't say by themselves what is spoken of."""
_GRAMMAR = _PRONOUNS | _PERSONS | _QUESTION_WORDS | _AUXILIARY | _FUNCTION_WORDS


def rewrite_question(question: str, history: Sequence[Turn]) -> str:
    """
    The question in words that stand alone; itself if it does already or nothing can be carried over.

    ``rewrite_question("And in 1950?", [Turn("Who ruled Egypt?")]) -> "And in 1950? (Egypt)"``

    Args:
        question: As asked; its words are kept.
        history: What was said before it, oldest first.

    Returns:
        At most ``MAX_ADDED_WORDS * (MAX_WORD + 2) + 3`` characters more than *question*.
    """
    if not is_follow_up(question):
        return question
    added = list(_topic_phrases(question, _topic(history)))
    return f"{question} ({', '.join(added)})" if added else question


def is_follow_up(question: str) -> bool:
    """
    Whether the question leans on what was said before: it points back, names nothing, is a fragment, or
    speaks of *the* one thing without saying whose.

    ``is_follow_up("Why?")``, ``is_follow_up("How big is it?")``, ``is_follow_up("What about the North?")``
    and ``is_follow_up("How much is the filing fee?")`` hold;
    ``is_follow_up("Who was Napoleon and when did he die?")`` does not.
    """
    words = _words_of(question)
    if not words:
        return False
    return (
        bool(_ELLIPTIC.match(question[:MAX_QUESTION_CHARS]))
        or not any(_is_noun(word) or _has_article(words, at) for at, word in enumerate(words))
        or any(_points_back(words, at) for at in range(len(words)))
        or _is_fragment(words)
        or _is_lone_and_definite(question, words)
    )


def recent_history(history: Sequence[Turn]) -> list[str]:
    """
    What is spoken of, for a search that leans to it: the last exchanges, questions with their answers.

    ``recent_history([Turn("Who ruled Egypt?", "Fuad.")]) -> ["Who ruled Egypt? Fuad."]``
    """
    last = (f"{turn.question} {turn.answer}"[:MAX_TURN_CHARS].strip() for turn in history[-HISTORY_TURNS:])
    return [text for text in last if text]


def _topic(history: Sequence[Turn]) -> tuple[str, ...]:
    """
    What the conversation is about, the latest first: a question that stands alone begins a new topic, a
    follow-up adds to the old one.
    """
    topic: tuple[str, ...] = ()
    for turn in history[-TOPIC_TURNS:]:
        phrases = _phrases(turn.question)
        if is_follow_up(turn.question):
            topic = tuple(dict.fromkeys((*phrases, *topic)))
        elif phrases:
            topic = phrases
    return topic


def _topic_phrases(question: str, topic: Sequence[str]) -> Iterator[str]:
    """The phrases of the topic that bring the question a new word, as many as there is room for."""
    held = {_stem(word) for word in _words_of(question)}
    room = MAX_ADDED_WORDS
    for phrase in topic:
        words = phrase.split()
        new = {_stem(word) for word in words} - held
        if new and len(words) <= room:
            yield phrase
            held |= new
            room -= len(words)


def _phrases(question: str) -> tuple[str, ...]:
    """
    The question's nouns in order, each with the words that stand close to it.

    ``_phrases("What is the defense of marriage act 1996?") -> ("defense of marriage act 1996",)``
    """
    runs: list[list[str]] = [[]]
    end = 0
    for found in _WORD.finditer(question[:MAX_QUESTION_CHARS]):
        word, apart = found[0], question[end : found.start()].strip()
        end = found.end()
        if apart or not _continues_phrase(word, runs[-1]):
            runs.append([])
        if _continues_phrase(word, runs[-1]):
            runs[-1].append(word)
    for run in runs:
        while run and (_normalise(run[-1]) == "of" or _is_participle(run[-1])):
            run.pop()
    return tuple(dict.fromkeys(" ".join(run) for run in runs if any(_is_noun(word) for word in run)))


def _continues_phrase(word: str, run: Sequence[str]) -> bool:
    """Whether a word goes on with a run of nouns and their adjectives; *of* joins two nouns."""
    low = _normalise(word)
    if low == "of":
        return bool(run) and _is_noun(run[-1])
    if len(word) > MAX_WORD or _is_acronym(word):
        return len(word) <= MAX_WORD
    return low not in _GRAMMAR and low not in _VERBS and not (_is_participle(word) and not run)


def _is_noun(word: str) -> bool:
    low = _normalise(word)
    if _is_acronym(word):
        return True
    known = low in _GRAMMAR or low in _VERBS or low in _GENERIC_NOUNS
    return not (known or low.isdigit() or _is_participle(word))


def _has_article(words: Sequence[str], at: int) -> bool:
    """Whether an article makes a noun of a verb: *a will*, *a change*."""
    low = _normalise(words[at])
    return at > 0 and words[at - 1].lower() in ("a", "an") and (low in _AUXILIARY or low in _VERBS)


def _is_acronym(word: str) -> bool:
    """``US`` and ``WHO`` are names, whatever ``us`` and ``who`` are."""
    return len(word) > 1 and word.isupper()


def _is_participle(word: str) -> bool:
    """Endings of verbs and adverbs: *reorganized*, *currently*; a capital makes a name of them."""
    return len(word) > 4 and word.islower() and word.endswith(("ed", "ly")) and not word.endswith("eed")


def _is_name(words: Sequence[str], at: int) -> bool:
    """A noun with a capital that isn't the sentence's first, or with one inside: *NodeSync*."""
    word = words[at]
    capital = (at > 0 and word[0].isupper()) or any(letter.isupper() for letter in word[1:])
    return capital and _is_noun(word)


def _is_fragment(words: Sequence[str]) -> bool:
    """A phrase without a verb that opens with a preposition or is a word or two, and isn't a name."""
    low = [_normalise(word) for word in words]
    if len(words) > 4 or any(word in _QUESTION_WORDS or word in _AUXILIARY or word in _VERBS for word in low):
        return False
    return low[0] in _FRAGMENT_OPENERS or (len(words) <= 2 and not _is_title(words))


def _is_title(words: Sequence[str]) -> bool:
    """*Red Hat* and *NodeSync*, and whatever is written in a script without small letters."""
    return not words[0][1:].islower() or (len(words) > 1 and all(word[0].isupper() for word in words))


def _is_lone_and_definite(question: str, words: Sequence[str]) -> bool:
    """One thing with *the* before it at the end of a short question, no name, and no *of* behind it."""
    if len(words) > 9 or len(_phrases(question)) != 1 or any(_is_name(words, at) for at in range(len(words))):
        return False
    end = [word.lower() for word in words[-4:]]
    return "the" in end[:-1] and "of" not in end


def _points_back(words: Sequence[str], at: int) -> bool:
    """Whether the word at *at* is a pronoun for something that the question itself doesn't name before it."""
    low = [_normalise(word) for word in words[: at + 5]]
    if not _is_pronoun(low, at):
        return False
    nouns = [number for number in range(at) if _is_noun(words[number])]
    return len(nouns) < 3 and not any(_is_name(words, number) for number in nouns)


def _is_pronoun(low: Sequence[str], at: int) -> bool:
    word, before, behind = low[at], low[at - 1] if at else "", low[at + 1] if at + 1 < len(low) else ""
    if word == "one":
        return before in _BEFORE_ONE
    if word == "that":
        return behind not in _TIME_WORDS and (not before or before in _BEFORE_THAT)
    if word in ("it", "it's"):
        return not _DUMMY_SUBJECT.search(" ".join(low[max(at - 1, 0) :]))
    return word in _PRONOUNS and behind not in _TIME_WORDS


def _words_of(question: str) -> list[str]:
    return _WORD.findall(question[:MAX_QUESTION_CHARS])


def _normalise(word: str) -> str:
    return word.lower().replace("’", "'")


def _stem(word: str) -> str:
    """Enough to see that *empire's* and *empires* are *empire*."""
    low = _normalise(word).removesuffix("'s")
    return low[:-1] if len(low) > 3 and low.endswith("s") else low
