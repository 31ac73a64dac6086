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
    """Return whether the program runs in a terminal of a computer that can show a browser."""
    graphical = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.stdout.isatty() and bool(graphical)


def serve(settings: Settings, quiet: bool, open_browser: bool = False) -> None:
    """
    Serve the chat until it is interrupted.

    Args:
        settings: The settings.
        quiet: Whether to print only the address.
        open_browser: Whether to open the chat in a browser when it is ready.

    Raises:
        FootnoteError: If the index or a model can't be loaded, the address is in use, other computers could
            reach the chat without a password, or the certificate is invalid.
    """
    from index.files import tighten_dir
    from qa import bootstrap
    from qa.auth.accounts import Accounts, is_loopback, require_auth_for_host
    from qa.web import app
    from qa.web.tls import tls_context

    require_auth_for_host(settings.host, settings.auth)
    if settings.tls_cert:
        tls_context(settings.tls_cert, settings.tls_key)  # fail before the models are loaded
    elif not is_loopback(settings.host):
        typer.echo(UNENCRYPTED, err=True)
    if settings.origin("data_dir") == "default":
        tighten_dir(settings.data_dir)  # an earlier version made it readable for others
    if settings.auth:
        Accounts(settings.auth)  # fail now, not at the first login
    services = bootstrap.build_services(settings)
    with contextlib.suppress(IndexMissing), services.live.acquire():
        pass  # fail now if the index is damaged; a missing one can be created in the chat
    app.serve(services, settings.host, settings.port, lambda address: _announce(address, quiet, open_browser))


def _announce(address: str, quiet: bool, open_browser: bool) -> None:
    typer.echo(address if quiet else f"Footnote is running at {address} (press Ctrl+C to stop)")
    if open_browser:
        # In a thread, because some systems wait until the browser is closed.
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
