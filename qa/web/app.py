"""The only door to gradio: the page, its handlers, and the headers that keep it to itself."""

import os
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

from index import FootnoteError
from qa.errors import AddressTaken
from qa.web.view import answer_html, error_html, escaped, status_line, welcome_html
from qa.wiring import Services

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
"""Own origin only: whatever a document says, the page can ask nobody else."""
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
AT_ONCE = 4
"""Questions answered side by side; further ones wait in line."""
WAITING = 100
"""Questions that may wait; past them a person is asked to come back."""

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
History = list[dict[str, Any]]


class SecurityHeaders:
    """ASGI middleware: :data:`HEADERS` on every response."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        """Pass everything on, and add the headers where a response begins."""

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                added = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *added]
            await send(message)

        await self._app(scope, receive, with_headers)


def serve(services: Services, host: str, port: int, announce: Callable[[str], None]) -> None:
    """
    Serve the chat until it is interrupted.

    Args:
        services: What answers.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        announce: Called with the chat's address once it is ready.

    Raises:
        AddressTaken: If something else listens there.
    """
    import uvicorn

    listening = _listening(host, port)
    address = f"http://{host}:{listening.getsockname()[1]}"
    config = uvicorn.Config(create_app(services, lambda: announce(address)), log_level="warning")
    uvicorn.Server(config).run(sockets=[listening])


def create_app(services: Services, ready: Callable[[], None] = lambda: None) -> Any:
    """The chat as an ASGI application; *ready* is called when it has started."""
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_OFFLINE="1")
    import contextlib

    import gradio as gr
    from fastapi import FastAPI

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> Any:
        ready()
        yield

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    page = gr.mount_gradio_app(
        app,
        _page(services),
        path="",
        allowed_paths=[],
        footer_links=[],
        show_error=False,
        ssr_mode=False,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        css_paths=[Path(__file__).with_name("page.css")],
    )
    page.add_middleware(SecurityHeaders)
    return page


def _page(services: Services) -> Any:
    import gradio as gr

    with gr.Blocks(title="Footnote", analytics_enabled=False) as page:
        gr.HTML('<h1 class="brand">Footnote<sup>1</sup></h1>')
        talk = gr.Chatbot(
            elem_id="talk",
            show_label=False,
            label="Conversation",
            height="68vh",
            latex_delimiters=[],
            buttons=[],
            layout="panel",
            group_consecutive_messages=False,
            allow_tags=False,
            placeholder=welcome_html(0),
        )
        with gr.Row():
            question = gr.Textbox(
                elem_id="question", placeholder="Ask your documents", label="Question", show_label=False,
                scale=8, autofocus=True, max_length=services.settings.max_question,
            )  # fmt: skip
            ask = gr.Button("Ask", elem_id="ask", scale=1, min_width=80)
        status = gr.HTML(elem_id="status")

        def answered(asked: str, history: History) -> Iterator[tuple[str, History]]:
            for shown in turn(services, asked, len(history)):
                yield "", [*history, {"role": "user", "content": escaped(asked)}, _said(shown)]

        for event in (question.submit, ask.click):
            event(
                answered, [question, talk], [question, talk], concurrency_limit=AT_ONCE, concurrency_id="ask"
            ).then(lambda: _status(services), None, status)
        page.load(
            lambda: (_status(services), gr.update(placeholder=_welcome(services))), None, [status, talk]
        )
    page.queue(max_size=WAITING)
    return page


def turn(services: Services, question: str, number: int) -> Iterator[str]:
    """One turn of the talk as it grows, in HTML; what goes wrong is said in one line."""
    try:
        for answer in services.asker.stream(question):
            yield answer_html(answer, str(number))
    except FootnoteError as error:
        yield error_html(str(error))


def _said(shown: str) -> dict[str, Any]:
    return {"role": "assistant", "content": shown}


def _status(services: Services) -> str:
    """Afresh each time: the index may have been rebuilt meanwhile."""
    try:
        with services.live.lease() as snapshot:
            return escaped(status_line(snapshot.manifest))
    except FootnoteError as error:
        return escaped(str(error))


def _welcome(services: Services) -> str:
    try:
        with services.live.lease() as snapshot:
            return welcome_html(snapshot.manifest.documents)
    except FootnoteError:
        return welcome_html(0)


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise AddressTaken(
            f"can't listen on {host}:{port} ({error.strerror}); type another: footnote chat --port {port + 1}"
        ) from error
