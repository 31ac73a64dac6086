"""The only door to gradio: the page, its handlers, and the headers that keep it to itself."""

import os
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

from index import FootnoteError
from qa.errors import AddressTaken
from qa.web.view import answer_html, asked_html, error_html, status_html, welcome_html
from qa.wiring import Services

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; "
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

HERE = Path(__file__).parent

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
        max_file_size=1,  # byte: nothing is uploaded here
        ssr_mode=False,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        css_paths=[HERE / "page.css"],
        head=f"<script>{(HERE / 'page.js').read_text('utf-8')}</script>",
    )
    page.add_middleware(SecurityHeaders)
    return page


def _page(services: Services) -> Any:
    import gradio as gr

    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_height=True) as page:
        with gr.Row(elem_id="top"):
            gr.Markdown('<h1 class="brand">Footnote<sup>1</sup></h1>')
            anew = gr.Button("New conversation", elem_id="anew", size="sm", scale=0)
        talk = gr.Chatbot(
            elem_id="talk",
            show_label=False,
            label="Conversation",
            height="auto",
            scale=1,
            autoscroll=False,  # page.js does it
            latex_delimiters=[],
            buttons=[],
            layout="panel",
            group_consecutive_messages=False,
            allow_tags=False,
            placeholder=_welcome(services),
        )
        with gr.Row(elem_id="asking"):
            question = gr.Textbox(
                elem_id="question", placeholder="Ask your documents", label="Question", show_label=False,
                scale=1, autofocus=True,
            )  # fmt: skip
            ask = gr.Button("Ask", elem_id="ask", scale=0, min_width=84)
        status = gr.Markdown(elem_id="status")

        def answered(asked: str, history: History) -> Iterator[tuple[Any, History]]:
            number, longest = len(history), services.settings.max_question
            history = [*history, _said("user", asked_html(asked, longest))]
            yield "", history
            for shown in turn(services, asked, number):
                yield gr.skip(), [*history, _said("assistant", shown)]

        # Only questions wait in line: what is quick runs past them, and disturbs no answer that is streaming.
        quick: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        gr.on(
            [question.submit, ask.click], answered, [question, talk], [question, talk],
            concurrency_limit=AT_ONCE, show_progress="hidden", api_visibility="private",
        ).then(lambda: _status(services), None, status, **quick)  # fmt: skip
        anew.click(lambda: [], None, talk, **quick)
        page.load(
            lambda: (_status(services), gr.update(placeholder=_welcome(services))),
            None,
            [status, talk],
            **quick,
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


def _said(role: str, shown: str) -> dict[str, Any]:
    return {"role": role, "content": shown}


def _status(services: Services) -> str:
    """Afresh each time: the index may have been rebuilt meanwhile."""
    try:
        with services.live.lease() as snapshot:
            return status_html(snapshot.manifest, services.settings)
    except FootnoteError as error:
        return error_html(str(error))


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
