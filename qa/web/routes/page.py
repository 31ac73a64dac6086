"""
The page around Gradio's question field: its parts, which are also routes, and its stylesheets and scripts.

A part of the page says in its ``hx-trigger`` after which event it is requested again; responses name these
events in the header ``hx-trigger``.
"""

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup

from index import FootnoteError, Manifest
from index.errors import IndexMissing
from qa.auth.sessions import account_name
from qa.web import strings
from qa.web.controller import ChatController
from qa.web.middleware import owner_of
from qa.web.routes.collections import CollectionRoutes
from qa.web.routes.common import form_field, get_route, html_response, post_route
from qa.web.views.rendering import error_html, render
from qa.web.views.sidebar import documents_html, settings_html, sidebar_html
from qa.web.views.status import components_html, status_html

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

STYLESHEETS = ("page.css", "source.css")
SCRIPTS = ("htmx.min.js", "gradio.js", "page.js", "upload.js", "source.js")
_MEDIA_TYPES = {"css": "text/css", "js": "text/javascript"}
_YEAR = 365 * 24 * 60 * 60
_CACHED = {"cache-control": "public, max-age=31536000, immutable"}
"""The URLs of the files change with their content."""


def page_routes(chat: ChatController) -> list["Route"]:
    """Return the routes, for a Starlette or FastAPI application."""
    page = ChatPage(chat)
    return [
        get_route("/conversation", page.conversation),
        get_route("/documents", page.documents),
        get_route("/status", page.status),
        get_route("/components", page.components),
        post_route("/language", page.language),
        *(_file_route(name) for name in (*STYLESHEETS, *SCRIPTS)),
    ]


def page_head() -> Markup:
    """Return the elements that load the stylesheets and scripts."""
    return render("head.html", stylesheets=map(_address, STYLESHEETS), scripts=map(_address, SCRIPTS))


class ChatPage:
    """
    Renders the page, and its parts for the routes.

    Args:
        chat: The operations of the page.
    """

    def __init__(self, chat: ChatController) -> None:
        self._chat = chat

    def render(self, owner: str, conversation_id: str, gradio_app: str) -> Markup:
        """Return the content of the page's body, around Gradio's element."""
        try:
            opened, conversation = self._chat.conversation(owner, conversation_id)
            sidebar = sidebar_html(
                self._chat.conversations.list_conversations(owner),
                opened,
                self._documents(),
                settings_html(self._chat.settings, self._components(owner, opened)),
                account_name(owner),
                collection=CollectionRoutes(self._chat).render(owner, opened),
            )
        except FootnoteError as error:
            conversation, sidebar = error_html(str(error)), Markup()
        return render(
            "page.html",
            sidebar=sidebar,
            conversation=conversation,
            status=self._status(),
            version=render("library_version.html", version=self._chat.library.version()),
            gradio_app=Markup(gradio_app),  # noqa: S704 (Gradio's own HTML, without any text of ours)
        )

    def conversation(self, request: "Request") -> "Response":
        """Return a conversation, to which the page switches."""
        conversation_id = request.query_params.get("conversation", "")
        html = self._chat.conversation(owner_of(request), conversation_id)[1]
        return html_response(html, {"hx-trigger-after-swap": "fn-conversations-changed"})

    def documents(self, request: "Request") -> "Response":
        """Return the documents of the sidebar."""
        return html_response(self._documents())

    def status(self, request: "Request") -> "Response":
        """Return the status line of the current snapshot."""
        return html_response(self._status())

    def language(self, request: "Request", form: "FormData") -> "Response":
        """Store the language that a person chose, and load the page again."""
        chosen = form_field(form, "language")
        response = html_response("", {"hx-refresh": "true"})
        if chosen in strings.LANGUAGES:
            response.set_cookie(strings.COOKIE, chosen, max_age=_YEAR, httponly=True, samesite="lax")
        else:
            response.delete_cookie(strings.COOKIE)
        return response

    def components(self, request: "Request") -> "Response":
        """Return the components of the pipeline, with their times in the conversation's last answer."""
        return html_response(
            self._components(owner_of(request), request.query_params.get("conversation", ""))
        )

    def _documents(self) -> Markup:
        return documents_html(self._chat.library.entries(), self._chat.library.folders())

    def _components(self, owner: str, conversation_id: str) -> Markup:
        turns = self._chat.conversations.turns(owner, conversation_id) if conversation_id else []
        return components_html(self._chat.settings, turns[-1].answer.timings_ms if turns else {})

    def _status(self) -> Markup:
        manifest: Manifest | None = None
        try:
            with self._chat.live.acquire() as snapshot:
                manifest = snapshot.manifest
        except IndexMissing:
            pass
        except FootnoteError as error:
            return status_html(None, self._chat.settings, str(error))
        return status_html(manifest, self._chat.settings)


def _file_route(name: str) -> "Route":
    from starlette.responses import Response
    from starlette.routing import Route

    content, media_type = _read(name), _MEDIA_TYPES[name.rpartition(".")[2]]

    async def send_file(request: "Request") -> Response:
        return Response(content, media_type=media_type, headers=_CACHED)

    return Route(_path(name), send_file)


def _path(name: str) -> str:
    return f"/page/{name}"


def _address(name: str) -> str:
    return f"{_path(name)}?v={hashlib.sha256(_read(name)).hexdigest()[:12]}"


@cache
def _read(name: str) -> bytes:
    return (files("qa.web") / "static" / name).read_bytes()
