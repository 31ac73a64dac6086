"""The web chat."""

import contextlib
import os
import sys
import threading
import webbrowser

import typer

from index.errors import IndexMissing
from qa.settings import Settings

UNENCRYPTED = (
    "Passwords and answers are sent over the network unencrypted. "
    "To encrypt them, pass a certificate with --tls-cert and --tls-key."
)


def has_display() -> bool:
    """Return whether a person sits at a terminal of a machine on which a browser can be shown."""
    graphical = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.stdout.isatty() and bool(graphical)


def serve(settings: Settings, quiet: bool, open_browser: bool = False) -> None:
    """
    Serve the chat until it is interrupted.

    Args:
        settings: What is served, and where.
        quiet: Print the address alone.
        open_browser: Open the chat in the person's browser when it is ready.

    Raises:
        FootnoteError: If the index can't serve, a model can't be loaded, the address is taken, others could
            reach it without a password, or the certificate can't be used.
    """
    from index.files import tighten_dir
    from qa import bootstrap
    from qa.auth.accounts import Accounts, is_loopback, require_auth_for_host
    from qa.web import app
    from qa.web.tls import tls_context

    require_auth_for_host(settings.host, settings.auth)
    if settings.tls_cert:
        tls_context(settings.tls_cert, settings.tls_key)  # said now, before the models are loaded
    elif not is_loopback(settings.host):
        typer.echo(UNENCRYPTED, err=True)
    if settings.origin("data_dir") == "default":
        tighten_dir(settings.data_dir)  # an earlier version made it with the mode of the umask
    if settings.auth:
        Accounts(settings.auth)  # a file that lets nobody in is said now, not with the first log-in
    services = bootstrap.build_services(settings)
    with contextlib.suppress(IndexMissing), services.live.acquire():
        pass  # an index that can't serve is said now; one that isn't there yet can be begun in the chat
    app.serve(services, settings.host, settings.port, lambda address: _announce(address, quiet, open_browser))


def _announce(address: str, quiet: bool, open_browser: bool) -> None:
    typer.echo(address if quiet else f"Footnote is running at {address} (press Ctrl+C to stop)")
    if open_browser:
        # In a thread: some systems wait until the browser is closed.
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
