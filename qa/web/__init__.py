"""The web chat."""

import contextlib

import typer

from index.errors import IndexMissing
from qa.settings import Settings


def serve(settings: Settings, quiet: bool) -> None:
    """
    Serve the chat until it is interrupted.

    Raises:
        FootnoteError: If the index can't serve, a model can't be loaded, the address is taken, or others
            could reach it without a password.
    """
    from qa import wiring
    from qa.accounts import Accounts, need_passwords
    from qa.web import app

    need_passwords(settings.host, settings.auth)
    if settings.auth:
        Accounts(settings.auth)  # a file that lets nobody in is said now, not with the first log-in
    services = wiring.build(settings)
    with contextlib.suppress(IndexMissing), services.live.lease():
        pass  # an index that can't serve is said now; one that isn't there yet can be begun in the chat
    app.serve(services, settings.host, settings.port, lambda address: _announce(address, quiet))


def _announce(address: str, quiet: bool) -> None:
    typer.echo(address if quiet else f"Footnote listens on {address} (Ctrl-C ends it)")
