"""
The settings: ``footnote.toml`` files, then ``FOOTNOTE_*`` variables, then flags; later ones override.

A secret is never a setting; only the name of the environment variable that holds it is. A ``footnote.toml``
in the working directory may have come with a downloaded folder, so it sets only :data:`FOLDER_SETTINGS`.
"""

import difflib
import os
import shlex
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import platformdirs
from pydantic import Field, PrivateAttr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from index import SUPPORTED_SUFFIXES
from qa.errors import InvalidSettings

FILE_NAME = "footnote.toml"
CHOSEN_MODEL = "language-model.toml"
"""File in ``data_dir`` with the language model that was chosen with `footnote models use`."""
CHOICE = ("llm_base_url", "llm_model", "llm_key_variable", "llm_gguf")
"""Settings that this file may have."""
PREFIX = "FOOTNOTE_"
REDACTED_SETTINGS = {
    "llm_base_url": "an address such as http://127.0.0.1:8080/v1, without a key in it",
    "llm_key_variable": "the name of an environment variable that starts with FOOTNOTE_, not the key itself",
    "llm_proxy": "an address such as http://127.0.0.1:3128, without a password in it",
}
"""Settings where people put a key by mistake: a message about them doesn't show what was found."""

BUILT_IN_READER = "built-in"
"""Value of the setting ``reader`` for the reader that is installed with Footnote."""

PATH_SETTINGS = ("index_dir", "data_dir", "auth", "tls_cert", "tls_key", "llm_gguf")
"""Settings that are folders and files; in ``footnote.toml`` they are relative to it."""

FOLDER_SETTINGS = frozenset(
    """
    chunk_tokens chunk_overlap passages candidates dense_weight refuse_below bold_from max_question
    embedder_precision reader_precision threads port upload_types
    """.split()
)
"""
Settings that a ``footnote.toml`` in the working directory may set: how documents are searched and answered.

Not listed, and so refused there: where data goes (endpoint, proxy, host), who may use the chat, models,
folders, what removes old snapshots, and the limits that protect against hostile files. A new setting is
refused until it is listed.
"""


def _data_dir() -> Path:
    return platformdirs.user_data_path("footnote", appauthor=False)


def _index_dir() -> Path:
    return _data_dir() / "index-data"


