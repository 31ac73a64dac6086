"""
Pure: the inside of the source pane, as HTML that ``source.js`` puts there and ``source.css`` dresses.

It holds no script, no style and no address: a button says by ``data-do`` what it does, and the pictures of
pages are fetched by ``source.js``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from index import Document, PagePlace, Span
from qa.web.source import Excerpt, source_html
from qa.web.view import element, escaped, showable


@dataclass(frozen=True, slots=True)
class Cited:
    """
    What was clicked on.

    Args:
        document: The source.
        span: The words.
        marker: The footnote's number; 0 if it has none.
        count: How many footnotes its answer has.
        others: What else the answer cites; spans of other documents are passed over.
        note: What is to be said above the source, such as that it has changed; may be empty.
        near: Whether nothing cites it: it is a passage near to a question that was refused.

    Raises:
        ValueError: If the span is not within the document.
    """

    document: Document = field(repr=False)
    span: Span
    marker: int = 0
    count: int = 0
    others: tuple[Span, ...] = ()
    note: str = ""
    near: bool = False

    def __post_init__(self) -> None:
        self.document.quote(self.span)


def text_html(cited: Cited, why_no_pages: str = "") -> str:
    """
    The pane with the document's text.

    Args:
        cited: What is shown.
        why_no_pages: Why its pages can't be shown, for a person; empty if it has none or nobody asked.
    """
    excerpt = source_html(cited.document, cited.span, cited.others, _kind(cited))
    tools = _bar(_button("pages", "Show the pages")) if cited.document.runs and not why_no_pages else ""
    shown = _more("earlier", excerpt.has_earlier) + _slice(excerpt) + _more("later", excerpt.has_later)
    return _pane(cited, why_no_pages, tools, element("div", shown, kind="words"))


def pages_html(cited: Cited, places: Sequence[PagePlace]) -> str:
    """
    The pane with a picture of the first page that the words stand on, and boxes around them.

    Args:
        cited: What is shown.
        places: Where it stands; at least one.
    """
    first, total = places[0], len(cited.document.pages)
    turning = (
        _button("back", "‹", "Previous page")
        + element("span", _count(first.number, total), kind="page-number", role="status")
        + _button("on", "›", "Next page")
    )
    zooming = _button("smaller", "−", "Smaller") + _button("larger", "+", "Larger")
    tools = _bar(turning + zooming + _also_on(places) + _button("text", "Show as text"))
    return _pane(cited, "", tools, _picture(cited, places))


def spoken(cited: Cited) -> str:
    """What a screen reader says of it: ``Footnote 2 of 3: Title, page 4``; plain text, not HTML."""
    page = cited.document.page_at(cited.span.start)
    return f"{_name(cited)}: {showable(cited.document.title)}" + (f", page {page.number}" if page else "")


def _also_on(places: Sequence[PagePlace]) -> str:
    """Where the words go on: who sees the first page's boxes would miss the others."""
    further = ", ".join(str(place.number) for place in places[1:])
    return element("span", f"also on page {further}", kind="goes-on") if further else ""


def _kind(cited: Cited) -> str:
    """The look of its words: nothing that is near only is marked as if it had been cited."""
    return "near" if cited.near else "cited"


def _name(cited: Cited) -> str:
    if cited.near:
        return "A near passage, not an answer"
    if not cited.marker:
        return "Passage"
    return f"Footnote {cited.marker}" + (f" of {cited.count}" if cited.count else "")


def _pane(cited: Cited, why_no_pages: str, tools: str, shown: str) -> str:
    note = cited.note or (f"{why_no_pages[:1].upper()}{why_no_pages[1:]}." if why_no_pages else "")
    said = element("p", escaped(note), kind="changed", role="note") if note else ""
    body = element(
        "div", said + shown, kind="body", tabindex="0", role="group", **{"aria-label": "The source"}
    )
    return _header(cited) + tools + body


def _header(cited: Cited) -> str:
    title = element("h2", element("bdi", escaped(cited.document.title)))
    place = f"{_name(cited)} · characters {cited.span.start:,}–{cited.span.end:,}"
    steps = (
        _button("previous", "‹", "Previous footnote (p)")
        + _button("next", "›", "Next footnote (n)")
        + _button("close", "×", "Close the source")
    )
    return element(
        "header", element("div", title + element("p", place)) + element("div", steps, kind="steps")
    )


def _bar(buttons: str) -> str:
    return element("div", buttons, kind="bar", role="group", **{"aria-label": "View of the source"})


def _button(does: str, sign: str, name: str = "") -> str:
    named = {"aria-label": name, "title": name} if name else {}
    return element("button", escaped(sign), type="button", **{"data-do": does}, **named)


def _more(direction: str, there_is: bool) -> str:
    return _button(direction, f"Show what stands {_WHERE[direction]}") if there_is else ""


_WHERE = {"earlier": "before", "later": "after"}


def _slice(excerpt: Excerpt) -> str:
    ends = {"data-start": str(excerpt.start), "data-end": str(excerpt.end)}
    return element("div", excerpt.html, kind="text", **ends)


def _picture(cited: Cited, places: Sequence[PagePlace]) -> str:
    """The page's picture, for the size of the first page; the boxes of all pages lie over it, one shown."""
    first = places[0]
    numbers = {"data-number": str(first.number), "data-pages": str(len(cited.document.pages))}
    size = {"width": f"{first.width:.0f}", "height": f"{first.height:.0f}"}
    picture = element("img", "", alt=f"Page {first.number}", **size).removesuffix("</img>")
    boxes = "".join(_boxes(place, _kind(cited)) for place in places)
    words = element("figcaption", escaped(cited.document.quote(cited.span)), dir="auto")
    return element("figure", picture + boxes + words, kind="page", **numbers)


def _boxes(place: PagePlace, kind: str) -> str:
    """Boxes as a drawing of one by one, which is stretched over the picture and so holds at every zoom."""
    rectangles = "".join(_rectangle(kind, *box) for box in place.boxes)
    return element(
        "svg",
        rectangles,
        viewBox="0 0 1 1",
        preserveAspectRatio="none",
        **_HIDDEN,
        **{"data-page": str(place.number)},
    )


_HIDDEN = {"aria-hidden": "true"}


def _rectangle(kind: str, left: float, top: float, right: float, bottom: float) -> str:
    edges = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    return element("rect", "", kind=kind, **{name: f"{share:.6f}" for name, share in edges.items()})


def _count(number: int, total: int) -> str:
    return f"{number} of {total}"
