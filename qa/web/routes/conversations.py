"""Routes of conversations and their turns."""

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING

from markupsafe import Markup

from qa.chat.answer_jobs import AskRequest
from qa.settings import Settings
from qa.web import strings
from qa.web.controller import ChatController
from qa.web.middleware import owner_of
from qa.web.routes.common import (
    NO_STORE,
    errors_as_html,
    file_response,
    form_field,
    get_route,
    html_response,
    parse_number,
    parse_turn_id,
    post_route,
)
from qa.web.routes.forms import MAX_FORM_BYTES
from qa.web.views.conversation import why_html
from qa.web.views.rendering import error_html
from qa.web.views.sidebar import conversation_list_html, toast_html, trash_html

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

MAX_WAIT = 5
"""Seconds that a response waits for more of an answer."""
ANSWERED = {"hx-trigger-after-swap": "fn-answered"}
"""Header after which the page requests its parts again that depend on answers."""
CONVERSATIONS_CHANGED = {"hx-trigger-after-swap": "fn-conversations-changed"}
"""Header after which the page requests the list of conversations again."""
TOAST = "toast"
"""Id of the notice of what was just done."""
MAX_PASSAGES = 100
"""Maximum number of passages that a question can request."""


def conversation_routes(chat: ChatController) -> list["Route"]:
    """Return the routes, for a Starlette or FastAPI application."""
    handlers = ConversationRoutes(chat)
    return [
        get_route("/conversations", handlers.conversations),
        get_route("/conversations/export", handlers.export),
        post_route("/conversations/rename", handlers.rename),
        post_route("/conversations/pin", handlers.pin),
        post_route("/conversations/delete", handlers.delete),
        post_route("/conversations/restore", handlers.restore),
        get_route("/conversations/trash", handlers.trash),
        post_route("/conversations/purge", handlers.delete_forever),
        post_route("/turns", handlers.ask, max_ask_bytes(chat.settings.max_question)),
        _stream_route("/turns/stream", handlers),
        post_route("/turns/cancel", handlers.cancel),
        post_route("/turns/branch", handlers.choose_branch),
        get_route("/turns/text", handlers.text),
        get_route("/turns/why", handlers.why),
        post_route("/turns/rate", handlers.rate),
        get_route("/turns/rated", handlers.export_rated),
    ]


def max_ask_bytes(max_question: int) -> int:
    """Return the maximum size of the form of a question, whose characters take up to twelve bytes."""
    return MAX_FORM_BYTES + 12 * max_question


