"""Routes of conversations and their turns: list, export, answer, rating."""

import asyncio
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from index import MB
from qa.web.controller import ChatController, FileDownload
from qa.web.middleware import owner_of
from qa.web.routes.common import (
    PRIVATE,
    REDIRECT_HEADER,
    errors_as_html,
    form_field,
    get_route,
    html_response,
    parse_number,
    post_route,
)

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route


def conversation_routes(chat: ChatController) -> list["Route"]:
    """Routes for a Starlette or FastAPI application."""
    parts = ConversationRoutes(chat)
    return [
        get_route("/conversations", parts.conversations),
        get_route("/conversations/export", parts.export),
        post_route("/conversations/rename", parts.rename),
        post_route("/conversations/delete", parts.delete),
        _running_turn("/turns/stream", parts),
        post_route("/turns/cancel", parts.cancel),
        post_route("/turns/rate", parts.rate),
        get_route("/turns/rated", parts.export_rated),
    ]


class ConversationRoutes:
    """One method for each address."""

    def __init__(self, chat: ChatController) -> None:
        self._chat = chat

    def conversations(self, request: "Request") -> "Response":
        query = request.query_params
        return html_response(
            self._chat.conversation_list(
                owner_of(request), query.get("conversation", ""), query.get("search", "")
            )
        )

    def rename(self, request: "Request", form: "FormData") -> "Response":
        conversation_id = form_field(form, "conversation")
        self._chat.conversations.rename(owner_of(request), conversation_id, form_field(form, "title"))
        return html_response(self._chat.conversation_list(owner_of(request), conversation_id))

    def delete(self, request: "Request", form: "FormData") -> "Response":
        self._chat.conversations.delete(owner_of(request), form_field(form, "conversation"))
        return html_response("", {REDIRECT_HEADER: "/"})

    def export(self, request: "Request") -> "Response":
        query = request.query_params
        return _file(
            self._chat.export(owner_of(request), query.get("conversation", ""), query.get("format", ""))
        )

    def is_current(self, request: "Request") -> bool:
        """Whether the page has of an answer all that there is so far."""
        query = request.query_params
        turn = parse_number(query.get("turn", ""))
        status = self._chat.jobs.status(owner_of(request), query.get("conversation", ""), turn)
        return status is not None and status.token == query.get("version", "")

    def running_turn(self, request: "Request") -> "Response":
        query = request.query_params
        turn = parse_number(query.get("turn", ""))
        return html_response(self._chat.running_turn(owner_of(request), query.get("conversation", ""), turn))

    def cancel(self, request: "Request", form: "FormData") -> "Response":
        turn = parse_number(form_field(form, "turn"))
        return html_response(self._chat.cancel(owner_of(request), form_field(form, "conversation"), turn))

    def rate(self, request: "Request", form: "FormData") -> "Response":
        turn = parse_number(form_field(form, "turn"))
        shown = self._chat.rate(
            owner_of(request), turn, form_field(form, "rating"), form_field(form, "comment")
        )
        return html_response(shown)

    def export_rated(self, request: "Request") -> "Response":
        return _file(self._chat.export_rated(owner_of(request)))


_MAX_WAIT, _POLL_INTERVAL = 5, 0.05
"""Seconds that a page waits for more of an answer, at most, and between two looks whether there is any."""


def _running_turn(path: str, parts: ConversationRoutes) -> "Route":
    """What changes while an answer is on its way: the reply comes as soon as there is more of it to see."""
    from starlette.concurrency import run_in_threadpool
    from starlette.routing import Route

    async def coming(request: "Request") -> "Response":
        for _ in range(round(_MAX_WAIT / _POLL_INTERVAL)):
            if not parts.is_current(request):
                break
            await asyncio.sleep(_POLL_INTERVAL)  # takes no thread, however many wait
        return await run_in_threadpool(errors_as_html, lambda: parts.running_turn(request))

    return Route(path, coming)


def _file(download: FileDownload) -> "Response":
    from starlette.responses import StreamingResponse

    sent_as = {"content-disposition": f'attachment; filename="{download.name}"', **PRIVATE}
    return StreamingResponse(_pieces(download.content), media_type=download.media_type, headers=sent_as)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(MB):
            yield piece
