"""Context of the templates of the status line and of the pipeline's components."""

from collections.abc import Mapping
from datetime import UTC, datetime

from markupsafe import Markup

from index import Manifest
from qa.settings import Settings
from qa.web import strings
from qa.web.views.rendering import render


def status_html(manifest: Manifest | None, settings: Settings, error: str = "") -> Markup:
    """
    Return the status line: the size and age of the index, and whether anything leaves the computer.

    Args:
        manifest: Manifest of the current snapshot; None if there is none.
        settings: The settings.
        error: Why the snapshot can't be opened.
    """
    updated = _updated(manifest.built_at) if manifest else ""
    return render(
        "status.html", manifest=manifest, updated=updated, destination=_destination(settings), error=error
    )


def components_html(settings: Settings, timings_ms: Mapping[str, float]) -> Markup:
    """Return the components of the pipeline, each with the time it took for the last answer."""
    writer = settings.language_model or strings.DOCUMENT_SENTENCES
    components = [
        (strings.EMBEDDER, f"{settings.embedder}, {settings.embedder_precision}", None),
        (strings.INDEX, strings.VECTORS_AND_WORDS, timings_ms.get("retrieve")),
        (
            strings.READER,
            strings.CROSS_ENCODER.format(precision=settings.reader_precision),
            timings_ms.get("read"),
        ),
        (strings.ANSWER, writer, timings_ms.get("answer")),
    ]
    return render("components.html", components=components)


def _updated(built_at: str) -> str:
    """Return when the index was built, in the computer's local time."""
    built = datetime.fromisoformat(built_at).replace(tzinfo=UTC).astimezone()
    if built.date() == datetime.now(UTC).astimezone().date():
        return strings.UPDATED_TODAY.format(time=f"{built:%H:%M}")
    return strings.UPDATED.format(date=f"{built:%Y-%m-%d}", time=f"{built:%H:%M}")


def _destination(settings: Settings) -> str:
    if settings.sends_to_server:
        return strings.SENT_TO.format(address=settings.llm_base_url)
    return strings.NOTHING_LEAVES
