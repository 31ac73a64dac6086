"""A conversation on a terminal: each question is answered with the turns before it."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import typer

from qa.cli.output import print_answer
from qa.records import Turn

if TYPE_CHECKING:
    from qa.bootstrap import Services

PROMPT = "? "
GREETING = "Ask about your documents. Ctrl+C stops an answer; Ctrl+D or exit ends the conversation."
EXIT_WORDS = frozenset({"exit", "quit"})


def run_conversation(services: "Services", history: Sequence[Turn], *, literal: bool, quiet: bool) -> None:
    """
    Answer the questions that are typed until Ctrl+D or exit; an error ends only its own question.

    Args:
        services: The pipeline and its index.
        history: Turns before the first question, oldest first.
        literal: Whether each question is taken as typed, without the turns before it.
        quiet: Whether only the answers' words are printed; a refusal is printed as always.

    Raises:
        FootnoteError: If the index is missing or can't be read, before the first question.
    """
    from index import FootnoteError
    from qa.rendering import one_line

    with services.live.acquire():
        pass
    if not quiet:
        typer.echo(GREETING, err=True)
    turns = list(history)
    for question in _read_questions():
        try:
            answer = services.pipeline.run(question, history=turns, literal=literal)
            print_answer(answer, quiet=quiet and not answer.refused)
        except KeyboardInterrupt:
            typer.echo("Stopped.", err=True)
        except FootnoteError as error:
            typer.echo(f"Error: {one_line(str(error))}", err=True)
        else:
            turns.append(Turn(answer.question, answer.text))


def _read_questions() -> Iterator[str]:
    """Yield each line that isn't blank until Ctrl+D or exit; Ctrl+C discards the line that is being typed."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  (arrow keys and earlier questions at the prompt)
    while True:
        try:
            line = input(PROMPT)
        except KeyboardInterrupt:
            typer.echo()
        except EOFError:
            typer.echo()
            return
        except UnicodeDecodeError:
            typer.echo("Error: The question isn't valid text. Type it again.", err=True)
        else:
            if line.strip().lower() in EXIT_WORDS:
                return
            if line.strip():
                yield line