class Settings(BaseSettings):
    """
    The effective settings, created by :func:`load_settings`, or in tests from keywords.

    Raises:
        ValidationError: If a value is out of range; :func:`load_settings` reports it in one line.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_ignore_empty=True, hide_input_in_errors=True
    )

    index_dir: Path = Field(default_factory=_index_dir, description="Folder of the index.")
    data_dir: Path = Field(
        default_factory=_data_dir,
        description="Folder for uploads, conversations and user accounts.",
    )
    embedder: str = Field(
        default="all-MiniLM-L6-v2",
        min_length=1,
        description="Embedding model: the built-in one, or a folder with another one.",
    )
    embedder_precision: Literal["f32", "bf16"] = Field(
        default="f32", description="Number format of the embedder (f32, bf16)."
    )
    reader: str = Field(
        default=BUILT_IN_READER,
        min_length=1,
        description="Reader: the built-in one, or a folder with a question-answering model of Hugging Face.",
    )
    reader_precision: Literal["auto", "f32", "bf16"] = Field(
        default="f32",
        description="Number format of the reader (f32, bf16); auto uses bf16 if the processor supports it.",
    )
    threads: int = Field(default=0, ge=0, le=256, description="Processor threads; 0 uses all cores.")
    chunk_tokens: int = Field(default=200, ge=32, le=250, description="Maximum tokens per chunk.")
    chunk_overlap: int = Field(default=0, ge=0, le=200, description="Tokens that neighbouring chunks share.")
    passages: int = Field(default=10, ge=1, le=50, description="Passages read per question.")
    candidates: int = Field(
        default=100, ge=1, le=10_000, description="Candidates from each search (by meaning and by words)."
    )
    dense_weight: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Weight of the search by meaning, 0 to 1; the search by words gets the rest.",
    )
    refuse_below: float = Field(
        default=0.45, ge=0, le=1, description="Confidence below which no answer is shown, 0 to 1."
    )
    bold_from: float = Field(
        default=0.5, ge=0, le=1, description="Confidence from which a short answer is shown, 0 to 1."
    )
    answerer: Literal["auto", "extractive", "llm"] = Field(
        default="auto",
        description="How answers are written: extractive (the documents' sentences), llm (a language model), "
        "or auto (a language model if one is configured or chosen with `footnote models use`).",
    )
    llm_base_url: str = Field(
        default="",
        pattern=r"^(https?://[^@\s?#]+)?$",
        description="Address of the language model, such as http://127.0.0.1:8080/v1.",
    )
    llm_model: str = Field(default="", description="Name of the language model.")
    llm_gguf: Path | None = Field(
        default=None,
        description='GGUF file of a language model that Footnote runs itself; "" for none.',
    )
    llm_key_variable: str = Field(
        default="FOOTNOTE_LLM_KEY",
        pattern=r"^FOOTNOTE_[A-Z0-9_]+$",
        description="Environment variable with the language model's key; its name starts with FOOTNOTE_.",
    )
    llm_proxy: str = Field(
        default="",
        pattern=r"^(https?://[^@\s?#]+)?$",
        description="HTTP proxy for the language model, such as http://127.0.0.1:3128; empty for none.",
    )
    llm_seconds: float = Field(
        default=120, gt=0, le=3600, description="Maximum seconds for the language model's answer."
    )
    llm_first_seconds: float = Field(
        default=60, gt=0, le=3600, description="Maximum seconds until the language model's first words."
    )
    llm_support: Literal["balanced", "strict"] = Field(
        default="balanced",
        description="What happens to a language model's sentences without support: balanced marks them, "
        "strict drops them.",
    )
    llm_output: Literal["auto", "json", "text"] = Field(
        default="auto",
        description="Form of the language model's output: json (constrained by a schema), text, "
        "or auto (asks the server once).",
    )
    llm_budget: int = Field(
        default=3000,
        ge=100,
        le=1_000_000,
        description="Maximum tokens of passages sent to the language model.",
    )
    max_question: int = Field(default=2000, ge=1, le=100_000, description="Maximum characters of a question.")
    keep_snapshots: int = Field(
        default=3, ge=1, le=1000, description="Number of snapshots to keep, including the current one."
    )
    max_file_mb: int = Field(default=200, ge=1, description="Maximum size of a file in MB.")
    max_pages: int = Field(default=5000, ge=1, description="Maximum pages of a file.")
    max_expanded_mb: int = Field(
        default=1000, ge=1, description="Maximum unpacked size of a compressed file (such as .docx) in MB."
    )
    max_characters: int = Field(default=20_000_000, ge=1, description="Maximum characters of text in a file.")
    parse_seconds: float = Field(default=60, gt=0, le=3600, description="Maximum seconds for reading a file.")
    parse_memory_mb: int = Field(default=768, ge=128, description="Maximum memory for reading a file in MB.")
    max_uploads: int = Field(
        default=1000, ge=0, description="Maximum number of uploaded files; 0 disables uploads."
    )
    max_uploads_mb: int = Field(
        default=10_000, ge=0, description="Maximum total size of all uploaded files in MB."
    )
    max_uploads_each: int = Field(
        default=500, ge=0, description="Maximum number of uploaded files per person."
    )
    max_uploads_each_mb: int = Field(
        default=5_000, ge=0, description="Maximum total size of uploaded files per person in MB."
    )
    upload_types: tuple[str, ...] = Field(
        default=(),
        description='File types that can be uploaded, such as [".pdf"]; [] for all supported types.',
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Address the web chat listens on.")
    port: int = Field(
        default=7860, ge=0, le=65535, description="Port the web chat listens on; 0 for any free port."
    )

    auth: Path | None = Field(
        default=None,
        description="File with the users' accounts, created by `footnote user`; "
        '"" for no accounts and no login.',
    )
    tls_cert: Path | None = Field(
        default=None,
        description='PEM file with the TLS certificate of the web chat; "" for plain HTTP.',
    )
    tls_key: Path | None = Field(
        default=None,
        description='PEM file with the certificate\'s private key; "" if it is in the same file.',
    )

    _origins: dict[str, str] = PrivateAttr(default_factory=dict)
    _warning: str = PrivateAttr(default="")

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use keywords only: :func:`load_settings` reads the other sources and records their origin."""
        return (init_settings,)

    @field_validator("auth", "tls_cert", "tls_key", "llm_gguf", mode="before")
    @classmethod
    def _none(cls, value: object) -> object:
        return None if value in ("", Path()) else value

    @field_validator(*PATH_SETTINGS)
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        try:
            return value and value.expanduser().absolute()
        except RuntimeError:
            raise ValueError("there is no such home directory") from None

    @field_validator("upload_types")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(value) - SUPPORTED_SUFFIXES)
        if unknown:
            raise ValueError(
                f"{', '.join(unknown)}: expected some of {', '.join(sorted(SUPPORTED_SUFFIXES))}"
            )
        return value

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if self.chunk_overlap * 2 > self.chunk_tokens:
            raise ValueError(f"chunk_overlap is {self.chunk_overlap}, expected at most half of chunk_tokens")
        if self.answerer == "llm" and not self.uses_language_model:
            raise ValueError('answerer is "llm", which also needs llm_base_url and llm_model, or llm_gguf')
        if self.tls_key and not self.tls_cert:
            raise ValueError("tls_key is set, which also needs tls_cert")
        return self

    @property
    def uses_language_model(self) -> bool:
        """Whether a language model writes the answers: one is configured and wanted."""
        is_configured = bool(self.llm_gguf or (self.llm_base_url and self.llm_model))
        return self.answerer != "extractive" and is_configured

    @property
    def sends_to_server(self) -> bool:
        """Whether questions and passages are sent to a server, rather than to a model run by Footnote."""
        return self.uses_language_model and not self.llm_gguf

    @property
    def language_model(self) -> str:
        """Name of the language model for people; empty if none is used."""
        if not self.uses_language_model:
            return ""
        return self.llm_gguf.name if self.llm_gguf else self.llm_model

    def origin(self, name: str) -> str:
        """Return where a setting's value came from: ``default``, a file, a variable or a flag."""
        return self._origins.get(name, "default")

    def set_origin(self, names: Iterable[str], origin: str) -> None:
        """Record where the values of settings came from."""
        self._origins.update(dict.fromkeys(names, origin))

    @property
    def warning(self) -> str:
        """The settings that were ignored in the working directory's file, in one line; empty if none."""
        return self._warning


