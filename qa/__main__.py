"""``footnote`` and ``python -m qa``: the commands of ``cli``, and ``chat``, which needs the web."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from qa.cli.app import AuthOption, ConfigOption, IndexDirOption, QuietOption, app, settings_for_command
from qa.cli.output import report_endpoint

__all__ = ["app", "main"]


@app.command()
def chat(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.  [default: 7860]")] = None,
    auth: AuthOption = None,
    tls_cert: Annotated[
        Path | None, typer.Option(help="PEM file with a TLS certificate.  [default: plain HTTP]")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM file with its private key.")] = None,
    browser: Annotated[
        bool,
        typer.Option("--browser/--no-browser", help="Open the chat in a browser, if there is a display."),
    ] = True,
    quiet: QuietOption = False,
    index_dir: IndexDirOption = None,
    config: ConfigOption = None,
) -> None:
    """
    Start the web chat.

    Example: footnote chat --port 8000
    """
    from qa.web import has_display, serve

    settings = settings_for_command(
        config,
        host=host,
        port=port,
        auth=auth,
        tls_cert=tls_cert,
        tls_key=tls_key,
        index_dir=index_dir,
    )
    report_endpoint(settings)
    serve(settings, quiet=quiet, open_browser=browser and has_display())


def main() -> None:
    """Run the ``footnote`` command."""
    for stream in (sys.stdout, sys.stderr):
        # Characters that the terminal can't show, and bytes of file names, are printed as escapes.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    app(prog_name="footnote")


if __name__ == "__main__":
    main()
