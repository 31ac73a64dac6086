"""
HTML of a conversation: its turns, their answers and the page of an empty conversation.

New answers are rendered from their stored form too, so there is only one way to render them. Data attributes
tell the page's scripts what a click does: ``data-footnote`` opens the source of a footnote, ``data-edit`` and
``data-ask-again`` replace a question, ``data-ask`` asks one, ``data-literal`` asks one without rewriting it.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from qa.chat.job_queue import JobStatus
from qa.records import Position, Sentence
from qa.rendering import BULLETED, REFUSAL_TEXT, WITHOUT_CONFIDENCE, WITHOUT_SOURCES, understood_as
from qa.stored_answer import Rating, StoredAnswer, StoredFootnote, StoredPassage, StoredTurn
from qa.web import strings
from qa.web.views.html import button, element, error_html, escape, file_name, plural, void

HIGH_CONFIDENCE, LOW_CONFIDENCE = 0.6, 0.45
"""Bounds of the three bands, as ``footnote eval`` reports them: high from the first, low below the second."""
MAX_PASSAGE_CHARS = 160
"""Characters of a closest passage that a refusal shows."""
MAX_COMMENT_CHARS = 500
_WHITE_SPACE = re.compile(r"\s+")
_LAST_PARTIAL_WORD = re.compile(r"\s+\S*$")

IsVerified = Callable[[StoredFootnote], bool]
"""Returns whether the index still contains a footnote's words at the same place."""
RunningTurns = Mapping[int, JobStatus[StoredAnswer]]
"""The status of the turns that are being answered, by turn id."""
NONE_RUNNING: RunningTurns = MappingProxyType({})


def conversation_html(
    conversation_id: str,
    turns: Sequence[StoredTurn],
    is_verified: IsVerified,
    running: RunningTurns = NONE_RUNNING,
) -> str:
    """
    Return a conversation as HTML.

    Args:
        conversation_id: Its id; empty if it has none yet.
        turns: The turns to show.
        is_verified: Whether a footnote's words are still in the index.
        running: The status of the turns that are being answered.
    """
    content = turns_html(conversation_id, turns, is_verified, running)
    return element("div", content, class_="fn-turns", data_conversation=conversation_id)


def turns_html(
    conversation_id: str,
    turns: Sequence[StoredTurn],
    is_verified: IsVerified,
    running: RunningTurns = NONE_RUNNING,
) -> str:
    """Return the turns of a conversation as HTML, without the element around them."""
    return "".join(
        streaming_turn_html(conversation_id, turn, running[turn.id], is_verified)
        if turn.id in running
        else turn_html(conversation_id, turn, is_verified)
        for turn in turns
    )


def turn_html(conversation_id: str, turn: StoredTurn, is_verified: IsVerified) -> str:
    """Return a question and its answer, with the buttons to ask again and to rate."""
    if turn.answer.unfinished:
        reason = error_html(turn.answer.note) if turn.answer.note else _INTERRUPTED
        return _unanswered_turn(turn, _question_heading(turn.answer.question) + reason)
    key = f"{conversation_id}.{turn.id}"
    actions = element("div", _ask_again_buttons(turn) + rating_html(turn), class_="fn-turn-actions")
    return _turn(answer_html(turn.answer, key, is_verified) + actions, data_turn=str(turn.id))


def pending_turn_html(conversation_id: str, turn: StoredTurn) -> str:
    """Return a question that was just asked, in an element of its own whose content is replaced later."""
    return element("div", streaming_turn_html(conversation_id, turn, JobStatus(), lambda footnote: False))


def streaming_turn_html(
    conversation_id: str, turn: StoredTurn, status: JobStatus[StoredAnswer], is_verified: IsVerified
) -> str:
    """Return a turn that is being answered; its footnotes can't be opened yet."""
    progress = "" if status.latest else _progress(status.position)
    return _turn(
        _partial_answer(turn, status, is_verified) + progress,
        data_running=str(turn.id),
        data_conversation_id=conversation_id,
        data_version=status.version,
    )


def cancelled_turn_html(turn: StoredTurn, status: JobStatus[StoredAnswer], is_verified: IsVerified) -> str:
    """Return a cancelled turn, with the part of the answer that there was."""
    return _unanswered_turn(turn, _partial_answer(turn, status, is_verified) + _CANCELLED)


def failed_turn_html(question: str, max_chars: int, message: str) -> str:
    """Return a question that wasn't accepted, cut to *max_chars*, and why."""
    shown = question if len(question) <= max_chars else question[:max_chars] + " …"
    return _turn(_question_heading(shown) + error_html(message))


