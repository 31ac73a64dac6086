"""``footnote config``."""

import typer

from qa.cli.app import ConfigOption, IndexDirOption, QuietOption, app, settings_for_command
from qa.cli.output import as_toml


@app.command("config")
def print_config(
    *, quiet: QuietOption = False, index_dir: IndexDirOption = None, config: ConfigOption = None
) -> None:
    """
    Print every setting and where its value comes from.

    The output is a footnote.toml, which is read from your configuration folder and the working directory.
    In the working directory it can't set the language model's address, the host, accounts, models, folders
    or limits.

    Example: footnote config > my-settings.toml
    """
    from qa.settings import PATH_SETTINGS

    settings = settings_for_command(config, index_dir=index_dir)
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if not quiet:
            typer.echo(f"# {field.description} From: {settings.origin(name)}")
        typer.echo(f"{name} = {as_toml(str(value or '') if name in PATH_SETTINGS else value)}")
