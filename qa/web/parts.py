"""
The addresses beside the page: what its forms and links ask for. Each answers with a piece of HTML or a file.

:class:`~qa.web.door.Door` has put the owner into each request.
"""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any

from index import FootnoteError
from index.formats.records import MB
from qa import wiring
from qa.indexing import problem
from qa.library import Added
from qa.shelf import Given
from qa.web.chat import Chat, Download
from qa.web.door import owner_of
from qa.web.forms import TOO_LONG, form_of
from qa.web.panel import panel_html, refused_html, shelf_html
from qa.web.request_limit import InFlight
from qa.web.view import error_html

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

UPLOAD_PATH = "/library/add"
MAX_UPLOADS_AT_ONCE = 2
"""Of one owner; the page sends one file after the other."""
GO = "x-go"
"""The header that sends the browser to another address of the chat."""
_PRIVATE = {"cache-control": "private, no-store"}
_PATIENCE, _PAUSE = 5, 0.05
"""Seconds that a page waits for more of an answer, at most, and between two looks whether there is any."""

Answer = Callable[["Request", "FormData"], "Response"]
"""What answers a form; it may take its time."""


def part_routes(chat: Chat) -> list["Route"]:
    """Routes for a Starlette or FastAPI application."""
    parts = _Parts(chat)
    return [
        _get("/conversations", parts.listed),
        _get("/conversations/export", parts.exported),
        _post("/conversations/rename", parts.rename),
        _post("/conversations/delete", parts.delete),
        _coming("/turns/coming", parts),
        _post("/turns/stop", parts.stop),
        _post("/turns/judge", parts.judge),
        _get("/turns/judged", parts.judged),
        _get("/documents", parts.documents),
        _get("/library", parts.panel),
        _get("/library/shelf", parts.shelf),
        _add(UPLOAD_PATH, parts),
        _post("/library/remove", parts.remove),
        _post("/library/refresh", lambda request, form: parts.work(chat.library.refresh)),
        _post("/library/rebuild", lambda request, form: parts.work(chat.library.rebuild)),
        _post("/library/cancel", lambda request, form: parts.work(chat.library.cancel)),
    ]


class _Parts:
    """One method for each address."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    def listed(self, request: "Request") -> "Response":
        asked = request.query_params
        return _html(self._chat.listed(owner_of(request), asked.get("talk", ""), asked.get("search", "")))

    def rename(self, request: "Request", form: "FormData") -> "Response":
        talk = _text(form, "talk")
        self._chat.conversations.rename(owner_of(request), talk, _text(form, "title"))
        return _html(self._chat.listed(owner_of(request), talk))

    def delete(self, request: "Request", form: "FormData") -> "Response":
        self._chat.conversations.delete(owner_of(request), _text(form, "talk"))
        return _html("", {GO: "/"})

    def exported(self, request: "Request") -> "Response":
        asked = request.query_params
        return _file(self._chat.exported(owner_of(request), asked.get("talk", ""), asked.get("form", "")))

    def seen(self, request: "Request") -> bool:
        """Whether the page has of an answer all that there is so far."""
        asked = request.query_params
        turn = _number(asked.get("turn", ""))
        standing = self._chat.asking.standing(owner_of(request), asked.get("talk", ""), turn)
        return standing is not None and standing.token == asked.get("seen", "")

    def coming(self, request: "Request") -> "Response":
        asked = request.query_params
        turn = _number(asked.get("turn", ""))
        return _html(self._chat.coming(owner_of(request), asked.get("talk", ""), turn))

    def stop(self, request: "Request", form: "FormData") -> "Response":
        turn = _number(_text(form, "turn"))
        return _html(self._chat.stop(owner_of(request), _text(form, "talk"), turn))

    def judge(self, request: "Request", form: "FormData") -> "Response":
        turn = _number(_text(form, "turn"))
        shown = self._chat.judge(owner_of(request), turn, _text(form, "thumb"), _text(form, "remark"))
        return _html(shown)

    def judged(self, request: "Request") -> "Response":
        return _file(self._chat.judged_answers(owner_of(request)))

    def documents(self, request: "Request") -> "Response":
        return _html(self._chat.documents())

    def panel(self, request: "Request") -> "Response":
        library = self._chat.library
        types = sorted(wiring.shelf_of(self._chat.services.settings).bounds.types)
        return _html(panel_html(library.entries(), library.work(), types, outdated=library.outdated()))

    def shelf(self, request: "Request") -> "Response":
        return self._shelf(request.query_params.get("search", ""))

    def remove(self, request: "Request", form: "FormData") -> "Response":
        self._chat.library.remove([_text(form, "key")])
        return self._shelf()

    def work(self, begin: Callable[[], None]) -> "Response":
        begin()
        return self._shelf()

    def added(self, name: str, file: IO[bytes], owner: str) -> "Response":
        added: Added = self._chat.library.add([Given(name, file, owner)])
        return _html(refused_html(added.refused))

    def too_large(self, size: int) -> str:
        """Why a file of so many bytes isn't taken; empty if it is."""
        most = self._chat.services.settings.max_file_mb
        if size <= most * MB:
            return ""
        return f"the file has more than {most:,} MB, which is the most that is taken"

    def over_quota(self, owner: str, size: int) -> str:
        """Return why there is no room for another file of so many bytes; empty if there is."""
        reason = wiring.shelf_of(self._chat.services.settings).over_quota(owner, size)
        return f"the file {reason}. {problem('', reason).advice}" if reason else ""

    def _shelf(self, search: str = "") -> "Response":
        library = self._chat.library
        return _html(shelf_html(library.entries(search), library.work(), search, outdated=library.outdated()))


