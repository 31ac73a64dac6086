"""
Pure: an answer to HTML.

Whatever comes from a document or a question is escaped here, and only here. The result stands on one line:
the chat takes a message for Markdown, and in a block of HTML on one line Markdown finds nothing to read.
"""

import html
import re
from pathlib import PurePath

from index.manifest import Manifest
from qa.records import Answer, Footnote, Passage, Sentence
from qa.settings import Settings

CONTEXT = 160
"""Characters of the document shown on either side of the quoted words."""
VERIFIED = "These words stand in the document at this place, character by character"
SURE = "How sure the reader is that these words answer the question"
UNSUPPORTED = "No passage was found that carries this sentence"
_NEAREST = 3
_CUT_WORD_FIRST, _CUT_WORD_LAST = re.compile(r"^\S*\s+(?=\S)"), re.compile(r"\s+\S*$")
_BLANK_LINES = re.compile(r"\s*\n\s*")
_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u202d\u202e\ud800-\udfff]")
"""
What HTML can't hold, and the two overrides of direction, which would show words in another order than the
source's; every other direction character is kept, and stays within its ``<bdi>``.
"""
_CODED = {ord(sign): f"&#{ord(sign)};" for sign in "$`\\\t\n\f\r\u2028\u2029"}
"""Written as entities: mathematics, code and line ends to Markdown; tabs, which the chat would widen."""


def escaped(text: str) -> str:
    """Text as HTML that is nothing but text, on one line; read back, it is the same characters."""
    return html.escape(_UNSHOWABLE.sub("\ufffd", text)).translate(_CODED)


def element(name: str, content: str, **attributes: str) -> str:
    """``element("p", "Hi", kind="note")`` is ``<p class="note">Hi</p>``; *content* is HTML already."""
    named = {"class" if key == "kind" else key: value for key, value in attributes.items()}
    written = "".join(f' {key}="{escaped(value)}"' for key, value in named.items())
    return f"<{name}{written}>{content}</{name}>"


def asked_html(question: str, longest: int) -> str:
    """The question as it was typed, but no more than *longest* characters of it."""
    shown = question if len(question) <= longest else question[:longest] + " …"
    return element("div", element("bdi", escaped(shown)), kind="asked")


def answer_html(answer: Answer, turn: str) -> str:
    """
    One answer, refusal or draft.

    Args:
        answer: What to show.
        turn: Letters and digits that no other turn on the page has; footnotes are linked by it.
    """
    parts = [_refusal(answer)] if answer.refused else [_sentences(answer, turn), _footnotes(answer, turn)]
    note = element("p", escaped(answer.note), kind="note") if answer.note else ""
    return element("div", "".join(parts) + note, kind="turn")


def error_html(message: str) -> str:
    """What went wrong, in one line."""
    said = element("strong", "That didn’t work.") + " " + escaped(message)
    return element("div", element("div", said, kind="card", role="alert"), kind="turn")


def welcome_html(documents: int) -> str:
    """What an empty chat says."""
    held = _count(documents, "document") if documents else "no documents yet"
    lines = (
        element("h2", "Ask your documents"),
        element(
            "p",
            "Every sentence of an answer shows the exact words it rests on. What they don’t say is refused.",
        ),
        element("p", f"The index holds {held}."),
    )
    return element("div", "".join(lines), kind="welcome")


def status_html(manifest: Manifest, settings: Settings) -> str:
    """Under the box: what is being asked, and who hears of it."""
    built = manifest.built_at.replace("T", " ")[:16]
    documents = _count(manifest.documents, "document")
    passages = _count(manifest.chunks, "passage")
    parts = (documents, passages, f"index of {built} UTC", escaped(_whereabouts(settings)))
    return element("div", " · ".join(parts))


def context(footnote: Footnote) -> tuple[str, str]:
    """
    What stands before and after the quoted words, cut between words; an ellipsis where text goes on.

    Blank lines are left out, so that a heading stands right above its text.
    """
    text, span = footnote.document.text, footnote.span
    before = text[max(0, span.start - CONTEXT) : span.start]
    after = text[span.end : span.end + CONTEXT]
    if span.start > CONTEXT:
        before = "… " + _CUT_WORD_FIRST.sub("", before)
    if span.end + CONTEXT < len(text):
        after = _CUT_WORD_LAST.sub("", after) + " …"
    return _BLANK_LINES.sub("\n", before), _BLANK_LINES.sub("\n", after)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _whereabouts(settings: Settings) -> str:
    if settings.answerer == "endpoint":
        return f"questions and passages go to {settings.endpoint_base_url}"
    return "nothing leaves this computer"


def _sentences(answer: Answer, turn: str) -> str:
    short = element("strong", element("bdi", escaped(answer.short)), kind="short") if answer.short else ""
    shown = " ".join(_sentence(sentence, turn) for sentence in answer.sentences)
    return element("p", short + shown, kind="answer")


def _sentence(sentence: Sentence, turn: str) -> str:
    text = element("bdi", escaped(sentence.text), kind="cite")
    if not sentence.supported:
        return element("span", text + element("small", "unsupported", title=UNSUPPORTED), kind="unsupported")
    return text + "".join(_marker(turn, marker) for marker in sentence.markers)


def _marker(turn: str, marker: int) -> str:
    return element(
        "a", str(marker), kind="marker", href=f"#{_anchor(turn, marker)}", title=f"Footnote {marker}"
    )


def _footnotes(answer: Answer, turn: str) -> str:
    notes = "".join(_footnote(footnote, turn) for footnote in answer.footnotes)
    return element("ol", notes, kind="notes") if notes else ""


def _footnote(footnote: Footnote, turn: str) -> str:
    before, after = (element("bdi", escaped(text)) for text in context(footnote))
    quote = element("div", before + element("mark", escaped(footnote.cited_text)) + after, kind="quote")
    page = f", page {footnote.page}" if footnote.page else ""
    signs = (
        element("bdi", escaped(footnote.title), title=_file(footnote.path)) + page,
        element("span", "✓ verified", kind="verified", title=VERIFIED),
        element("span", f"{footnote.support:.0%} sure".replace("%", " %"), kind="sure", title=SURE),
    )
    source = element("div", " · ".join(signs), kind="source")
    number = element("span", str(footnote.marker), kind="number")
    words = element("div", quote + source, kind="words")
    return element("li", number + words, id=_anchor(turn, footnote.marker))


def _anchor(turn: str, marker: int) -> str:
    return f"fn-{turn}-{marker}"


def _file(path: str) -> str:
    """Its name alone: the reader of the page needn't know where on the machine it lies."""
    return PurePath(path).name


def _refusal(answer: Answer) -> str:
    said = element("strong", "Not in your documents.") + " " + escaped(answer.reason)
    nearest = "".join(_nearest(passage) for passage in answer.passages[:_NEAREST])
    if nearest:
        said += element("details", element("summary", "The nearest passages") + element("ul", nearest))
    return element("div", said, kind="card", role="status")


def _nearest(passage: Passage) -> str:
    words = passage.text
    if len(words) > CONTEXT:
        words = _CUT_WORD_LAST.sub("", words[:CONTEXT]) + " …"
    title = element("bdi", escaped(passage.title), kind="title", title=_file(passage.path))
    return element("li", title + element("div", escaped(_BLANK_LINES.sub("\n", words)), kind="quote"))