def with_values(settings: Settings, values: Mapping[str, object]) -> Settings:
    """
    Return a copy of the settings with other values.

    Raises:
        InvalidSettings: If they are invalid.
    """
    try:
        changed = Settings(**{**settings.model_dump(), **values})
    except ValidationError as exc:
        origins = dict.fromkeys(values, "what was typed")
        raise InvalidSettings("; ".join(_friendly_error(error, origins) for error in exc.errors())) from None
    changed._origins.update(settings._origins)
    changed._warning = settings._warning
    return changed


Layer = tuple[dict[str, Any], str]
"""Values by setting, and their origin."""


def load_settings(flags: Mapping[str, object], config: Path | None = None) -> Settings:
    """
    Return the effective settings.

    Args:
        flags: Values of command-line flags by setting; None if a flag wasn't given.
        config: A settings file that the user named. It is read instead of all others, and may set everything.

    Raises:
        InvalidSettings: If settings are invalid; the message names all of them in one line.
    """
    files, warning = _file_layers(config)
    layers: list[Layer] = [
        *files,
        (_read_variables(), PREFIX + "{NAME}"),
        ({name: value for name, value in flags.items() if value is not None}, "--{flag}"),
    ]
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for layer, origin in (*_chosen_model(layers), *layers):
        values |= layer
        origins |= {name: _format_origin(origin, name) for name in layer}
    try:
        settings = Settings(**values)
    except ValidationError as exc:
        raise InvalidSettings("; ".join(_friendly_error(error, origins) for error in exc.errors())) from None
    _check_variables(settings)
    settings._origins.update(origins)
    settings._warning = warning
    return settings


