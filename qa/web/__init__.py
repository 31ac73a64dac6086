"""The web chat."""

import contextlib

import typer

from index.errors import IndexMissing
from qa.settings import Settings

UNENCRYPTED = (
    "Passwords and answers are sent over the network unencrypted. "
    "To encrypt them, pass a certificate with --tls-cert and --tls-key."
)


def serve(settings: Settings, quiet: bool) -> None:
    """
    Serve the chat until it is interrupted.

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
    app.serve(services, settings.host, settings.port, lambda address: _announce(address, quiet))


def _announce(address: str, quiet: bool) -> None:
    typer.echo(address if quiet else f"Footnote is running at {address} (press Ctrl+C to stop)")
