"""
Pure: an answer to HTML.

Whatever comes from a document or a question is escaped here, and only here. The result stands on one line:
the chat takes a message for Markdown, and in a block of HTML on one line Markdown finds nothing to read.
"""

import html
import re

from index.manifest import Manifest
from qa.records import Answer, Footnote, Passage, Sentence

CONTEXT = 160
"""Characters of the document shown on either side of the quoted words."""
VERIFIED = "These words stand in the document at this place, character by character"
SURE = "How sure the reader is that these words answer the question"
UNSUPPORTED = "No passage was found that carries this sentence"
_NEAREST = 3
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2028-\u202e\u2060-\u2069\ufeff]")
"""Control characters, and those that turn the direction of what follows: shown, they could disguise text."""


def escaped(text: str) -> str:
    """Text as HTML that is nothing but text, on one line; read back, it is the same characters."""
    visible = _INVISIBLE.sub("\ufffd", text)
    # Entities for what the chat's Markdown or mathematics could read, were it ever to look inside.
    safe = html.escape(visible).replace("$", "&#36;").replace("`", "&#96;").replace("\\", "&#92;")
    return safe.replace("\n", "&#10;")


def element(name: str, content: str, **attributes: str) -> str:
    """``element("p", "Hi", kind="note")`` is ``<p class="note">Hi</p>``; *content* is HTML already."""
    named = {"class" if key == "kind" else key: value for key, value in attributes.items()}
    written = "".join(f' {key}="{html.escape(value)}"' for key, value in named.items())
    return f"<{name}{written}>{content}</{name}>"


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
    held = "no documents yet" if not documents else f"{documents:,} document{'s' * (documents != 1)}"
    lines = (
        element("h2", "Ask your documents"),
        element("p", "Every sentence of an answer shows the exact words it rests on."),
        element("p", f"What isn’t in them is refused. The index holds {held}."),
    )
    return element("div", "".join(lines), kind="welcome")


def status_line(manifest: Manifest) -> str:
    """Under the box: what is being asked."""
    built = manifest.built_at.replace("T", " ")[:16]
    documents = f"{manifest.documents:,} document{'s' * (manifest.documents != 1)}"
    return f"{documents} · {manifest.chunks:,} passages · index of {built} UTC · nothing leaves this computer"


def context(footnote: Footnote) -> tuple[str, str]:
    """What stands before and after the quoted words, cut between words; an ellipsis where text goes on."""
    text, span = footnote.document.text, footnote.span
    before = text[max(0, span.start - CONTEXT) : span.start]
    after = text[span.end : span.end + CONTEXT]
    if span.start > CONTEXT:
        before = "… " + before[before.find(" ") + 1 :]
    if span.end + CONTEXT < len(text):
        after = (after[: after.rfind(" ")] if " " in after else after) + " …"
    return before, after


def _sentences(answer: Answer, turn: str) -> str:
    shown = [element("strong", escaped(answer.short))] if answer.short else []
    shown += [_sentence(sentence, turn) for sentence in answer.sentences]
    return element("p", " ".join(shown), kind="answer")


def _sentence(sentence: Sentence, turn: str) -> str:
    text = element("bdi", escaped(sentence.text), kind="cite")
    if not sentence.supported:
        return element("span", f"{text} unsupported", kind="unsupported", title=UNSUPPORTED)
    markers = (
        element("a", str(marker), kind="marker", href=f"#{_anchor(turn, marker)}", title=f"Footnote {marker}")
        for marker in sentence.markers
    )
    return text + "".join(markers)


def _footnotes(answer: Answer, turn: str) -> str:
    notes = "".join(_footnote(footnote, turn) for footnote in answer.footnotes)
    return element("ol", notes, kind="notes") if notes else ""


def _footnote(footnote: Footnote, turn: str) -> str:
    before, after = map(escaped, context(footnote))
    words = element("bdi", f"{before} {element('mark', escaped(footnote.cited_text))} {after}", kind="quote")
    page = f", page {footnote.page}" if footnote.page else ""
    verified = element("span", "✓ verified", kind="verified", title=VERIFIED)
    source = element("bdi", escaped(footnote.title)) + f"{page} · {verified}"
    parts = (
        element("span", str(footnote.marker), kind="number"),
        element("span", words + element("span", source, kind="source"), kind="words"),
        element("span", f"{footnote.support:.0%}", kind="sure", title=SURE),
    )
    return element("li", "".join(parts), id=_anchor(turn, footnote.marker))


def _anchor(turn: str, marker: int) -> str:
    return f"fn-{turn}-{marker}"


def _refusal(answer: Answer) -> str:
    said = element("strong", "Not in your documents.") + " " + escaped(answer.reason)
    nearest = "".join(_nearest(passage) for passage in answer.passages[:_NEAREST])
    if nearest:
        said += element("details", element("summary", "The nearest passages") + element("ul", nearest))
    return element("div", said, kind="card", role="status")


def _nearest(passage: Passage) -> str:
    words = escaped(passage.text[:CONTEXT].rsplit(" ", 1)[0])
    title = element("bdi", escaped(passage.title))
    return element("li", f"{title}: {element('bdi', words + ' …', kind='quote')}")
