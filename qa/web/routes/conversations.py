"""Routes of conversations and their turns."""

import asyncio
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

from index import MB
from qa.web.controller import ChatController, FileDownload
from qa.web.middleware import owner_of
from qa.web.routes.common import (
    NO_STORE,
    REDIRECT_HEADER,
    errors_as_html,
    form_field,
    get_route,
    html_response,
    parse_turn_id,
    post_route,
)

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route


def conversation_routes(chat: ChatController) -> list["Route"]:
    """Return the routes, for a Starlette or FastAPI application."""
    handlers = ConversationRoutes(chat)
    return [
        get_route("/conversations", handlers.conversations),
        get_route("/conversations/export", handlers.export),
        post_route("/conversations/rename", handlers.rename),
        post_route("/conversations/delete", handlers.delete),
        _stream_route("/turns/stream", handlers),
        post_route("/turns/cancel", handlers.cancel),
        post_route("/turns/rate", handlers.rate),
        get_route("/turns/rated", handlers.export_rated),
    ]


class ConversationRoutes:
    """The handlers, one for each route."""

    def __init__(self, chat: ChatController) -> None:
        self._chat = chat

    def conversations(self, request: "Request") -> "Response":
        """Return the list of conversations, limited to a search."""
        query = request.query_params
        return html_response(
            self._chat.conversation_list(
                owner_of(request), query.get("conversation", ""), query.get("search", "")
            )
        )

    def rename(self, request: "Request", form: "FormData") -> "Response":
        """Rename a conversation, and return the list."""
        conversation_id = form_field(form, "conversation")
        self._chat.conversations.rename(owner_of(request), conversation_id, form_field(form, "title"))
        return html_response(self._chat.conversation_list(owner_of(request), conversation_id))

    def delete(self, request: "Request", form: "FormData") -> "Response":
        """Delete a conversation, and redirect to an empty one."""
        self._chat.conversations.delete(owner_of(request), form_field(form, "conversation"))
        return html_response("", {REDIRECT_HEADER: "/"})

    def export(self, request: "Request") -> "Response":
        """Return a conversation as a file."""
        query = request.query_params
        return _file_response(
            self._chat.export(owner_of(request), query.get("conversation", ""), query.get("format", ""))
        )

    def is_current(self, request: "Request") -> bool:
        """Return whether the page has the latest version of a running answer."""
        query = request.query_params
        turn = parse_turn_id(query.get("turn", ""))
        status = self._chat.jobs.status(owner_of(request), query.get("conversation", ""), turn)
        return status is not None and status.version == query.get("version", "")

    def running_turn(self, request: "Request") -> "Response":
        """Return a turn with as much of its answer as there is."""
        query = request.query_params
        turn = parse_turn_id(query.get("turn", ""))
        return html_response(self._chat.running_turn(owner_of(request), query.get("conversation", ""), turn))

    def cancel(self, request: "Request", form: "FormData") -> "Response":
        """Cancel an answer, and return its turn."""
        turn = parse_turn_id(form_field(form, "turn"))
        return html_response(self._chat.cancel(owner_of(request), form_field(form, "conversation"), turn))

    def rate(self, request: "Request", form: "FormData") -> "Response":
        """Store a rating, and return its form."""
        turn = parse_turn_id(form_field(form, "turn"))
        rating, comment = form_field(form, "rating"), form_field(form, "comment")
        correction = form_field(form, "correction")
        return html_response(self._chat.rate(owner_of(request), turn, rating, comment, correction))

    def export_rated(self, request: "Request") -> "Response":
        """Return the rated answers as a question set."""
        return _file_response(self._chat.export_rated(owner_of(request)))


_MAX_WAIT, _POLL_INTERVAL = 5, 0.05
"""Seconds that a response waits for more of an answer, and between two checks for it."""


def _stream_route(path: str, handlers: ConversationRoutes) -> "Route":
    """Return the long-polling route of a running answer, which responds when there is more of it."""
    from starlette.concurrency import run_in_threadpool
    from starlette.routing import Route

    async def wait_and_respond(request: "Request") -> "Response":
        for _ in range(round(_MAX_WAIT / _POLL_INTERVAL)):
            if not handlers.is_current(request):
                break
            await asyncio.sleep(_POLL_INTERVAL)  # occupies no thread
        return await run_in_threadpool(errors_as_html, lambda: handlers.running_turn(request))

    return Route(path, wait_and_respond)


def _file_response(download: FileDownload) -> "Response":
    from starlette.responses import StreamingResponse

    # RFC 6266: a name in any script, which has neither quotes nor line breaks.
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(download.name)}", **NO_STORE}
    return StreamingResponse(_read_chunks(download.content), media_type=download.media_type, headers=headers)


def _read_chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(MB):
            yield chunk
