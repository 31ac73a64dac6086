"""
The short answer of a sentence, shown only if it is complete and nothing shown contradicts it.

A reader marks a few words of a sentence. Shown alone, above the sentence, they must be the kind of thing that
was asked for, complete, affirmed by the sentence, without a rival in what is shown, and more than the
question's own words. Words that fail are dropped: the sentence is the answer then.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from qa.answering.answerers.amounts import DATE, Amount, amounts
from qa.answering.answerers.answer_type import AnswerType, Expected, expected_answer
from qa.answering.answerers.lexicon import content_stems, plain_words, stem, stems, words_in

MAX_WORDS = 12
MIN_LEAD = 2
"""Number of shared words by which an unmarked amount must fit the question better; a number counts two."""
_MAX_LIST_WORDS = 20

_CAPITALISED = (
    r"(?:[A-Z0-9][\w’'&@/+-]*(?:(?<=\b[A-Z])\.|(?<=\b[JSD]r)\.|(?<=\bInc|\bLtd)\.)?|[A-Z](?:\.[A-Z])+\.?)"
)
_JOINS = r"(?:of|the|de|la|le|van|von|der|den|del|di|da|du|al|bin|for|&|and the|of the)"
NAME = re.compile(
    rf"(?:the |The )?[A-Z](?:[\w’'&@/+-]|\.(?=[A-Z]|\s[A-Z]))*(?:(?<=\b[A-Z])\.|(?<=\b[A-Z][a-z])\."
    rf"|(?<=\b[A-Z][a-z][a-z])\.)?(?:[ \u00a0\n]+(?:{_JOINS}[ \n]+){{0,2}}{_CAPITALISED})*"
    rf"(?:\s\([A-Z][\w.-]*\))?"
)
"""A run of capitalised words, small words of names between them, and initials in brackets after it."""
_SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*\s*$")
_AT_NAME = re.compile(r"\s+[A-Z]")
_JOINT = re.compile(r"[,;]\s|\b(?:and|but|while|whereas)\b")
_TELLING = re.compile(r"\b[A-Z][\w’'-]+|\b\d[\d.,]*\b")
_PLACING = re.compile(r"\b(?:at|by|for|from|in|of|on|to|with)\b", re.I)
_LIST_JOINT = re.compile(r"(?:\s?,\s?(?:and|or|&)?\s?|\s(?:and|or|&)\s)(?:the\s)?")
_NEGATION_AFTER = re.compile(
    r"^\W{0,2}\s*(?:(?:is|are|was|were|has|have|had|did|does|do|will|would|could|can|may"
    r"|should)(?:n[’']t|\s(?:not|never|no longer))\b|not\b)",
    re.I,
)
_CLAUSE = re.compile(
    r"[,;:—–()]|\s-\s|\bbut\b|\balthough\b|\bthough\b|\bwhile\b|\bwhereas\b|\bbecause\b|\bthat\b"
    r"|\bwhich\b|\bwho\b"
)
_AGENT = re.compile(r"\b(?:by|from)\s+(?:the\s+|an?\s+)?(?:[a-z][\w-]*\s+){0,3}$")
_AT = re.compile(
    r"\b(?:in|on|at|under|near|behind|beside|inside|outside|into|onto|to|from|above|below)\s+"
    r"(?:(?:the|an?)\s+)?$",
    re.I,
)
_QUALIFIER = re.compile(
    r"\b(?:(?:more|less|fewer|greater|higher|lower|no more|no less|no fewer|not more|no later) than|up to"
    r"|at (?:least|most)|as (?:many|much|few|little|high|low) as|over|under|above|below|about|around"
    r"|approximately|roughly|nearly|almost|some|every|exceeding|a (?:maximum|minimum) of)\s+(?:an?\s+)?$",
    re.I,
)
"""Words before an amount that change its meaning: less than 1%."""
_QUALIFIER_AFTER = re.compile(
    r"(?:,?\s(?:or|and) (?:more|less|fewer|older|younger|over|above|below|up)|\sago)\b", re.I
)
_WHOLE_LIST = re.compile(
    r"(?:[\w’'-]+\s){0,3}[\w’'-]+(?:,\s(?:[\w’'-]+\s){0,3}[\w’'-]+)+,?\s(?:and|or)\s(?:[\w’'-]+\s?){1,4}"
)
"""Items of a few words each with "and" before the last."""
_RELATIVE = re.compile(r"\s*,?\s*(?:who|which|that|where|when|whose|whom)\b", re.I)
_FINITE = re.compile(
    r"\b[a-z]\w*\s(?:can|could|may|might|must|shall|should|will|would|is|are|was|were|has|had)\b"
)
"""A verb after a word in lower case: a clause, such as "group can be used locally"."""
_ACRONYM = re.compile(r"\b[A-Z][A-Za-z&-]*[A-Z]\w*\b")


def short_answer(
    question: str,
    text: str,
    sentence: tuple[int, int],
    marked: tuple[int, int] | None,
    shown: Sequence[str] = (),
) -> tuple[int, int] | None:
    """
    Return the part of *text* to show in bold above a sentence; None if no part is complete by itself.

    Args:
        question: A self-contained question.
        text: The passage.
        sentence: The sentence's range in *text*.
        marked: The range in *text*, within the sentence, that the reader marked; None if it marked nothing.
        shown: The other sentences that will be shown.
    """
    expected = expected_answer(question)
    start, end = sentence
    words = text[start:end]
    if marked is None or expected.type is AnswerType.DECISION:
        return None
    inner = (marked[0] - start, marked[1] - start)
    if expected.type is AnswerType.SENTENCE:
        found = _expansion(question, words)
    else:
        found = _of_type(question, expected, words, inner)
    if (
        found is None
        or _truncates(words, inner, found)
        or not _is_self_contained(question, expected, words, found)
    ):
        return None
    if any(_rival(question, expected, words[slice(*found)], other) for other in shown):
        return None
    if _is_of_another_part(question, words, found):
        return None
    return found[0] + start, found[1] + start


def _is_of_another_part(question: str, words: str, found: tuple[int, int]) -> bool:
    """
    Return whether a sentence says the like of several things, and the words are of another one.

    "The van is in Tern on Mondays, in Sala on Fridays" has a part for each day. What tells them apart is a
    name or a number of the question that only another part has.
    """
    asked = set(content_stems(question))
    parts = _parts(words)
    own = next((part for part in parts if part[0] <= found[0] < part[1]), None)
    if own is None or len(parts) == 1:
        return False
    here = words[slice(*own)]
    for start, end in parts:
        there = words[start:end]
        telling = set(stems(" ".join(_TELLING.findall(there)))) & asked
        alike = {word.lower() for word in _PLACING.findall(here)} & {
            word.lower() for word in _PLACING.findall(there)
        }
        if (start, end) != own and alike and telling - set(stems(here)):
            return True
    return False


def _parts(words: str) -> list[tuple[int, int]]:
    """Return the ranges of the parts of a sentence between commas and words that join clauses."""
    edges = [0, *(match.end() for match in _JOINT.finditer(words)), len(words)]
    return [(start, end) for start, end in pairwise(edges) if words[start:end].strip()]


def _truncates(words: str, marked: tuple[int, int], found: tuple[int, int]) -> bool:
    """Return whether words that overlap the marked ones leave out some that say something."""
    if found[1] <= marked[0] or marked[1] <= found[0]:
        return False
    answer_words = re.sub(r"\(.*\)\W*$", "", words[slice(*marked)], flags=re.S)  # "42 miles (68 km)"
    return not set(content_stems(answer_words)) <= set(content_stems(words[slice(*found)]))


def _of_type(
    question: str, expected: Expected, words: str, marked: tuple[int, int]
) -> tuple[int, int] | None:
    """Return the marked words, widened to the whole thing asked for; None if they are something else."""
    match expected.type:
        case AnswerType.AMOUNT:
            return _amount(question, expected, words, marked)
        case AnswerType.DATE:
            return _date(question, words, marked)
        case AnswerType.NAME:
            return _name(question, words, marked)
        case AnswerType.PLACE:
            return _place(words, marked)
        case _:
            return _phrase(words, marked)


def _amount(question: str, expected: Expected, words: str, marked: tuple[int, int]) -> tuple[int, int] | None:
    """Return the amount that the marked words touch, or another of its kind that fits better."""
    found = _without_conversions(words, [amount for amount in amounts(words) if amount.kind != "ordinal"])
    touched = [amount for amount in found if amount.start < marked[1] and marked[0] < amount.end]
    if expected.counted:
        counted = [amount for amount in found if expected.counted in amount.things]
        if counted:
            touched = [amount for amount in counted if amount in touched] or counted
    if len({amount.value for amount in touched}) != 1:
        return None
    selected = touched[0]
    if not _measures(expected, selected) and not _counts(expected, selected, found, words):
        return None
    rivals = [
        amount
        for amount in found
        if not selected.same_value(amount)
        and selected.is_like(amount)
        and _measures(expected, amount)
        and not (
            expected.counted and expected.counted in selected.things and expected.counted not in amount.things
        )
    ]
    if rivals and expected.counted and expected.counted not in selected.things:
        return None  # nothing says which of them counts what is asked for
    if rivals:
        fitting = _best_fitting(question, words, selected, rivals)
        if fitting is None:
            return None
        selected = fitting
    if (
        words[selected.number_end : selected.end].isupper()
        and len(words[selected.number_end : selected.end].strip()) > 3
        and not words.isupper()
    ):
        return None  # "82 TOTAL 369": a row of a table
    before, after = _QUALIFIER.search(words[: selected.start]), _QUALIFIER_AFTER.match(words[selected.end :])
    return before.start() if before else selected.start, selected.end + (after.end() if after else 0)


def _without_conversions(words: str, found: Sequence[Amount]) -> list[Amount]:
    """Leave out an amount in brackets that follows another one: "42 miles (68 km)"."""
    conversions = {
        other
        for other, amount in enumerate(found[1:], start=1)
        if re.fullmatch(r"\s*\(", words[found[other - 1].end : amount.start])
    }
    return [amount for at, amount in enumerate(found) if at not in conversions]


def _measures(expected: Expected, amount: Amount) -> bool:
    """Return whether an amount is of the kind that the question asks for."""
    if expected.counted:
        return expected.counted in amount.things or amount.kind == (_counted_kind(expected) or None)
    match expected.measure:
        case "":
            return True
        case "speed_or_time":
            return amount.kind in {"speed", "time"}
        case measure:
            return amount.kind == measure


def _counts(expected: Expected, selected: Amount, found: Sequence[Amount], words: str) -> bool:
    """Return whether an amount counts what is asked for under another name, or elsewhere in its sentence."""
    if not expected.counted or selected.kind:
        return False
    people = frozenset(map(stem, words_in("people")))
    if expected.counted in people and selected.things & people:
        return True
    if selected.things:
        # "Of the members, three came" counts members; "sample data (of 600 people)" counts no samples.
        clause = re.split(r"[(;:—–]", words[: selected.start])[-1]
        if expected.counted not in stems(clause):
            return False
    alone = all(amount is selected or amount.kind for amount in found)
    return alone and expected.counted in stems(words)


def _counted_kind(expected: Expected) -> str:
    """Return the kind of unit that "how many" names, such as hours or dollars; "" for things."""
    from qa.answering.answerers.lexicon import word_lists

    return next(
        (
            kind
            for kind, units in word_lists()["units"].items()
            if any(stem(unit) == expected.counted for unit in units)
        ),
        "",
    )


def _best_fitting(question: str, words: str, selected: Amount, rivals: Sequence[Amount]) -> Amount | None:
    """
    Return the amount whose part of the sentence shares most with the question; None on a tie or no overlap.

    An amount other than *selected* must share at least :data:`MIN_LEAD` words more.

    The sentence is divided between the amounts, each part reaching from one amount's end of clause to
    the next: "$500,000 for a first offense, and $1,000,000 for others" has two parts.
    """
    ordered = sorted([selected, *rivals], key=lambda amount: amount.start)
    edges = [0]
    for one, other in pairwise(ordered):
        between = words[one.end : other.start]
        cuts = [
            match.start()
            for match in re.finditer(
                r"[,;]|\band\b|\bbut\b|\bwhile\b|\bor\b|\bthan\b|\bfrom\b|\bto\b", between
            )
        ]
        edges.append(one.end + (cuts[-1] if cuts else len(between) // 2))
    edges.append(len(words))
    question_part = _signed(question)
    parts = [_signed(words[a:b]) for a, b in pairwise(edges)]
    # The words before the first amount usually govern them all; only its names and numbers are its own.
    own = re.findall(r"\b[A-Z][\w’'-]+|[+−-]?\d[\w.]*", words[: ordered[0].start])
    parts[0] = _signed(" ".join(own)) | _signed(words[ordered[0].start : edges[1]])
    common = set.intersection(*parts)
    fits = [
        sum(1 + word[-1:].isdigit() + (not word[0].isalnum()) for word in question_part & part - common)
        for part in parts
    ]
    best, of_chosen = max(fits), fits[ordered.index(selected)]
    plain = best == of_chosen or best >= of_chosen + MIN_LEAD
    return ordered[fits.index(best)] if fits.count(best) == 1 and best > 0 and plain else None


def _signed(text: str) -> set[str]:
    """Return the stems of content words, and figures with their sign: "+12V"."""
    return set(content_stems(text)) | {found.lower() for found in re.findall(r"(?<!\w)[+−-]\d[\w.]*", text)}


def _date(question: str, words: str, marked: tuple[int, int]) -> tuple[int, int] | None:
    """Return the date or range of dates that the marked words touch; None if it doesn't fit the question."""
    found = [match.span() for match in DATE.finditer(words)]
    touched = [(a, b) for a, b in found if a < marked[1] and marked[0] < b]
    if not touched:
        return None
    start, end = min(a for a, _ in touched), max(b for _, b in touched)
    if len(touched) > 1 and not re.fullmatch(
        r"[\s,]*(?:to|and|until|through|at|from|[-–—])?[\s,]*", words[touched[0][1] : touched[1][0]]
    ):
        return None
    if re.search(r"\b(?:which|what) year\b", question, re.I) and not re.search(r"\d{4}", words[start:end]):
        return None
    before = re.search(r"\b(?:between|from)\s+$", words[:start])
    return (before.start() if before and len(touched) > 1 else start), end


