"""Every route of an application, however deep, and requests that try what it might do."""

from collections.abc import Iterator
from typing import Any

from fastapi.routing import APIRoute
from starlette.routing import Mount, Route, WebSocketRoute, compile_path

OUTSIDE = "http://footnote.example/x.png"
VALUES = (OUTSIDE, "//footnote.example/x.png", "/etc/passwd", "../../../../../../etc/passwd", "predict", "0")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND")


def registered(application: Any) -> list[str]:
    """Return the path of every route, with its parameters in braces."""
    return list(_paths(application.routes, ""))


def tries(path: str) -> Iterator[str]:
    """Yield paths that fit, with values that name another machine, a file, or a thing of Gradio's own."""
    names = compile_path(path)[2]
    for value in VALUES if names else [""]:
        made = path
        for name in names:
            made = made.replace(f"{{{name}:path}}", value).replace(f"{{{name}}}", value)
        yield made


def _paths(routes: list[Any], above: str) -> Iterator[str]:
    for route in routes:
        if isinstance(route, APIRoute | Route | WebSocketRoute):
            yield above + route.path
        elif isinstance(route, Mount):
            yield from _paths(route.routes, above + route.path)
        elif hasattr(route, "original_router"):  # of FastAPI, which includes a router without copying it
            yield from _paths(route.original_router.routes, above + route.include_context.prefix)
        else:
            raise TypeError(f"{type(route)} may hold routes that this doesn't see")
