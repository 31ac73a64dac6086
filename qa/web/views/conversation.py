"""
Pure: the middle room, a conversation as HTML.

Fresh or from the disk, an answer is shown from its kept form, so that there is one way of showing. What can
be clicked says by a data attribute what it is for: ``data-footnote`` opens a footnote's source,
``data-edit`` and ``data-again`` put a question anew, ``data-ask`` asks one and ``data-literal`` asks one
word by word.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from qa.chat.job_queue import JobStatus
from qa.records import Position, Sentence
from qa.rendering import BULLETED, REFUSED, UNRATED, WITHOUT_SOURCES
from qa.stored_answer import Rating, StoredAnswer, StoredFootnote, StoredPassage, StoredTurn
from qa.web import strings
from qa.web.views.html import button, element, error_html, escape, file_name, plural, void

HIGH_CONFIDENCE, LOW_CONFIDENCE = 0.6, 0.45
"""Bounds of the three bands, as ``footnote eval`` reports them: high from the first, low below the second."""
MAX_PASSAGE = 160
"""Characters of a refusal's passage that are shown before it is opened."""
MAX_COMMENT = 500
_WHITE_SPACE = re.compile(r"\s+")
_CUT_WORD_LAST = re.compile(r"\s+\S*$")

IsVerified = Callable[[StoredFootnote], bool]
"""Whether a footnote's words still stand in the index where they stood."""
RunningTurns = Mapping[int, JobStatus[StoredAnswer]]
"""How far those turns are whose answer is on its way, by their numbers."""
NONE_RUNNING: RunningTurns = MappingProxyType({})


def conversation_html(
    conversation_id: str,
    turns: Sequence[StoredTurn],
    is_verified: IsVerified,
    running: RunningTurns = NONE_RUNNING,
) -> str:
    """
    A conversation from its beginning.

    Args:
        conversation_id: Its id, empty if it has none yet.
        turns: What is shown of it.
        is_verified: Whether a footnote's words still stand there.
        running: How far those are whose answer is on its way.
    """
    shown = turns_html(conversation_id, turns, is_verified, running)
    return element("div", shown, kind="transcript", data_conversation=conversation_id)


def turns_html(
    conversation_id: str,
    turns: Sequence[StoredTurn],
    is_verified: IsVerified,
    running: RunningTurns = NONE_RUNNING,
) -> str:
    """The same, the turns alone."""
    return "".join(
        streaming_turn_html(conversation_id, turn, running[turn.id], is_verified)
        if turn.id in running
        else turn_html(conversation_id, turn, is_verified)
        for turn in turns
    )


def turn_html(conversation_id: str, turn: StoredTurn, is_verified: IsVerified) -> str:
    """A question and its answer, with what can be done about both."""
    if turn.answer.unfinished:
        why = error_html(turn.answer.note) if turn.answer.note else _INTERRUPTED
        return _without_answer(turn, _question_heading(turn.answer.question) + why)
    key = f"{conversation_id}.{turn.id}"
    tools = element("div", _ask_again_buttons(turn) + rating_html(turn), kind="tools")
    return _turn(answer_html(turn.answer, key, is_verified), tools, data_turn=str(turn.id))


def pending_turn_html(conversation_id: str, turn: StoredTurn) -> str:
    """A question that was just asked; what takes its place later has the frame to itself."""
    return element("div", streaming_turn_html(conversation_id, turn, JobStatus(), lambda note: False))


def streaming_turn_html(
    conversation_id: str, turn: StoredTurn, status: JobStatus[StoredAnswer], is_verified: IsVerified
) -> str:
    """A question whose answer is on its way: its footnotes can't be opened yet."""
    content = _partial_answer(turn, status, is_verified) + (
        "" if status.latest else _waiting(status.position)
    )
    return _turn(
        content,
        "",
        data_running=str(turn.id),
        data_conversation_id=conversation_id,
        data_version=status.token,
    )


def cancelled_turn_html(turn: StoredTurn, status: JobStatus[StoredAnswer], is_verified: IsVerified) -> str:
    """A question with as much of its answer as had come, after a person didn't wait for the rest."""
    return _without_answer(turn, _partial_answer(turn, status, is_verified) + _CANCELLED)


