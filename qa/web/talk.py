"""
Pure: the middle room, a conversation as HTML.

Fresh or from the disk, an answer is shown from its kept form, so that there is one way of showing. What can
be clicked says by a data attribute what it is for: ``data-note`` opens a footnote's source, ``data-edit`` and
``data-again`` put a question anew, ``data-ask`` asks one.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from qa.kept import KeptAnswer, KeptNote, KeptPassage, Thumb, Turn
from qa.records import Sentence, Side
from qa.rendering import BULLETED, WITHOUT_SOURCES
from qa.web.line import Standing
from qa.web.view import button, count, element, error_html, escaped, file_name, void

VERIFIED = "These words stand in the document at this place, character by character"
CHANGED = "The document is not in the index any more as it was when this was answered"
SURE = "How sure the reader is that these words answer the question"
UNSUPPORTED = "No passage was found that carries this sentence"
LONGEST_PASSAGE = 160
"""Characters of a refusal's passage that are shown before it is opened."""
LONGEST_REMARK = 500
_WHITE_SPACE = re.compile(r"\s+")
_CUT_WORD_LAST = re.compile(r"\s+\S*$")

Holds = Callable[[KeptNote], bool]
"""Whether a footnote's words still stand in the index where they stood."""
Coming = Mapping[int, Standing[KeptAnswer]]
"""How far those turns are whose answer is on its way, by their numbers."""
NOTHING: Coming = MappingProxyType({})


def talk_html(conversation: str, turns: Sequence[Turn], holds: Holds, coming: Coming = NOTHING) -> str:
    """
    A conversation from its beginning.

    Args:
        conversation: Its id, empty if it has none yet.
        turns: What is shown of it.
        holds: Whether a footnote's words still stand there.
        coming: How far those are whose answer is on its way.
    """
    shown = turns_html(conversation, turns, holds, coming)
    return element("div", shown, kind="talk", data_conversation=conversation)


def turns_html(conversation: str, turns: Sequence[Turn], holds: Holds, coming: Coming = NOTHING) -> str:
    """The same, the turns alone."""
    return "".join(
        coming_html(conversation, turn, coming[turn.id], holds)
        if turn.id in coming
        else turn_html(conversation, turn, holds)
        for turn in turns
    )


def turn_html(conversation: str, turn: Turn, holds: Holds) -> str:
    """A question and its answer, with what can be done about both."""
    if turn.answer.unfinished:
        why = error_html(turn.answer.note) if turn.answer.note else _UNFINISHED
        return _without_answer(turn, _asked(turn.answer.question) + why)
    key = f"{conversation}.{turn.id}"
    tools = element("div", _asking_again(turn) + judging_html(turn), kind="tools")
    return _turn(answer_html(turn.answer, key, holds), tools, data_turn=str(turn.id))


def begun_html(conversation: str, turn: Turn) -> str:
    """A question that was just asked; what takes its place later has the frame to itself."""
    return element("div", coming_html(conversation, turn, Standing(), lambda note: False))


def coming_html(conversation: str, turn: Turn, standing: Standing[KeptAnswer], holds: Holds) -> str:
    """A question whose answer is on its way: its footnotes can't be opened yet."""
    said = _so_far(turn, standing, holds) + ("" if standing.newest else _waiting(standing.place))
    return _turn(said, "", data_draft=str(turn.id), data_talk=conversation, data_seen=standing.token)


def stopped_html(turn: Turn, standing: Standing[KeptAnswer], holds: Holds) -> str:
    """A question with as much of its answer as had come, after a person didn't wait for the rest."""
    return _without_answer(turn, _so_far(turn, standing, holds) + _STOPPED)


def failed_html(question: str, longest: int, message: str) -> str:
    """A question that could not be answered, and why, in one line."""
    shown = question if len(question) <= longest else question[:longest] + " …"
    return _turn(_asked(shown) + error_html(message), "")


def welcome_html(documents: int, starters: Sequence[str], missing: bool = False) -> str:
    """
    What an empty conversation says.

    Args:
        documents: How many the index holds.
        starters: Questions that they can really answer.
        missing: Whether a conversation was asked for that isn't there.
    """
    gone = "That conversation is not here any more; this is a new one." if missing else ""
    lines = (
        element("p", gone, kind="note", role="status") if gone else "",
        element("h2", "Ask your documents" if documents else "Begin with your documents"),
        element("p", _promise(documents)),
        _starters(starters),
        "" if documents else button("Add documents", kind="main", data_library=""),
    )
    return element("div", "".join(lines), kind="welcome")