def _name(question: str, words: str, marked: tuple[int, int]) -> tuple[int, int] | None:
    """Return the whole name that the marked words touch, with the others of its list."""
    names = _names(words)
    touched = [(a, b) for a, b in names if a < marked[1] and marked[0] < b]
    if not touched:
        return None
    question_part = set(content_stems(question))
    new = [span for span in touched if set(content_stems(words[slice(*span)])) - question_part]
    if not new:
        return None
    if any(not _LIST_JOINT.fullmatch(words[one[1] : other[0]]) for one, other in pairwise(new)):
        return None
    start, end = _with_list(words, names, new[0][0], new[-1][1])
    start = min(start, marked[0]) if _is_title(words[marked[0] : start]) else start
    return (start, end) if _is_agent(question, words, start, end) else None


def _is_title(words: str) -> bool:
    """Return whether the words before a name belong to it: "the judge"."""
    return re.fullmatch(r"(?:the\s)?[^\W\d_][\w’'-]*\s", words) is not None and words.strip() not in words_in(
        "stop"
    )


def _names(words: str) -> list[tuple[int, int]]:
    """Return the names in a sentence; a single common word with a capital isn't a name."""
    found = []
    small = words_in("stop") | words_in("closes_phrase")
    for match in NAME.finditer(words):
        start, end = match.span()
        first = re.match(r"[\w’']+", match.group())
        if first and first.group().lower() in small and " " not in match.group():
            continue
        start, end = _without_labels(words, start, end)
        found.append((start, end))
    return found