def failed_turn_html(question: str, max_length: int, message: str) -> str:
    """A question that could not be answered, and why, in one line."""
    shown = question if len(question) <= max_length else question[:max_length] + " …"
    return _turn(_question_heading(shown) + error_html(message), "")


def welcome_html(documents: int, suggestions: Sequence[str], missing: bool = False) -> str:
    """
    What an empty conversation says.

    Args:
        documents: How many the index holds.
        suggestions: Questions that they can really answer.
        missing: Whether a conversation was asked for that isn't there.
    """
    missing_note = strings.CONVERSATION_MISSING if missing else ""
    lines = (
        element("p", missing_note, kind="note", role="status") if missing_note else "",
        element("h2", strings.WELCOME if documents else strings.WELCOME_WITHOUT_DOCUMENTS),
        element("p", _introduction(documents)),
        _suggestions(suggestions),
        "" if documents else button(strings.ADD_DOCUMENTS, kind="main", data_library=""),
    )
    return element("div", "".join(lines), kind="welcome")


def answer_html(answer: StoredAnswer, key: str, is_verified: IsVerified) -> str:
    """
    One answer or refusal under its question.

    Args:
        answer: What to show.
        key: The conversation and the turn, as ``id.number``; a footnote's key is this and its number. Empty
            while the answer isn't kept.
        is_verified: Whether a footnote's words still stand there.
    """
    shown = AnswerView(answer, key, is_verified)
    content = shown.refusal() if answer.refused else shown.answer()
    parts = (
        _question_heading(answer.question),
        _understood(answer, bool(key)),
        content,
        element("p", escape(answer.note), kind="note") if answer.note else "",
    )
    return "".join(parts)


def rating_html(turn: StoredTurn) -> str:
    """The two thumbs, and room for a note once one is up or down."""
    hidden = void("input", type="hidden", name="turn", value=str(turn.id))
    thumbs = "".join(_rating_button(turn, thumb) for thumb in ("up", "down"))
    form = element("form", hidden + thumbs, **_POST, action="/turns/rate")
    remark = (
        element("form", hidden + _comment_form(turn), **_POST, action="/turns/rate") if turn.rating else ""
    )
    return element("div", form + remark, kind="judging", data_swap_target="")


_POST = {"method": "post", "data_swap": ""}
_RATINGS: dict[str, tuple[str, str]] = {
    "up": (strings.RATE_UP, strings.RATE_UP_TITLE),
    "down": (strings.RATE_DOWN, strings.RATE_DOWN_TITLE),
}


def _rating_button(turn: StoredTurn, rating: Rating) -> str:
    label, name = _RATINGS[rating]
    pressed = turn.rating == rating
    value = "" if pressed else rating
    state = {"aria_pressed": "true" if pressed else "false", "aria_label": name, "title": name}
    return button(label, type="submit", name="rating", value=value, kind=f"thumb {rating}", **state)


def _comment_form(turn: StoredTurn) -> str:
    field = void(
        "input", type="text", name="comment", value=turn.comment, maxlength=str(MAX_COMMENT),
        placeholder=strings.COMMENT, aria_label=strings.COMMENT,
    )  # fmt: skip
    return (
        void("input", type="hidden", name="rating", value=turn.rating or "") + field
        + button(strings.UPDATE_COMMENT if turn.comment else strings.SAVE_COMMENT, type="submit")
    )  # fmt: skip


def _ask_again_buttons(turn: StoredTurn) -> str:
    question, number = turn.answer.question, str(turn.id)
    edit = button(strings.EDIT, data_edit=number, data_question=question, title=strings.EDIT_TITLE)
    again = button(
        strings.ASK_AGAIN, data_again=number, data_question=question, title=strings.ASK_AGAIN_TITLE
    )
    return element("div", edit + again, kind="anew")


_INTERRUPTED = element("p", strings.INTERRUPTED, kind="note")
_CANCELLED = element("p", strings.CANCELLED, kind="note", role="status")


def _partial_answer(turn: StoredTurn, status: JobStatus[StoredAnswer], is_verified: IsVerified) -> str:
    return (
        answer_html(status.latest, "", is_verified)
        if status.latest
        else _question_heading(turn.answer.question)
    )


