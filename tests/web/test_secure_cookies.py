"""Cookies that are set over TLS."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from qa.web.secure_cookies import SecureCookiesMiddleware


async def set_cookies(request: Request) -> Response:
    response = Response(headers={"set-cookie": "one=1; Path=/", "x-secure": "no"})
    response.set_cookie("two", "2", secure=True)
    return response


APP = SecureCookiesMiddleware(Starlette(routes=[Route("/", set_cookies)]))


@pytest.mark.parametrize(
    ("scheme", "sent"),
    [
        ("https", ["one=1; Path=/; Secure", "two=2; Path=/; SameSite=lax; Secure"]),
        ("http", ["one=1; Path=/", "two=2; Path=/; SameSite=lax; Secure"]),
    ],
)
def test_cookies_over_tls_are_secure(scheme, sent):
    """The attribute is added once; other headers, and cookies without TLS, are unchanged."""
    response = TestClient(APP, base_url=f"{scheme}://localhost").get("/")

    assert response.headers.get_list("set-cookie") == sent
    assert response.headers["x-secure"] == "no"
