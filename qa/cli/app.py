"""
The command-line application: options, errors and exit codes that all commands share.

Nothing heavy is imported before a command runs, so that ``footnote --help`` is quick.
"""

import errno
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from qa.settings import Settings

EXIT_FAILED_FILES, EXIT_ERROR, EXIT_REFUSED, EXIT_CANCELLED = 1, 2, 3, 130
"""Exit codes: a file couldn't be read (``--strict``); an error; a refusal; Ctrl+C."""

UsageError: Any = typer.BadParameter.__base__
"""The base class of errors about options and arguments, for which typer has no name."""

IndexDirOption = Annotated[Path | None, typer.Option(help="Index folder.  [default: the setting index_dir]")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AuthOption = Annotated[
    Path | None, typer.Option(help="File with the users' accounts.  [default: the setting auth]")
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Read only this settings file. It can set everything, unlike one in the working directory.",
    ),
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Print no progress, notes or footnotes.")]


class FriendlyErrorsGroup(TyperGroup):
    """Prints errors as one line on stderr, with an exit code."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args:
            return super().parse_args(ctx, args)  # shows the help
        try:
            return super().parse_args(ctx, args)
        except UsageError as exc:
            fail(_friendly_usage_error(exc))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        # A command of two words, such as "eval calibrate", is registered under both.
        two_words = " ".join(args[:2])
        if two_words in self.commands:
            return two_words, self.commands[two_words], args[2:]
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo("Cancelled.", err=True)
            raise typer.Exit(EXIT_CANCELLED) from None
        except UsageError as exc:
            fail(_friendly_usage_error(exc))
        except Exception as exc:
            if not (message := _error_line(exc)):
                raise
            fail(message)


def fail(message: str) -> NoReturn:
    typer.echo(f"Error: {message}", err=True)
    raise typer.Exit(EXIT_ERROR) from None


def _error_line(error: Exception) -> str:
    """Return the message of an error that a person can fix, in one line; "" for a bug."""
    from index import FootnoteError
    from qa.rendering import one_line

    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "The disk is full. Free up space, or write to another disk."
    return one_line(str(error)) if isinstance(error, FootnoteError) else ""


def _friendly_usage_error(error: Any) -> str:
    """Return the message of a wrong option or argument in one line, with the command that shows the help."""
    # Extra arguments are the only usage error without a class of its own.
    if error.ctx.info_name == "ask" and type(error) is UsageError:
        message = "Put the question in quotes"
    else:
        message = error.format_message().rstrip(".")
    return f"{message}. See: {error.ctx.command_path} --help"


app = typer.Typer(
    cls=FriendlyErrorsGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"footnote {version('footnote')}")
        raise typer.Exit


@app.callback()
def footnote(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """
    Answer questions from your own documents, with footnotes that quote the exact source.

    Example: footnote index ~/papers && footnote ask "Who measured the dose?"
    """


def settings_for_command(config: Path | None, **flags: object) -> "Settings":
    """Return the effective settings; warn on stderr about those ignored in the working directory's file."""
    from qa.rendering import one_line
    from qa.settings import load_settings

    settings = load_settings(flags, config)
    if settings.warning:
        typer.echo(one_line(settings.warning), err=True)
    return settings