def _waiting(place: int) -> str:
    text = strings.QUEUED.format(position=place) if place else strings.READING
    return element("p", text, kind="waiting", role="status")


def _understood(answer: StoredAnswer, kept: bool) -> str:
    """The question as it was corrected and rewritten; a kept one can be asked as it was typed."""
    lines = [
        (strings.SHOWING_RESULTS_FOR, answer.corrected),
        (strings.UNDERSTOOD_AS, answer.standalone),
    ]
    shown = [label + element("bdi", escape(text)) for label, text in lines if text]
    if not shown:
        return ""
    literal = (
        button(strings.LITERAL, data_literal=answer.question, title=strings.LITERAL_TITLE) if kept else ""
    )
    paragraphs = "".join(element("p", line, kind="rewritten") for line in shown)
    return element("div", paragraphs + literal, kind="understood")


def _without_answer(turn: StoredTurn, content: str) -> str:
    return _turn(content, element("div", _ask_again_buttons(turn), kind="tools"), data_turn=str(turn.id))


def _turn(content: str, tools: str, **attributes: str) -> str:
    return element("section", content + tools, kind="turn", **attributes)


def _question_heading(question: str) -> str:
    return element("h2", element("bdi", escape(question)), kind="asked")


def _introduction(documents: int) -> str:
    if not documents:
        return strings.INTRODUCTION_WITHOUT_DOCUMENTS
    introduction = strings.INTRODUCTION.format(documents=plural(documents, "document"))
    return f"{introduction} {strings.INTRODUCTION_REFUSAL}"


def _suggestions(suggestions: Iterable[str]) -> str:
    items = "".join(
        element("li", element("button", element("bdi", escape(question)), type="button", data_ask=question))
        for question in suggestions
    )
    return element("ul", items, kind="starters", aria_label=strings.SUGGESTED_QUESTIONS) if items else ""