def answer_html(answer: KeptAnswer, key: str, holds: Holds) -> str:
    """
    One answer or refusal under its question.

    Args:
        answer: What to show.
        key: The conversation and the turn, as ``id.number``; a footnote's key is this and its number. Empty
            while the answer isn't kept.
        holds: Whether a footnote's words still stand there.
    """
    shown = _Shown(answer, key, holds)
    said = shown.refusal() if answer.refused else shown.said()
    rewritten = f"asked as: {element('bdi', escaped(answer.standalone))}" if answer.standalone else ""
    corrected = f"Showing results for {element('bdi', escaped(answer.corrected))}" if answer.corrected else ""
    parts = (
        _asked(answer.question),
        element("p", corrected, kind="rewritten") if corrected else "",
        element("p", rewritten, kind="rewritten") if rewritten else "",
        said,
        element("p", escaped(answer.note), kind="note") if answer.note else "",
    )
    return "".join(parts)


def judging_html(turn: Turn) -> str:
    """The two thumbs, and room for a note once one is up or down."""
    hidden = void("input", type="hidden", name="turn", value=str(turn.id))
    thumbs = "".join(_thumb(turn, thumb) for thumb in ("up", "down"))
    form = element("form", hidden + thumbs, **_POST, action="/turns/judge")
    remark = element("form", hidden + _remark(turn), **_POST, action="/turns/judge") if turn.thumb else ""
    return element("div", form + remark, kind="judging", data_part="")


_POST = {"method": "post", "data_swap": ""}
_THUMBS: dict[str, tuple[str, str]] = {
    "up": ("Right", "This answer is right"),
    "down": ("Wrong", "This answer is wrong"),
}


def _thumb(turn: Turn, thumb: Thumb) -> str:
    label, name = _THUMBS[thumb]
    pressed = turn.thumb == thumb
    value = "" if pressed else thumb
    state = {"aria_pressed": "true" if pressed else "false", "title": name}
    return button(label, type="submit", name="thumb", value=value, kind=f"thumb {thumb}", **state)


def _remark(turn: Turn) -> str:
    asked = "What was right about it?" if turn.thumb == "up" else "What was wrong about it?"
    field = void(
        "input", type="text", name="remark", value=turn.remark, maxlength=str(LONGEST_REMARK),
        placeholder=asked, aria_label=asked,
    )  # fmt: skip
    return (
        void("input", type="hidden", name="thumb", value=turn.thumb or "") + field
        + button("Change note" if turn.remark else "Keep note", type="submit")
    )  # fmt: skip


def _asking_again(turn: Turn) -> str:
    question, number = turn.answer.question, str(turn.id)
    edit = button("Edit", data_edit=number, data_question=question, title="Change the question, from here on")
    again = button(
        "Ask again", data_again=number, data_question=question, title="Answer it anew, from here on"
    )
    return element("div", edit + again, kind="anew")


_UNFINISHED = element("p", "There is no answer: it was stopped, or cut off, before its end.", kind="note")
_STOPPED = element("p", "Stopped.", kind="note", role="status")


def _so_far(turn: Turn, standing: Standing[KeptAnswer], holds: Holds) -> str:
    return answer_html(standing.newest, "", holds) if standing.newest else _asked(turn.answer.question)


def _waiting(place: int) -> str:
    others = f"Others are being answered; this question is number {place} in line."
    return element("p", others if place else "Reading …", kind="waiting", role="status")


def _without_answer(turn: Turn, said: str) -> str:
    return _turn(said, element("div", _asking_again(turn), kind="tools"), data_turn=str(turn.id))


def _turn(content: str, tools: str, **attributes: str) -> str:
    return element("section", content + tools, kind="turn", **attributes)


def _asked(question: str) -> str:
    return element("h2", element("bdi", escaped(question)), kind="asked")


def _promise(documents: int) -> str:
    if not documents:
        return "Footnote answers from your own files alone, and shows the exact words each answer rests on."
    return (
        "Every sentence of an answer shows the exact words it rests on, "
        f"in your {count(documents, 'document')}. What they don’t say is refused."
    )


def _starters(starters: Iterable[str]) -> str:
    items = "".join(
        element("li", element("button", element("bdi", escaped(one)), type="button", data_ask=one))
        for one in starters
    )
    return element("ul", items, kind="starters", aria_label="Questions to begin with") if items else ""


