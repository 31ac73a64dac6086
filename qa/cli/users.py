"""``footnote user``."""

import shlex
import sys
from typing import Annotated

import typer

from qa.cli.app import AuthOption, ConfigOption, QuietOption, app, settings_for_command
from qa.cli.output import print_result


@app.command()
def user(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits and . _ @ + -")],
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the user.")] = False,
    admin: Annotated[
        bool | None,
        typer.Option(
            "--admin/--no-admin",
            help="Make the user an administrator, who may change the library. The password stays.",
            show_default=False,
        ),
    ] = None,
    auth: AuthOption = None,
    config: ConfigOption = None,
    quiet: QuietOption = False,
) -> None:
    """
    Add a user of the web chat, or change a password.

    The password is asked for on a terminal, or read from the first line of standard input. The first user is
    an administrator: only administrators add, remove and rename the documents that all users share.

    Example: footnote user ann
    """
    from qa.auth import accounts

    settings = settings_for_command(config, auth=auth)
    path = settings.auth or settings.data_dir / "users.toml"
    if remove:
        accounts.remove(path, name)
        print_result(f"Removed {name} from {path}.", quiet)
        return
    if admin is None or not accounts.is_user(path, name):
        accounts.set_password(path, name, _read_password())
        print_result(
            f"Saved the password of {name}. Start the chat with: "
            f"footnote chat --auth {shlex.quote(str(path))}",
            quiet,
        )
    if admin is not None:
        accounts.set_admin(path, name, admin)
        role = "an administrator" if admin else "no administrator"
        print_result(f"{name} is {role}.", quiet)


def _read_password() -> str:
    """Ask for the password twice, without showing it; from a pipe, read the first line."""
    from qa.errors import InvalidCredentials

    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt="Repeat the password"))
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InvalidCredentials(
            "The password on standard input isn't valid UTF-8. Use another one."
        ) from error