def _without_labels(words: str, start: int, end: int) -> tuple[int, int]:
    """Cut off words in capitals around a name that isn't: "APPLICANTS Mary Stone LOAN TYPE"."""
    tokens = [(start + match.start(), match.group()) for match in re.finditer(r"\S+", words[start:end])]
    mixed = [at for at, (_, token) in enumerate(tokens) if re.search(r"[a-z]", token)]
    if not mixed or len(mixed) < 2:
        return start, end
    first = mixed[0] if mixed[0] > 0 and len(tokens[0][1]) > 4 else 0
    last = mixed[-1] if len(tokens) - mixed[-1] > 2 else len(tokens) - 1
    return tokens[first][0], tokens[last][0] + len(tokens[last][1])


def _with_list(words: str, names: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """Widen a name to the list that it is an item of: "Alito, Barrett and Thomas"."""
    for a, b in names:
        if a >= end and _LIST_JOINT.fullmatch(words[end:a]):
            end = b
    for a, b in reversed(names):
        if b <= start and _LIST_JOINT.fullmatch(words[b:start]):
            start = a
    return start, end


def _is_agent(question: str, words: str, start: int, end: int) -> bool:
    """
    Return whether a name can be who did it, where the question asks who did something.

    The one who did it is the sentence's subject, or follows "by" or a colon; another name in the sentence is
    whom it was done to, or with. A question that asks who *is* something takes any name.
    """
    question_part = re.search(r"\bwho(?:se)?\s+(\w+)", question, re.I)
    if question_part is None or question_part.group(1).lower() in {
        "is",
        "was",
        "are",
        "were",
        "s",
        "has",
        "do",
        "does",
        "did",
        "can",
        "should",
        "could",
        "will",
    }:
        return True
    before = words[:start]
    if _AGENT.search(before) or re.search(r"[:|,;“\"(\n–—-]\s*(?:the\s+)?$", before):
        return True
    return (
        len(re.findall(r"\w+", before)) <= 3
        or re.search(
            r"\b(?:is|was|are|were|that|and|but|when|while|because|if|which)\s+(?:the\s+)?(?:\w+\s+)?$",
            before,
            re.I,
        )
        is not None
    )


def _place(words: str, marked: tuple[int, int]) -> tuple[int, int] | None:
    """Return the marked words with the whole names in them, if they name a place."""
    start, end = _with_names(words, *marked)
    if NAME.search(words[start:end]) or re.search(r"\d", words[start:end]):
        return start, end
    return _phrase(words, marked) if _AT.search(words[: marked[0]]) else None


def _with_names(words: str, start: int, end: int) -> tuple[int, int]:
    """Widen a range so that it cuts no name."""
    for a, b in _names(words):
        if a < end and start < b:
            start, end = min(a, start), max(b, end)
    return start, end


def _phrase(words: str, marked: tuple[int, int]) -> tuple[int, int] | None:
    """Return the marked words as a whole phrase, with whole names, amounts and dates and its last noun."""
    start, end = _with_names(words, *marked)
    for a, b in [(amount.start, amount.end) for amount in amounts(words)] + [
        match.span() for match in DATE.finditer(words)
    ]:
        if a < end and start < b:
            start, end = min(a, start), max(b, end)
    phrase_end = _phrase_end(words, end)
    if phrase_end is None:
        return None
    end = phrase_end
    listed = _with_list(words, _names(words), start, end)
    if NAME.fullmatch(words[start:end]) and listed != (start, end):
        return listed
    return start, end


def _phrase_end(words: str, end: int) -> int | None:
    """Return where the phrase reaching *end* is complete, at most three words on; None if it isn't."""
    closing = words_in("closes_phrase")
    last = re.search(r"[^\W_][\w’'-]*$", words[:end])
    if last and (last.group()[0].isupper() or last.group()[0].isdigit() or last.group().endswith("s")):
        return end
    for _ in range(4):
        following = re.match(r"([\s-]*)([^\W_][\w’'-]*)", words[end:])
        if following is None or (following.group(1) == "" and not following.group(2)):
            return end
        word = following.group(2).lower()
        if word in closing or word.endswith(("ed", "ly", "ing")):
            return end
        if "\n" in following.group(1):
            return end
        end += following.end()
    return None


def _expansion(question: str, words: str) -> tuple[int, int] | None:
    """Return the words that X abbreviates for "what does X stand for"; None for other questions."""
    if not re.search(r"\b(?:stands? for|short for|abbreviat\w+|acronym)\b", question, re.I):
        return None
    for acronym in dict.fromkeys(
        _ACRONYM.findall(question) + [w.upper() for w in re.findall(r"\b[a-z]{2,6}\b", question)]
    ):
        letters = re.findall(r"[A-Z]", acronym)
        if len(letters) < 2 or acronym not in words:
            continue
        pattern = r"[\s-]+(?:(?:of|the|and|for|in|to)\s+)?".join(rf"{letter}\w*" for letter in letters)
        found = re.search(rf"\b{pattern}\b", words, re.I)
        if found:
            return found.span()
    return None


def _is_self_contained(  # noqa: PLR0911 (one return for each reason to refuse)
    question: str, expected: Expected, words: str, found: tuple[int, int]
) -> bool:
    """Return whether words can be shown without their sentence: whole, affirmed and new to the question."""
    answer = words[slice(*found)]
    tokens = re.findall(r"\S+", answer)
    most = _MAX_LIST_WORDS if expected.type in {AnswerType.NAME, AnswerType.PLACE} else MAX_WORDS
    if not tokens or len(tokens) > most or "|" in answer or "\t" in answer or re.search(r"\n\s*\n", answer):
        return False
    lines = [line for line in answer.splitlines() if line.strip()]
    if (
        len(lines) > 1
        and len(words.splitlines()) <= len(lines) + 1
        and not words.rstrip().endswith((".", "!", "?", "”", '"'))
    ):
        return False  # rows of a table or a form
    if tokens[-1].lower().strip(",;:") in words_in("open_ended") or tokens[0].lower() in {
        "and",
        "or",
        "but",
        "of",
        "that",
        "which",
    }:
        return False
    if (
        not _balanced(answer)
        or _cuts_number(words, *found)
        or _is_denied(words, *found)
        or _is_superseded(question, words, *found)
    ):
        return False
    if expected.type in {AnswerType.NAME, AnswerType.PLACE, AnswerType.PHRASE} and (
        _repeats(question, answer) or _is_cut_list(words, *found)
    ):
        return False
    if expected.type is AnswerType.PHRASE and (
        "," in answer
        and not NAME.fullmatch(answer)
        and not DATE.search(answer)
        and not re.search(r"\d", answer)
        and not _WHOLE_LIST.fullmatch(answer)
    ):
        return False  # more than one phrase
    if expected.type is AnswerType.PHRASE and (
        not re.search(r"[^\W\d_]{2,}|\d", answer)
        or _is_lowercase_modifier(words, *found)
        or _FINITE.search(answer)
    ):
        return False
    return _adds(question, answer)


def _adds(question: str, answer: str) -> bool:
    """Return whether an answer has words that the question lacks, also in full or as initials."""
    question_part = content_stems(question)
    new = [word for word in content_stems(answer) if word not in question_part]
    if not new and not (
        set(plain_words(answer)) & (words_in("number_words") - {"no", "none"}) - set(plain_words(question))
    ):
        return False
    initials = "".join(word[0] for word in re.findall(r"[A-Za-z]+", question)).lower()
    bare = re.sub(r"\W", "", answer)
    return not (bare.isupper() and 2 <= len(bare) <= 6 and bare.lower() in initials)


def _repeats(question: str, answer: str) -> bool:
    """Return whether most of the answer's words are the question's: "the Irene Adler papers"."""
    answer_words, question_part = content_stems(answer), set(content_stems(question))
    return 2 * sum(word in question_part for word in answer_words) > len(answer_words)


def _balanced(answer: str) -> bool:
    """Return whether every bracket and every quotation mark in it has its partner."""
    pairs = (("(", ")"), ("[", "]"), ("“", "”"))
    return all(answer.count(a) == answer.count(b) for a, b in pairs) and answer.count('"') % 2 == 0


def _cuts_number(words: str, start: int, end: int) -> bool:
    """Return whether a number or a version goes on beyond the range: "Version 1" of "Version 1.1"."""
    return any(
        re.search(r"\d[.,:/]?$", words[:at]) and re.match(r"[.,:/]?\d", words[at:]) for at in (start, end)
    )


def _is_denied(words: str, start: int, end: int) -> bool:
    """Return whether the sentence negates the words, before them in their clause or right after them."""
    before = words[:start]
    cuts = [match.end() for match in _CLAUSE.finditer(before)]
    clause = before[cuts[-1] if cuts else 0 :]
    answer_words = {
        word.replace("'", "").replace("’", "")
        for word in re.findall(r"[\w’']+", clause.lower() + " " + words[start:end].lower())
    }
    if answer_words & words_in("negations") and not re.search(
        r"\bnot (?:only|just)\b|\b(?:no|not) (?:later|more|fewer|less) than\b|\bnot\b.*\buntil\s+$",
        clause,
        re.I,
    ):
        return True
    return _NEGATION_AFTER.match(words[end:]) is not None


def _is_superseded(question: str, words: str, start: int, end: int) -> bool:
    """Return whether the words are outdated in the sentence, unless the question asks for that."""
    superseded = words_in("superseded")
    near = set(plain_words(words[max(0, start - 60) : end + 30])) & superseded
    return bool(near) and not set(plain_words(question)) & superseded


def _is_cut_list(words: str, start: int, end: int) -> bool:
    """Return whether the words are one item of a list whose other items are next to them."""
    after, before = words[end:], words[:start]
    joined = re.match(r"\s*(?:,?\s(?:and|or)\s|&\s|/)\s*([\w’'-]*)", after)
    if joined and not _opens_clause(joined.group(1)):
        return True
    listed = re.match(r",\s((?:[\w’'-]+\s){0,4}[\w’'-]+),?\s(?:and|or)\s", after)
    if listed and not _RELATIVE.match(listed.group(1)) and not _opens_clause(listed.group(1).split()[0]):
        return True
    return (
        re.search(r"[\w’'-],?\s(?:and|or)\s(?:the\s|an?\s)?$", before) is not None
        and re.search(r",\s(?:[\w’'-]+\s){0,4}(?:and|or)\s(?:the\s|an?\s)?$", before) is not None
    )


def _opens_clause(word: str) -> bool:
    """Return whether a word after "and" begins another clause rather than the next item of a list."""
    low = word.lower()
    return low in words_in("opens_clause") or (low.endswith("ed") and word.islower())


def _is_lowercase_modifier(words: str, start: int, end: int) -> bool:
    """Return whether one lower-case word is cut from the front of a phrase: "small" of "small box"."""
    answer = words[start:end]
    return (
        " " not in answer.strip()
        and answer.islower()
        and re.match(r"[\s-]*[^\W\d_]", words[end:]) is not None
        and _phrase_end(words, end) != end
    )


def has_amount(text: str, expected: Expected) -> bool:
    """Return whether *text* has an amount that can be the one asked for."""
    in_words = not set(plain_words(text)).isdisjoint(words_in("number_words"))
    found = [amount for amount in amounts(text) if amount.kind != "ordinal"]
    if expected.counted and not _counted_kind(expected):
        # In a line that isn't a sentence, a number before a name is a part of it: "9 Dock Row".
        line = not _SENTENCE_END.search(text)
        plain = [amount for amount in found if not (line and _AT_NAME.match(text, amount.number_end))]
        return in_words or any(not amount.kind for amount in plain)
    if expected.counted or expected.measure:
        return any(_measures(expected, amount) for amount in found)
    return in_words or bool(found)


def rivals(question: str, answer: str, other: str) -> bool:
    """Return whether a sentence gives another answer to *question*: another amount, date or name."""
    return _rival(question, expected_answer(question), answer, other)


def _rival(question: str, expected: Expected, answer: str, other: str) -> bool:
    """Return whether another shown sentence says another amount, or another date, where one is asked for."""
    if expected.type is AnswerType.AMOUNT:
        own = amounts(answer)
        rivals = [
            amount for amount in amounts(other) if amount.kind != "ordinal" and _measures(expected, amount)
        ]
        if not own or not rivals:
            return False
        selected = own[0]
        rivals = [amount for amount in rivals if selected.is_like(amount)]
        if expected.counted:
            rivals = [amount for amount in rivals if expected.counted in amount.things or amount.kind] or []
        return bool(rivals) and not any(selected.same_value(amount) for amount in rivals)
    if expected.type in {AnswerType.PHRASE, AnswerType.PLACE}:
        return _says_another_amount(answer, other) or _names_another(question, answer, other)
    if expected.type is AnswerType.DATE:
        own_parts = set(plain_words(answer))
        dates = [set(plain_words(match.group())) for match in DATE.finditer(other)]
        return bool(dates) and not any(date & own_parts for date in dates)
    return False


def _says_another_amount(answer: str, other: str) -> bool:
    """Return whether a phrase that is one amount with a unit has a rival in another sentence."""
    own = amounts(answer)
    if len(own) != 1 or not own[0].kind or own[0].end - own[0].start < len(answer.strip()) - 1:
        return False
    likes = [amount for amount in amounts(other) if own[0].is_like(amount)]
    return bool(likes) and not any(own[0].same_value(amount) for amount in likes)


def _names_another(question: str, answer: str, other: str) -> bool:
    """Return whether "which river" is answered by one river, and another sentence names another."""
    question_part = re.search(r"\b(?:which|what)\s+([a-z]{3,})\b", question, re.I)
    if question_part is None:
        return False
    noun = question_part.group(1).lower()
    names = re.compile(rf"((?:[A-Z][\w’'-]+ )+){noun}s?\b", re.I)
    own = {match.group(1).lower() for match in names.finditer(answer) if match.group(1)[0].isupper()}
    others = {match.group(1).lower() for match in names.finditer(other) if match.group(1)[0].isupper()}
    return bool(own and others - own)
