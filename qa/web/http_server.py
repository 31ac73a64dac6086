"""The HTTP server: uvicorn with limits on connections, and with TLS if there is a certificate."""

from functools import partial
from ssl import SSLContext
from typing import Any

from uvicorn import Config, Server

from qa.web.connections import BACKLOG, ConnectionLimits, ConnectionTable, LimitedProtocol


def http_server(app: Any, limits: ConnectionLimits, tls: SSLContext | None = None) -> Server:
    """
    Return a server for an ASGI application; pass the listening socket to its ``run``.

    Args:
        app: The application.
        limits: Limits on connections.
        tls: Certificate and key; None for plain HTTP.
    """
    protocol: Any = partial(LimitedProtocol, table=ConnectionTable(limits), tls=tls)
    config = Config(
        app,
        http=protocol,
        ws="none",
        loop="asyncio",
        backlog=BACKLOG,
        log_level="warning",
        # Otherwise any program on this computer could forge the address by which clients are limited.
        proxy_headers=False,
    )
    return Server(config)