class AnswerView:
    """One answer on its way to HTML."""

    def __init__(self, answer: StoredAnswer, key: str, is_verified: IsVerified) -> None:
        self._answer = answer
        self._key = key
        self._is_verified = is_verified
        self._notes = {note.marker: note for note in answer.notes}

    def answer(self) -> str:
        return (
            self._positions() + self._sentences() + self._footnotes() + _suggestions(self._answer.suggestions)
        )

    def refusal(self) -> str:
        nearest = "".join(self._nearest(at, passage) for at, passage in enumerate(self._answer.nearest))
        listed = element("p", strings.CLOSEST_PASSAGES) + element("ul", nearest) if nearest else ""
        content = element("p", element("strong", escape(self._answer.reason or REFUSED)))
        possible = "".join(element("li", self._sentence(sentence)) for sentence in self._answer.possible)
        if possible:
            listed = (
                element("p", strings.POSSIBLY) + element("ul", possible, kind="answer") + self._footnotes()
            )
        return element("div", content + listed, kind="card refusal", role="status")

    def _sentences(self) -> str:
        if self._answer.kind in WITHOUT_SOURCES:
            text = " ".join(escape(sentence.text) for sentence in self._answer.sentences)
            return element("p", text, kind="answer")
        if self._answer.kind in BULLETED:
            items = (element("li", self._sentence(sentence)) for sentence in self._answer.sentences)
            return element("ul", "".join(items), kind="answer")
        # Where sources disagree, no side's words stand above the other's.
        short = None if self._answer.disagreement else self._answer.short
        bold = element("strong", element("bdi", escape(short)), kind="short") + " " if short else ""
        return element("p", bold + " ".join(map(self._sentence, self._answer.sentences)), kind="answer")

    def _sentence(self, sentence: Sentence) -> str:
        label = element("strong", element("bdi", escape(sentence.label))) + ": " if sentence.label else ""
        text = label + element("bdi", escape(sentence.text), kind="cite")
        if not sentence.supported:
            unsupported = element("small", strings.UNSUPPORTED, title=strings.UNSUPPORTED_TITLE)
            return element("span", text + unsupported, kind="unsupported")
        return text + self._markers(sentence.markers)

    def _markers(self, markers: Iterable[int]) -> str:
        shown = "".join(self._marker(marker) for marker in markers if marker in self._notes)
        return element("span", shown, kind="markers")

    def _marker(self, marker: int) -> str:
        note = self._notes[marker]
        name = f"{strings.FOOTNOTE.format(marker=marker)}: {note.title}"
        return self._opens(str(marker), str(marker), note.cited_text, kind="marker", aria_label=name)

    def _opens(self, content: str, number: str, quote: str, **attributes: str) -> str:
        """A button that opens the source; while the answer isn't kept, there is nothing to open yet."""
        if not self._key:
            return element("span", content, kind=attributes.get("kind", ""))
        leads = {"data_footnote": f"{self._key}.{number}", "data_quote": quote}
        return element("button", content, type="button", **leads, **attributes)

    def _positions(self) -> str:
        if not self._answer.disagreement:
            return ""
        sides = "".join(self._position(side) for side in self._answer.disagreement)
        group = element("div", sides, kind="sides", role="group", aria_label=strings.DISAGREEING_SOURCES)
        return element("p", strings.SOURCES_DISAGREE, kind="disagree") + group

    def _position(self, side: Position) -> str:
        notes = [self._notes[marker] for marker in side.markers if marker in self._notes]
        titles = dict.fromkeys(note.title for note in notes)
        words = element(
            "p", f"“{element('bdi', escape(side.short))}”{self._markers(side.markers)}", kind="cite"
        )
        source = element("p", ", ".join(element("bdi", escape(title)) for title in titles), kind="source")
        return element("div", words + source, kind="side")

    def _footnotes(self) -> str:
        notes = "".join(self._footnote(note) for note in self._answer.notes)
        return element("ol", notes, kind="notes", aria_label=strings.FOOTNOTES) if notes else ""

    def _footnote(self, note: StoredFootnote) -> str:
        number = element("span", str(note.marker), kind="number")
        words = element("bdi", escape(single_line_breaks(note.cited_text.strip())))
        quote = self._opens(words, str(note.marker), "", kind="quote")
        page = f", {strings.PAGE.format(number=note.page)}" if note.page else ""
        source = element("bdi", escape(note.title), title=file_name(note.path)) + page
        line = element("div", f"{source} · {self._verification(note)}", kind="source")
        sure = "" if self._answer.kind in UNRATED else _confidence(note.support)
        return element("li", number + element("div", quote + line, kind="words") + sure)

    def _verification(self, note: StoredFootnote) -> str:
        if self._is_verified(note):
            return element("span", strings.VERIFIED, kind="verified", title=strings.VERIFIED_TITLE)
        return element("span", strings.CHANGED, kind="changed", title=strings.SOURCE_CHANGED)

    def _nearest(self, at: int, passage: StoredPassage) -> str:
        words = passage.text.removeprefix(passage.title).lstrip()
        if len(words) > MAX_PASSAGE:
            words = _CUT_WORD_LAST.sub("", words[:MAX_PASSAGE]) + " …"
        title = element("bdi", escape(passage.title), title=file_name(passage.path))
        opens = self._opens(title, f"p{at}", "", kind="title")
        return element("li", opens + element("div", escape(single_line_breaks(words)), kind="cite"))


def single_line_breaks(text: str) -> str:
    """
    Return *text* with every run of white space that holds a line break as one line break.

    The pattern takes each run whole: one that begins anywhere in a run, such as ``\\s*\\n``, takes quadratic
    time on a run without a line break.
    """
    return _WHITE_SPACE.sub(lambda run: "\n" if "\n" in run[0] else run[0], text)


def _confidence(support: float) -> str:
    """A figure and a bar; the bar only repeats the figure."""
    percent = f"{100 * support:.0f}"
    bar = element("progress", "", value=percent, max="100", aria_hidden="true")
    text = strings.CONFIDENCE.format(level=_confidence_level(support), percent=percent)
    return element("span", text + bar, kind="sure", title=strings.CONFIDENCE_TITLE)


def _confidence_level(support: float) -> str:
    if support >= HIGH_CONFIDENCE:
        return strings.HIGH
    return strings.LOW if support < LOW_CONFIDENCE else strings.MEDIUM