def welcome_html(documents: int, suggestions: Sequence[str], missing: bool = False) -> str:
    """
    Return what an empty conversation shows.

    Args:
        documents: How many documents the index has.
        suggestions: Questions that the documents answer.
        missing: Whether the requested conversation doesn't exist.
    """
    parts = (
        element("p", strings.CONVERSATION_MISSING, class_="fn-notice", role="status") if missing else "",
        element("h2", strings.WELCOME if documents else strings.WELCOME_WITHOUT_DOCUMENTS),
        element("p", _introduction(documents)),
        _suggestions(suggestions),
        "" if documents else button(strings.ADD_DOCUMENTS, class_="fn-primary", data_library=""),
    )
    return element("div", "".join(parts), class_="fn-welcome")


def answer_html(answer: StoredAnswer, key: str, is_verified: IsVerified) -> str:
    """
    Return a question and its answer or refusal.

    Args:
        answer: The answer to show.
        key: The conversation's and the turn's id, as ``id.number``, from which the footnotes' keys are made;
            empty while the answer isn't stored.
        is_verified: Whether a footnote's words are still in the index.
    """
    view = AnswerView(answer, key, is_verified)
    parts = (
        _question_heading(answer.question),
        _interpretation(answer, can_ask_again=bool(key)),
        view.refusal() if answer.refused else view.answer(),
        element("p", escape(answer.note), class_="fn-notice") if answer.note else "",
    )
    return "".join(parts)


def rating_html(turn: StoredTurn) -> str:
    """Return the two rating buttons, and the comment form if the answer is rated."""
    turn_field = void("input", type="hidden", name="turn", value=str(turn.id))
    buttons = "".join(_rating_button(turn, rating) for rating in ("up", "down"))
    form = element("form", turn_field + buttons, **_POST, action="/turns/rate")
    comment = (
        element("form", turn_field + _comment_fields(turn), **_POST, action="/turns/rate")
        if turn.rating
        else ""
    )
    return element("div", form + comment, class_="fn-rating", data_swap_target="")


_POST = {"method": "post", "data_swap": ""}
_RATING_TITLES: dict[str, str] = {"up": strings.RATE_UP_TITLE, "down": strings.RATE_DOWN_TITLE}
# Drawn, since a computer without an emoji font shows a box for 👍.
_THUMB_UP = "M7 10v11H3V10zm2 0 4-8a2 2 0 0 1 2.5 2.4L14.6 9H20a2 2 0 0 1 2 2.4l-1.6 8A2 2 0 0 1 18.4 21H9z"


def _rating_button(turn: StoredTurn, rating: Rating) -> str:
    title = _RATING_TITLES[rating]
    turned = {"transform": "rotate(180 12 12)"} if rating == "down" else {}
    path = element("path", "", d=_THUMB_UP, **turned)
    icon = element("svg", path, viewBox="0 0 24 24", width="17", height="17", aria_hidden="true")
    is_pressed = turn.rating == rating
    return element(
        "button",
        icon,
        type="submit",
        name="rating",
        value="" if is_pressed else rating,  # pressed again, it takes the rating back
        class_="fn-rating-button",
        aria_pressed="true" if is_pressed else "false",
        aria_label=title,
        title=title,
    )


def _comment_fields(turn: StoredTurn) -> str:
    comment = void(
        "input", type="text", name="comment", value=turn.comment, maxlength=str(MAX_COMMENT_CHARS),
        placeholder=strings.COMMENT, aria_label=strings.COMMENT,
    )  # fmt: skip
    return (
        void("input", type="hidden", name="rating", value=turn.rating or "") + comment
        + button(strings.UPDATE_COMMENT if turn.comment else strings.SAVE_COMMENT, type="submit")
    )  # fmt: skip


def _ask_again_buttons(turn: StoredTurn) -> str:
    question, turn_id = turn.answer.question, str(turn.id)
    edit = button(strings.EDIT, data_edit=turn_id, data_question=question, title=strings.EDIT_TITLE)
    ask_again = button(
        strings.ASK_AGAIN, data_ask_again=turn_id, data_question=question, title=strings.ASK_AGAIN_TITLE
    )
    return element("div", edit + ask_again, class_="fn-ask-again")


_INTERRUPTED = element("p", strings.INTERRUPTED, class_="fn-notice")
_CANCELLED = element("p", strings.CANCELLED, class_="fn-notice", role="status")


def _partial_answer(turn: StoredTurn, status: JobStatus[StoredAnswer], is_verified: IsVerified) -> str:
    if status.latest:
        return answer_html(status.latest, "", is_verified)
    return _question_heading(turn.answer.question)


def _progress(position: int) -> str:
    text = strings.QUEUED.format(position=position) if position else strings.READING
    return element("p", text, class_="fn-pending", role="status")