def _chosen_model(layers: Sequence[Layer]) -> list[Layer]:
    """Return the model chosen with `footnote models use`, unless a setting names another one."""
    named = {name for values, _ in layers for name in values if values[name]}
    if named & {"llm_base_url", "llm_model", "llm_gguf"}:
        return []
    data_dir = next((values["data_dir"] for values, _ in reversed(layers) if "data_dir" in values), None)
    path = Path(os.path.expanduser(data_dir or _data_dir())) / CHOSEN_MODEL
    if not path.is_file():
        return []
    return [({name: value for name, value in _read_file(path).items() if name in CHOICE}, str(path))]


def _file_layers(config: Path | None) -> tuple[list[Layer], str]:
    """Return the values of each settings file, the user's own first, and a warning about ignored ones."""
    if config:
        return [(_read_file(config), str(config))], ""
    own = platformdirs.user_config_path("footnote", appauthor=False) / FILE_NAME
    here = Path.cwd() / FILE_NAME
    layers = [(_read_file(own), str(own))] if own.is_file() else []
    if not here.is_file() or (own.is_file() and here.samefile(own)):
        return layers, ""
    values = _read_file(here)
    # Unknown names stay, so that a misspelt one is reported.
    ignored = [name for name in values if name in Settings.model_fields and name not in FOLDER_SETTINGS]
    layers.append(({name: value for name, value in values.items() if name not in ignored}, str(here)))
    return layers, _ignored_warning(here, ignored) if ignored else ""


def _ignored_warning(path: Path, names: Iterable[str]) -> str:
    return (
        f"Ignored in {path}: {', '.join(names)}. A file in the working directory can't set these. "
        f"If you trust it, add: --config {shlex.quote(str(path))}"
    )


def _read_file(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise InvalidSettings(f"{path} is not valid TOML: {exc}") from None
    except OSError as exc:
        raise InvalidSettings(f"{path} can't be read: {exc.strerror}") from None
    for name in PATH_SETTINGS:
        if isinstance(values.get(name), str) and values[name] and not values[name].startswith("~"):
            values[name] = path.absolute().parent / values[name]
    return values


def _read_variables() -> dict[str, Any]:
    try:
        return EnvSettingsSource(Settings)()
    except SettingsError:  # upload_types is the only setting with several values
        raise InvalidSettings(PREFIX + 'UPLOAD_TYPES: expected a list such as [".pdf", ".docx"]') from None


def _format_origin(origin: str, name: str) -> str:
    return origin.replace("{NAME}", name.upper()).replace("{flag}", name.replace("_", "-"))


def _check_variables(settings: Settings) -> None:
    """Reject unknown variables, as a misspelt one would silently do nothing."""
    keys = {settings.llm_key_variable, Settings.model_fields["llm_key_variable"].default}
    known = {PREFIX + name.upper() for name in Settings.model_fields} | keys
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    if unknown:
        faults = [
            f"the environment variable {name} is not a setting{_suggestion(name, known)}" for name in unknown
        ]
        raise InvalidSettings(" ".join(faults))


def _friendly_error(error: Any, origins: Mapping[str, str]) -> str:
    """Return the message of a validation error, with the setting's origin."""
    if not error["loc"]:
        return str(error["ctx"]["error"])
    name = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        return f"{name!r} in {origins[name]} is not a setting{_suggestion(name, Settings.model_fields)}"
    if name in REDACTED_SETTINGS:
        return f"{name} (from {origins[name]}): expected {REDACTED_SETTINGS[name]}"
    found, message = _shortened(error["input"]), error["msg"].removeprefix("Value error, ")
    return f"{name} is {found} (from {origins[name]}): {message[0].lower()}{message[1:]}"


def _suggestion(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f". Did you mean {near[0]}?" if near else ". `footnote config` lists all settings."


def _shortened(value: object) -> str:
    shown = repr(str(value) if isinstance(value, Path) else value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
