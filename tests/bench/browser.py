"""Waiting times in the browser, measured by the browser's own clock."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.web.server import ask, browsing

_WATCH = """
const look = () => {
  const box = document.querySelector("#question textarea");
  if (box && !box.disabled && document.querySelector(".fn-welcome")) window.usable = performance.now();
  else requestAnimationFrame(look);
};
look();
"""
_OPENED = """
() => new Promise((done) => {
  const look = () => {
    const painted = performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
    if (painted && window.usable) done([painted / 1000, window.usable / 1000]);
    else requestAnimationFrame(look);
  };
  look();
})
"""
_CLICK = """
(marker) => new Promise((done) => {
  const [note, begun] = [marker.dataset.footnote, performance.now()];
  document.querySelector("#source")?.replaceChildren();
  marker.click();
  const look = () => {
    const marked = document.querySelector("#source mark.fn-cited");
    const picture = document.querySelector("#source img");
    const box = document.querySelector("#source rect.fn-cited");
    const boxed = picture?.complete && picture.naturalWidth && box;
    if (marked || boxed) done([boxed ? "page" : "text", (performance.now() - begun) / 1000]);
    else requestAnimationFrame(look);
  };
  look();
})
"""
_LIST = """
() => new Promise((done) => {
  const begun = performance.now();
  const drawn = () => requestAnimationFrame(() => done((performance.now() - begun) / 1000));
  document.addEventListener("htmx:afterSettle", drawn, { once: true });
  htmx.ajax("GET", "/conversations", { target: ".fn-conversation-list", swap: "outerHTML" });
})
"""


@dataclass(frozen=True, slots=True)
class Opening:
    """Seconds from the address to the first contentful paint, and until a question can be typed."""

    painted: float
    usable: float


def measure_openings(address: str, times: int) -> list[Opening]:
    """Measure the opening of an empty chat, each time in a new browser without a cache."""
    return [_measure_opening(address) for _ in range(times)]


def measure_clicks(address: str, questions: Sequence[str], times: int) -> dict[str, list[float]]:
    """
    Measure the time from a click on a footnote until its source is shown.

    Args:
        address: Address of the chat.
        questions: Questions whose footnotes are clicked.
        times: Number of clicks on each footnote.

    Returns:
        Seconds of each click, by ``text`` for cited words in a text and ``page`` for those on a page.
    """
    durations: dict[str, list[float]] = {"text": [], "page": []}
    with browsing(viewport={"width": 1440, "height": 900}) as page:
        page.goto(address)
        page.locator(".fn-welcome").wait_for()
        for question in questions:
            turn = ask(page, question)
            for marker in turn.locator("button.fn-marker").all() * times:
                kind, seconds = marker.evaluate(_CLICK)
                durations[kind].append(seconds)
    return durations


def measure_lists(address: str, times: int) -> list[float]:
    """Return the seconds from the request for the list of conversations until it is drawn in the sidebar."""
    with browsing(viewport={"width": 1440, "height": 900}) as page:
        page.goto(address)
        page.locator(".fn-welcome").wait_for()
        return [page.evaluate(_LIST) for _ in range(times)]


def _measure_opening(address: str) -> Opening:
    with browsing() as page:
        page.add_init_script(_WATCH)
        page.goto(address)
        painted, usable = page.evaluate(_OPENED)
        return Opening(painted, usable)