class _Shown:
    """One answer on its way to HTML."""

    def __init__(self, answer: KeptAnswer, key: str, holds: Holds) -> None:
        self._answer = answer
        self._key = key
        self._holds = holds
        self._notes = {note.marker: note for note in answer.notes}

    def said(self) -> str:
        return self._sides() + self._sentences() + self._footnotes()

    def refusal(self) -> str:
        strong = element("strong", "Not in your documents.")
        nearest = "".join(self._nearest(at, passage) for at, passage in enumerate(self._answer.nearest))
        listed = element("p", "The nearest passages:") + element("ul", nearest) if nearest else ""
        said = element("p", strong + " " + escaped(self._answer.reason))
        possible = "".join(element("li", self._sentence(sentence)) for sentence in self._answer.possible)
        if possible:
            listed = element("p", "Possibly:") + element("ul", possible, kind="answer") + self._footnotes()
        return element("div", said + listed, kind="card refusal", role="status")

    def _sentences(self) -> str:
        if self._answer.kind in WITHOUT_SOURCES:
            text = " ".join(escaped(sentence.text) for sentence in self._answer.sentences)
            return element("p", text, kind="answer") + _starters(self._answer.suggestions)
        if self._answer.kind in BULLETED:
            items = (element("li", self._sentence(sentence)) for sentence in self._answer.sentences)
            return element("ul", "".join(items), kind="answer")
        # Where sources disagree, no side's words stand above the other's.
        short = None if self._answer.disagreement else self._answer.short
        bold = element("strong", element("bdi", escaped(short)), kind="short") + " " if short else ""
        return element("p", bold + " ".join(map(self._sentence, self._answer.sentences)), kind="answer")

    def _sentence(self, sentence: Sentence) -> str:
        label = element("strong", element("bdi", escaped(sentence.label))) + ": " if sentence.label else ""
        text = label + element("bdi", escaped(sentence.text), kind="cite")
        if not sentence.supported:
            unsupported = element("small", "unsupported", title=UNSUPPORTED)
            return element("span", text + unsupported, kind="unsupported")
        return text + self._markers(sentence.markers)

    def _markers(self, markers: Iterable[int]) -> str:
        shown = "".join(self._marker(marker) for marker in markers if marker in self._notes)
        return element("span", shown, kind="markers")

    def _marker(self, marker: int) -> str:
        note = self._notes[marker]
        name = f"Footnote {marker}: {note.title}"
        return self._opens(str(marker), str(marker), note.cited_text, kind="marker", aria_label=name)

    def _opens(self, content: str, number: str, quote: str, **attributes: str) -> str:
        """A button that opens the source; while the answer isn't kept, there is nothing to open yet."""
        if not self._key:
            return element("span", content, kind=attributes.get("kind", ""))
        leads = {"data_note": f"{self._key}.{number}", "data_quote": quote}
        return element("button", content, type="button", **leads, **attributes)

    def _sides(self) -> str:
        if not self._answer.disagreement:
            return ""
        sides = "".join(self._side(side) for side in self._answer.disagreement)
        group = element("div", sides, kind="sides", role="group", aria_label="What your sources say instead")
        return element("p", "Your sources disagree", kind="disagree") + group

    def _side(self, side: Side) -> str:
        notes = [self._notes[marker] for marker in side.markers if marker in self._notes]
        titles = dict.fromkeys(note.title for note in notes)
        words = element(
            "p", f"“{element('bdi', escaped(side.short))}”{self._markers(side.markers)}", kind="cite"
        )
        source = element("p", ", ".join(element("bdi", escaped(title)) for title in titles), kind="source")
        return element("div", words + source, kind="side")

    def _footnotes(self) -> str:
        notes = "".join(self._footnote(note) for note in self._answer.notes)
        return element("ol", notes, kind="notes", aria_label="Footnotes") if notes else ""

    def _footnote(self, note: KeptNote) -> str:
        number = element("span", str(note.marker), kind="number")
        words = element("bdi", escaped(single_line_breaks(note.cited_text.strip())))
        quote = self._opens(words, str(note.marker), "", kind="quote")
        page = f", page {note.page}" if note.page else ""
        source = element("bdi", escaped(note.title), title=file_name(note.path)) + page
        line = element("div", f"{source} · {self._standing(note)}", kind="source")
        return element("li", number + element("div", quote + line, kind="words") + _sure(note.support))

    def _standing(self, note: KeptNote) -> str:
        if self._holds(note):
            return element("span", "✓ verified", kind="verified", title=VERIFIED)
        return element("span", "the source has changed since", kind="changed", title=CHANGED)

    def _nearest(self, at: int, passage: KeptPassage) -> str:
        words = passage.text.removeprefix(passage.title).lstrip()
        if len(words) > LONGEST_PASSAGE:
            words = _CUT_WORD_LAST.sub("", words[:LONGEST_PASSAGE]) + " …"
        title = element("bdi", escaped(passage.title), title=file_name(passage.path))
        opens = self._opens(title, f"p{at}", "", kind="title")
        return element("li", opens + element("div", escaped(single_line_breaks(words)), kind="cite"))


def single_line_breaks(text: str) -> str:
    """
    Return *text* with every run of white space that holds a line break as one line break.

    The pattern takes each run whole: one that begins anywhere in a run, such as ``\\s*\\n``, takes quadratic
    time on a run without a line break.
    """
    return _WHITE_SPACE.sub(lambda run: "\n" if "\n" in run[0] else run[0], text)


def _sure(support: float) -> str:
    """A figure and a bar; the bar only repeats the figure."""
    percent = f"{100 * support:.0f}"
    bar = element("progress", "", value=percent, max="100", aria_hidden="true")
    return element("span", f"{percent} % sure{bar}", kind="sure", title=SURE)