class ConversationRoutes:
    """The handlers, one for each route."""

    def __init__(self, chat: ChatController) -> None:
        self._chat = chat
        self.watching = chat.jobs.watching

    def conversations(self, request: "Request") -> "Response":
        """Return the list of conversations, limited to a search, or its rows after those of the page."""
        query = request.query_params
        after = parse_number(query.get("after", "")) or 0
        return html_response(
            self._list(owner_of(request), query.get("conversation", ""), query.get("search", ""), after)
        )

    def rename(self, request: "Request", form: "FormData") -> "Response":
        """Rename a conversation, and return the list."""
        owner, conversation_id = owner_of(request), form_field(form, "conversation")
        self._chat.conversations.rename(owner, conversation_id, form_field(form, "title"))
        return html_response(self._list(owner, conversation_id))

    def pin(self, request: "Request", form: "FormData") -> "Response":
        """Pin or unpin a conversation, and return the list."""
        owner, conversation_id = owner_of(request), form_field(form, "conversation")
        self._chat.conversations.pin(owner, conversation_id, bool(form_field(form, "pinned")))
        return html_response(self._list(owner, conversation_id))

    def delete(self, request: "Request", form: "FormData") -> "Response":
        """Move a conversation to the trash, and return an empty one with a notice that can undo it."""
        owner, conversation_id = owner_of(request), form_field(form, "conversation")
        self._chat.conversations.delete(owner, conversation_id)
        titles = [each.title for each in self._chat.conversations.trash(owner) if each.id == conversation_id]
        toast = toast_html(
            TOAST,
            strings.CONVERSATION_DELETED.format(title=titles[0] if titles else ""),
            action="/conversations/restore",
            target="#conversation",
            fields=[("conversation", conversation_id)],
        )
        html = self._chat.conversation(owner, "")[1]
        return html_response(html + toast, {"hx-replace-url": "/", **CONVERSATIONS_CHANGED})

    def restore(self, request: "Request", form: "FormData") -> "Response":
        """Take a conversation out of the trash, and return it."""
        owner, conversation_id = owner_of(request), form_field(form, "conversation")
        self._chat.conversations.restore(owner, conversation_id)
        opened, html = self._chat.conversation(owner, conversation_id)
        address = f"/?conversation={opened}" if opened else "/"
        return html_response(html + toast_html(TOAST), {"hx-push-url": address, **CONVERSATIONS_CHANGED})

    def trash(self, request: "Request") -> "Response":
        """Return the deleted conversations, in place of the list."""
        return html_response(trash_html(self._chat.conversations.trash(owner_of(request))))

    def delete_forever(self, request: "Request", form: "FormData") -> "Response":
        """Delete a conversation in the trash, and return the others."""
        self._chat.conversations.delete_forever(owner_of(request), form_field(form, "conversation"))
        return self.trash(request)

    def choose_branch(self, request: "Request", form: "FormData") -> "Response":
        """Show another branch of a conversation, and return the conversation."""
        owner, conversation_id = owner_of(request), form_field(form, "conversation")
        turn, number = (parse_turn_id(form_field(form, name)) for name in ("turn", "number"))
        before = [each.id for each in self._chat.conversations.turns(owner, conversation_id)]
        self._chat.conversations.choose_branch(owner, conversation_id, turn, number)
        shown = [each.id for each in self._chat.conversations.turns(owner, conversation_id)]
        # The turn that is now at the same place; the page scrolls to it.
        place = next((new for new, old in zip(shown, before, strict=False) if new != old), turn)
        events = {"fn-conversations-changed": {}, "fn-turn-chosen": {"turn": place}}
        html = self._chat.conversation(owner, conversation_id)[1]
        return html_response(html, {"hx-trigger-after-swap": json.dumps(events)})

    def export(self, request: "Request") -> "Response":
        """Return a conversation as a file."""
        query = request.query_params
        return file_response(
            self._chat.export(owner_of(request), query.get("conversation", ""), query.get("format", ""))
        )

    def ask(self, request: "Request", form: "FormData") -> "Response":
        """Start answering a question, and return its turn, or the conversation if later turns are gone."""
        response = self._chat.ask(owner_of(request), _ask_request(form, self._chat.settings))
        headers = {}
        if response.conversation_id:
            headers["hx-trigger"] = "fn-asked"
            headers["hx-trigger-after-swap"] = "fn-conversations-changed"
            headers["hx-replace-url"] = f"/?conversation={response.conversation_id}"
        if response.is_whole:
            headers |= {"hx-retarget": "#conversation", "hx-reswap": "outerHTML"}
        return html_response(response.html, headers)

    def is_current(self, request: "Request") -> bool:
        """Return whether the page has the latest version of a running answer."""
        query = request.query_params
        turn = parse_turn_id(query.get("turn", ""))
        status = self._chat.jobs.status(owner_of(request), query.get("conversation", ""), turn)
        return status is not None and status.version == query.get("version", "")

    def turn(self, request: "Request") -> "Response":
        """Return a turn with as much of its answer as there is."""
        query = request.query_params
        turn = parse_turn_id(query.get("turn", ""))
        html, is_running = self._chat.turn(owner_of(request), query.get("conversation", ""), turn)
        return html_response(html, {} if is_running else ANSWERED)

    def cancel(self, request: "Request", form: "FormData") -> "Response":
        """Cancel an answer, and return its turn."""
        turn = parse_turn_id(form_field(form, "turn"))
        html = self._chat.cancel(owner_of(request), form_field(form, "conversation"), turn)
        return html_response(html, ANSWERED)

    def text(self, request: "Request") -> "Response":
        """Return an answer with its sources as text, to copy."""
        from starlette.responses import PlainTextResponse

        query = request.query_params
        turn = parse_turn_id(query.get("turn", ""))
        text = self._chat.answer(
            owner_of(request), query.get("conversation", ""), turn, query.get("format", "")
        )
        return PlainTextResponse(text.encode("utf-8", "replace"), headers=NO_STORE)

    def why(self, request: "Request") -> "Response":
        """Return the explanation of an answer."""
        query = request.query_params
        turn_id = parse_turn_id(query.get("turn", ""))
        turns = self._chat.conversations.turns(owner_of(request), query.get("conversation", ""))
        answers = [turn.answer for turn in turns if turn.id == turn_id]
        if not answers:
            return html_response(error_html(strings.CONVERSATION_MISSING), status=404)
        return html_response(why_html(answers[0], self._chat.citations.pages(answers[0].nearest)))

    def rate(self, request: "Request", form: "FormData") -> "Response":
        """Store a rating, and return its form."""
        turn = parse_turn_id(form_field(form, "turn"))
        rating, comment = form_field(form, "rating"), form_field(form, "comment")
        correction = form_field(form, "correction")
        return html_response(self._chat.rate(owner_of(request), turn, rating, comment, correction))

    def export_rated(self, request: "Request") -> "Response":
        """Return the rated answers as a question set."""
        return file_response(self._chat.export_rated(owner_of(request)))

    def _list(self, owner: str, conversation_id: str, search: str = "", after: int = 0) -> Markup:
        conversations = self._chat.conversations.list_conversations(owner, search)
        return conversation_list_html(conversations, conversation_id, search, after)


def _ask_request(form: "FormData", settings: Settings) -> AskRequest:
    """Return the question in a form; settings that it hasn't or that are unknown have their defaults."""
    thresholds = {"strict": max(settings.refuse_below, 0.65), "lenient": settings.refuse_below / 3}
    passages = parse_number(form_field(form, "passages")) or settings.passages
    return AskRequest(
        question=form_field(form, "question"),
        conversation_id=form_field(form, "conversation"),
        replaces_turn=parse_number(form_field(form, "replaces")),
        selected=tuple(key for key in form.getlist("selected") if isinstance(key, str)),
        refuse_below=thresholds.get(form_field(form, "strictness"), settings.refuse_below),
        passages=min(passages, MAX_PASSAGES),
        literal=bool(form_field(form, "literal")),
        collection=form_field(form, "collection"),
    )


def _stream_route(path: str, handlers: ConversationRoutes) -> "Route":
    """Return the long-polling route of a running answer, which responds when there is more of it."""
    from starlette.concurrency import run_in_threadpool
    from starlette.routing import Route

    async def wait_and_respond(request: "Request") -> "Response":
        changed, loop = asyncio.Event(), asyncio.get_running_loop()

        def on_change() -> None:  # called in the thread of the answer
            loop.call_soon_threadsafe(changed.set)

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(MAX_WAIT):
                with handlers.watching(on_change):
                    while handlers.is_current(request):  # waiting occupies no thread
                        await changed.wait()
                        changed.clear()
        return await run_in_threadpool(errors_as_html, lambda: handlers.turn(request))

    return Route(path, wait_and_respond)