def _interpretation(answer: StoredAnswer, *, can_ask_again: bool) -> str:
    """Return the question as it was corrected and rewritten, with a button to ask it as it was typed."""
    texts = [
        (strings.SHOWING_RESULTS_FOR, answer.corrected),
        (strings.UNDERSTOOD_AS, understood_as(answer.corrected or answer.question, answer.standalone)),
    ]
    lines = [label + element("bdi", escape(text)) for label, text in texts if text]
    if not lines:
        return ""
    paragraphs = "".join(element("p", line, class_="fn-rewritten-question") for line in lines)
    literal = (
        button(strings.LITERAL, data_literal=answer.question, title=strings.LITERAL_TITLE)
        if can_ask_again
        else ""
    )
    return element("div", paragraphs + literal, class_="fn-interpretation")


def _unanswered_turn(turn: StoredTurn, content: str) -> str:
    actions = element("div", _ask_again_buttons(turn), class_="fn-turn-actions")
    return _turn(content + actions, data_turn=str(turn.id))


def _turn(content: str, **attributes: str) -> str:
    return element("section", content, class_="fn-turn", **attributes)


def _question_heading(question: str) -> str:
    return element("h2", element("bdi", escape(question)), class_="fn-question")


def _introduction(documents: int) -> str:
    if not documents:
        return strings.INTRODUCTION_WITHOUT_DOCUMENTS
    introduction = strings.INTRODUCTION.format(documents=plural(documents, "document"))
    return f"{introduction} {strings.INTRODUCTION_REFUSAL}"


def _suggestions(questions: Iterable[str]) -> str:
    items = "".join(
        element("li", element("button", element("bdi", escape(question)), type="button", data_ask=question))
        for question in questions
    )
    if not items:
        return ""
    return element("ul", items, class_="fn-suggestions", aria_label=strings.SUGGESTED_QUESTIONS)


