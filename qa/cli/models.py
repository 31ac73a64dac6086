"""``footnote models``."""

import enum
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.app import ConfigOption, JsonOption, QuietOption, app, fail, settings_for_command
from qa.cli.output import print_result, report_endpoint

if TYPE_CHECKING:
    from qa.models.discovery import AvailableModel
    from qa.settings import Settings


class Action(enum.StrEnum):
    """What to do with the models."""

    LIST = "list"
    USE = "use"
    TEST = "test"


@app.command()
def models(
    action: Annotated[
        Action, typer.Argument(metavar="[list|use|test]", help="What to do.", show_default=False)
    ] = Action.LIST,
    name: Annotated[
        str,
        typer.Argument(
            metavar="[NAME]",
            help="A model or the path of a GGUF file; none for no model.",
            show_default=False,
        ),
    ] = "",
    *,
    url: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address of a server, such as http://host:8080/v1.")
    ] = "",
    key_variable: Annotated[
        str, typer.Option(metavar="VARIABLE", help="Environment variable with the server's key.")
    ] = "",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    config: ConfigOption = None,
) -> None:
    """
    List, choose or test the language model that writes the answers.

    The list has the servers that answer on this computer at the usual ports (Ollama, LM Studio, llama.cpp,
    vLLM, Jan, GPT4All) and the GGUF files in the usual folders. Nothing else is asked.

    Example: footnote models use llama3.2

    Example: footnote models use gpt-x --url https://example.org/v1 --key-variable FOOTNOTE_LLM_KEY

    Example: footnote models use none
    """
    settings = settings_for_command(config)
    if action is Action.USE:
        _use(settings, name, url, key_variable, quiet)
    elif action is Action.TEST:
        _test(settings, as_json)
    else:
        _list(settings, as_json)


def _list(settings: "Settings", as_json: bool) -> None:
    from qa.models.gguf import is_installed

    available = _available()
    if as_json:
        listed = [
            {
                "name": each.name,
                "program": each.program,
                "base_url": each.base_url,
                "path": str(each.path or ""),
            }
            for each in available
        ]
        print_result({"used": settings.language_model, "available": listed})
        return
    used = settings.language_model or "none: answers are the documents' own sentences"
    lines = [f"Used: {used}"]
    lines += [f"  {_described(each)}" for each in available]
    lines.append("Choose one: footnote models use NAME" if available else "No language model was found here.")
    if any(each.path for each in available) and not is_installed():
        lines.append('A GGUF file needs the extra "llm". Run: pip install "footnote[llm]"')
    print_result("\n".join(lines))


def _available() -> "list[AvailableModel]":
    from qa.models.discovery import gguf_files, served_models

    return [*served_models(), *gguf_files()]


def _described(model: "AvailableModel") -> str:
    from qa.rendering import one_line

    where = (
        f"{model.path}, {model.bytes / 1e9:.1f} GB" if model.path else f"{model.program}, {model.base_url}"
    )
    return one_line(f"{model.name}  ({where})")


def _use(settings: "Settings", name: str, url: str, key_variable: str, quiet: bool) -> None:
    from qa.models.selection import NONE, find_model, save_choice
    from qa.settings import load_settings

    if not name:
        fail("Add the model's name: footnote models use NAME. `footnote models` lists them")
    choice = None if name == NONE else find_model(name, [] if url else _available(), url, key_variable)
    path = save_choice(settings.data_dir, choice)
    try:
        load_settings({"data_dir": settings.data_dir})
    except Exception:
        save_choice(settings.data_dir, None)
        raise
    if choice is None:
        print_result("Answers are the documents' own sentences.", quiet)
        return
    chosen = choice.llm_gguf or f"{choice.llm_model} at {choice.llm_base_url}"
    print_result(f"Answers are written by {chosen} (saved in {path}). Try it: footnote models test", quiet)


def _test(settings: "Settings", as_json: bool) -> None:
    from dataclasses import asdict

    from qa import bootstrap
    from qa.models.trial import try_model

    writer, check = bootstrap.make_writer(settings)
    if writer is None:
        fail("No language model is used. Choose one: footnote models use NAME")
    report_endpoint(settings)
    trial = try_model(writer, check)
    if as_json:
        print_result(asdict(trial))
        return
    speed = "" if trial.tokens_per_second is None else f", {trial.tokens_per_second:.0f} tokens a second"
    print_result(
        "\n".join(
            [
                f"{trial.model}: {trial.answer}",
                f"  right answer: {_yes(trial.is_right)}",
                f"  supported by the source: {_yes(trial.is_supported)}",
                f"  names its passage: {_yes(trial.cites)}",
                f"  refuses what isn't there: {_yes(trial.refuses)}",
                f"  output can be constrained: {_yes(trial.constrains)}",
                f"  first sentence after {trial.first_seconds:.1f} s{speed}",
            ]
        )
    )


def _yes(value: bool) -> str:
    return "yes" if value else "no"
