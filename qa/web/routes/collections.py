"""Routes of collections."""

from typing import TYPE_CHECKING

from markupsafe import Markup

from qa.web import strings
from qa.web.controller import ChatController
from qa.web.middleware import owner_of
from qa.web.routes.common import form_field, get_route, html_response, post_route
from qa.web.routes.conversations import TOAST
from qa.web.views.sidebar import collection_html, toast_html

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route


def collection_routes(chat: ChatController) -> list["Route"]:
    """Return the routes, for a Starlette or FastAPI application."""
    handlers = CollectionRoutes(chat)
    return [
        get_route("/collection", handlers.choice),
        post_route("/collections/choose", handlers.choose),
        post_route("/collections/save", handlers.save),
        post_route("/collections/delete", handlers.delete),
    ]


class CollectionRoutes:
    """The handlers, one for each route; each returns the choice of a collection."""

    def __init__(self, chat: ChatController) -> None:
        self._library = chat.library
        self._collections = chat.conversations.collections

    def render(self, owner: str, conversation_id: str, chosen: str = "") -> Markup:
        """Return the choice; *chosen* is that of a conversation that hasn't begun."""
        current = self._collections.of_conversation(owner, conversation_id)
        return collection_html(self._collections.of_owner(owner), current.id if current else chosen)

    def choice(self, request: "Request") -> "Response":
        """Return the choice for a conversation."""
        return html_response(self.render(owner_of(request), request.query_params.get("conversation", "")))

    def choose(self, request: "Request", form: "FormData") -> "Response":
        """Limit a conversation to a collection; one that hasn't begun is limited by its first question."""
        owner, conversation_id = owner_of(request), form_field(form, "conversation")
        chosen = form_field(form, "collection")
        self._collections.limit_conversation(owner, conversation_id, chosen)
        return html_response(self.render(owner, conversation_id, chosen))

    def save(self, request: "Request", form: "FormData") -> "Response":
        """Save a collection of the ticked documents and folders, or restore a deleted one."""
        owner, conversation_id = owner_of(request), form_field(form, "conversation")
        paths = {entry.key: entry.paths[0] for entry in self._library.entries()}
        ticked = [paths.get(key, key) for key in form.getlist("selected") if isinstance(key, str)]
        members = [member for member in form.getlist("member") if isinstance(member, str)]
        former = form_field(form, "id")
        saved = self._collections.save(owner, form_field(form, "name"), [*ticked, *members], former)
        if not former:
            self._collections.limit_conversation(owner, conversation_id, saved)
        return html_response(self.render(owner, conversation_id, saved) + toast_html(TOAST))

    def delete(self, request: "Request", form: "FormData") -> "Response":
        """Delete a collection, and return a notice that can undo it, too."""
        owner, id_ = owner_of(request), form_field(form, "collection")
        deleted = [each for each in self._collections.of_owner(owner) if each.id == id_]
        self._collections.delete(owner, id_)
        toasts = [
            toast_html(
                TOAST,
                strings.COLLECTION_DELETED.format(name=each.name),
                action="/collections/save",
                target="#collection",
                fields=[("id", each.id), ("name", each.name), *(("member", key) for key in each.members)],
            )
            for each in deleted
        ]
        return html_response(self.render(owner, "") + Markup().join(toasts))