def _get(path: str, answer: Callable[["Request"], "Response"]) -> "Route":
    from starlette.routing import Route

    # Plain functions: Starlette runs them in threads, so that nothing quick waits for anything slow.
    return Route(path, lambda request: _said(lambda: answer(request)))


def _post(path: str, answer: Answer) -> "Route":
    from starlette.concurrency import run_in_threadpool
    from starlette.routing import Route

    async def answering(request: "Request") -> "Response":
        form = await form_of(request)
        if form is None:
            return _html(error_html(TOO_LONG), status=413)
        return await run_in_threadpool(_said, lambda: answer(request, form))

    return Route(path, answering, methods=["POST"])


def _coming(path: str, parts: _Parts) -> "Route":
    """What changes while an answer is on its way: the reply comes as soon as there is more of it to see."""
    from starlette.concurrency import run_in_threadpool
    from starlette.routing import Route

    async def coming(request: "Request") -> "Response":
        for _ in range(round(_PATIENCE / _PAUSE)):
            if not parts.seen(request):
                break
            await asyncio.sleep(_PAUSE)  # takes no thread, however many wait
        return await run_in_threadpool(_said, lambda: parts.coming(request))

    return Route(path, coming)


def _add(path: str, parts: _Parts) -> "Route":
    """A file is the body itself, as it comes; its name stands in the address, and is only a label."""
    from starlette.concurrency import run_in_threadpool
    from starlette.routing import Route

    in_flight = InFlight(MAX_UPLOADS_AT_ONCE)

    async def adding(request: "Request") -> "Response":
        owner = owner_of(request)
        with in_flight.enter(owner) as entered:
            if not entered:
                return _html(error_html("other files are being added; add this one afterwards"), status=429)
            # Before its bytes come; with them it is checked again, as others come meanwhile.
            if reason := await run_in_threadpool(parts.over_quota, owner, _length(request)):
                return _html(error_html(reason), status=413)
            return await receive(request, owner)

    async def receive(request: "Request", owner: str) -> "Response":
        with tempfile.TemporaryFile() as file:  # has no name: nothing is left of it, even after a kill
            if reason := await _received(request, file, parts):
                return _html(error_html(reason), status=413)
            file.seek(0)
            name = request.query_params.get("name", "")
            return await run_in_threadpool(_said, lambda: parts.added(name, file, owner))

    return Route(path, adding, methods=["POST"])


async def _received(request: "Request", file: IO[bytes], parts: _Parts) -> str:
    """Write the body to *file*; what is said if it is too large, whatever it claimed."""
    if reason := parts.too_large(_length(request)):
        return reason
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if reason := parts.too_large(size):
            return reason
        file.write(piece)
    return ""


def _said(answer: Callable[[], "Response"]) -> "Response":
    """What goes wrong is said in one line, where the answer would have stood."""
    try:
        return answer()
    except FootnoteError as error:
        return _html(error_html(str(error)), status=500)


def _length(request: "Request") -> int:
    return max(0, _number(request.headers.get("content-length", "")))


def _number(digits: str) -> int:
    """-1 for what is no number."""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else -1


def _text(form: "FormData", name: str) -> str:
    value: Any = form.get(name, "")
    return value if isinstance(value, str) else ""


def _html(shown: str, headers: dict[str, str] | None = None, status: int = 200) -> "Response":
    from starlette.responses import HTMLResponse

    return HTMLResponse(shown, status, {**_PRIVATE, **(headers or {})})


def _file(download: Download) -> "Response":
    from starlette.responses import StreamingResponse

    sent_as = {"content-disposition": f'attachment; filename="{download.name}"', **_PRIVATE}
    return StreamingResponse(_pieces(download.content), media_type=download.media_type, headers=sent_as)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(MB):
            yield piece