class AnswerView:
    """
    Renders one stored answer.

    Args:
        answer: The answer.
        key: The prefix of its footnotes' keys; empty while the answer isn't stored.
        is_verified: Whether a footnote's words are still in the index.
    """

    def __init__(self, answer: StoredAnswer, key: str, is_verified: IsVerified) -> None:
        self._answer = answer
        self._key = key
        self._is_verified = is_verified
        self._footnotes_by_marker = {footnote.marker: footnote for footnote in answer.notes}

    def answer(self) -> str:
        """Return the positions of a disagreement, the sentences with the footnotes, and the suggestions."""
        quoted = self._positions() + self._sentences() + self._answer_confidence() + self._footnotes()
        return quoted + _suggestions(self._answer.suggestions)

    def refusal(self) -> str:
        """Return the reason for a refusal, with the possible answers or else the closest passages."""
        reason = element("p", element("strong", escape(self._answer.reason or REFUSAL_TEXT)))
        possible = "".join(element("li", self._sentence(sentence)) for sentence in self._answer.possible)
        passages = "".join(self._passage(at, passage) for at, passage in enumerate(self._answer.nearest))
        details = ""
        if possible:
            answers = element("ul", possible, class_="fn-answer")
            details = element("p", strings.POSSIBLY) + answers + self._footnotes()
        elif passages:
            details = element("p", strings.CLOSEST_PASSAGES) + element("ul", passages)
        return element("div", reason + details, class_="fn-card fn-refusal", role="status")

    def _sentences(self) -> str:
        if self._answer.kind in WITHOUT_SOURCES:
            text = " ".join(escape(sentence.text) for sentence in self._answer.sentences)
            return element("p", text, class_="fn-answer")
        if self._answer.kind in BULLETED:
            items = (element("li", self._sentence(sentence)) for sentence in self._answer.sentences)
            return element("ul", "".join(items), class_="fn-answer")
        # In a disagreement no position is put above the others.
        short = None if self._answer.disagreement else self._answer.short
        bold = (
            element("strong", element("bdi", escape(short)), class_="fn-short-answer") + " " if short else ""
        )
        return element("p", bold + " ".join(map(self._sentence, self._answer.sentences)), class_="fn-answer")

    def _sentence(self, sentence: Sentence) -> str:
        label = element("strong", element("bdi", escape(sentence.label))) + ": " if sentence.label else ""
        text = label + element("bdi", escape(sentence.text), class_="fn-quoted")
        markers = self._markers(sentence.markers) if sentence.markers else ""
        if not sentence.supported:
            label, title = strings.SUPPORT[sentence.support]
            unsupported = element("small", label, title=title)
            return element("span", text + markers + unsupported, class_="fn-unsupported")
        return text + markers

    def _markers(self, markers: Iterable[int]) -> str:
        known = "".join(self._marker(marker) for marker in markers if marker in self._footnotes_by_marker)
        return element("span", known, class_="fn-markers")

    def _marker(self, marker: int) -> str:
        footnote = self._footnotes_by_marker[marker]
        label = f"{strings.FOOTNOTE.format(marker=marker)}: {footnote.title}"
        return self._source_button(
            str(marker), str(marker), footnote.cited_text, class_="fn-marker", aria_label=label
        )

    def _source_button(self, content: str, name: str, quote: str, *, class_: str, **attributes: str) -> str:
        """
        Return a button that opens a source; only its content while the answer isn't stored.

        Args:
            content: HTML of the button.
            name: The last part of the footnote's key.
            quote: The text of the preview; may be empty.
            class_: Class of the element.
            attributes: Further attributes of the button.
        """
        if not self._key:
            return element("span", content, class_=class_)
        target = {"data_footnote": f"{self._key}.{name}", "data_quote": quote}
        return element("button", content, type="button", **target, class_=class_, **attributes)

    def _positions(self) -> str:
        if not self._answer.disagreement:
            return ""
        positions = "".join(self._position(position) for position in self._answer.disagreement)
        group = element(
            "div", positions, class_="fn-positions", role="group", aria_label=strings.DISAGREEING_SOURCES
        )
        return element("p", strings.SOURCES_DISAGREE, class_="fn-disagreement") + group

    def _position(self, position: Position) -> str:
        footnotes = self._footnotes_by_marker
        titles = dict.fromkeys(footnotes[marker].title for marker in position.markers if marker in footnotes)
        short = f"“{element('bdi', escape(position.short))}”{self._markers(position.markers)}"
        source = ", ".join(element("bdi", escape(title)) for title in titles)
        content = element("p", short, class_="fn-quoted") + element("p", source, class_="fn-source")
        return element("div", content, class_="fn-position")

    def _footnotes(self) -> str:
        items = "".join(self._footnote(footnote) for footnote in self._answer.notes)
        return element("ol", items, class_="fn-footnotes", aria_label=strings.FOOTNOTES) if items else ""

    def _answer_confidence(self) -> str:
        """Return the confidence in the answer as a whole; answers of some forms have none."""
        confidence = self._answer.confidence
        if confidence is None or self._answer.kind in WITHOUT_CONFIDENCE:
            return ""
        return element("div", _confidence(confidence), class_="fn-answer-confidence")

    def _footnote(self, footnote: StoredFootnote) -> str:
        number = element("span", str(footnote.marker), class_="fn-footnote-number")
        words = element("bdi", escape(single_line_breaks(footnote.cited_text.strip())))
        quote = self._source_button(words, str(footnote.marker), "", class_="fn-quote")
        page = f", {strings.PAGE.format(number=footnote.page)}" if footnote.page else ""
        title = element("bdi", escape(footnote.title), title=file_name(footnote.path)) + page
        source = element("div", f"{title} · {self._verification(footnote)}", class_="fn-source")
        is_shown = self._answer.confidence is None and self._answer.kind not in WITHOUT_CONFIDENCE
        confidence = _confidence(footnote.support) if is_shown else ""
        return element("li", number + element("div", quote + source, class_="fn-footnote-body") + confidence)

    def _verification(self, footnote: StoredFootnote) -> str:
        if self._is_verified(footnote):
            return element("span", strings.VERIFIED, class_="fn-verified", title=strings.VERIFIED_TITLE)
        return element("span", strings.CHANGED, class_="fn-changed", title=strings.SOURCE_CHANGED)

    def _passage(self, at: int, passage: StoredPassage) -> str:
        text = passage.text.removeprefix(passage.title).lstrip()
        if len(text) > MAX_PASSAGE_CHARS:
            text = _LAST_PARTIAL_WORD.sub("", text[:MAX_PASSAGE_CHARS]) + " …"
        title = element("bdi", escape(passage.title), title=file_name(passage.path))
        opener = self._source_button(title, f"p{at}", "", class_="fn-passage-title")
        return element("li", opener + element("div", escape(single_line_breaks(text)), class_="fn-quoted"))


def single_line_breaks(text: str) -> str:
    """
    Return *text* with every run of white space that contains a line break as one line break.

    The pattern matches each run as a whole: one that can begin anywhere in a run, such as ``\\s*\\n``, takes
    quadratic time on a run without a line break.
    """
    return _WHITE_SPACE.sub(lambda run: "\n" if "\n" in run[0] else run[0], text)


def _confidence(support: float) -> str:
    """Return the confidence as text and as a bar, which is hidden from screen readers."""
    percent = f"{100 * support:.0f}"
    bar = element("progress", "", value=percent, max="100", aria_hidden="true")
    text = strings.CONFIDENCE.format(level=_confidence_level(support), percent=percent)
    return element("span", text + bar, class_="fn-confidence", title=strings.CONFIDENCE_TITLE)


def _confidence_level(support: float) -> str:
    if support >= HIGH_CONFIDENCE:
        return strings.HIGH
    return strings.LOW if support < LOW_CONFIDENCE else strings.MEDIUM
