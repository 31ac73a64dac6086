"""Lists every route of an application, with sample paths for requests to it."""

from collections.abc import Iterator
from typing import Any

from fastapi.routing import APIRoute
from starlette.routing import Mount, Route, WebSocketRoute, compile_path

OUTSIDE = "http://footnote.example/x.png"
VALUES = (OUTSIDE, "//footnote.example/x.png", "/etc/passwd", "../../../../../../etc/passwd", "predict", "0")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND")


def registered_paths(application: Any) -> list[str]:
    """Return the path of every route, with its parameters in braces."""
    return list(_paths(application.routes, ""))


def sample_paths(path: str) -> Iterator[str]:
    """Yield paths that match a route, with values that name another host, a file, or a Gradio object."""
    names = compile_path(path)[2]
    for value in VALUES if names else [""]:
        sample = path
        for name in names:
            sample = sample.replace(f"{{{name}:path}}", value).replace(f"{{{name}}}", value)
        yield sample


def _paths(routes: list[Any], prefix: str) -> Iterator[str]:
    for route in routes:
        if isinstance(route, APIRoute | Route | WebSocketRoute):
            yield prefix + route.path
        elif isinstance(route, Mount):
            yield from _paths(route.routes, prefix + route.path)
        elif hasattr(route, "original_router"):  # FastAPI includes a router without copying its routes
            yield from _paths(route.original_router.routes, prefix + route.include_context.prefix)
        else:
            raise TypeError(f"{type(route)} may have routes that aren't listed")
