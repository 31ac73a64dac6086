"""What to tell a person about a file that can't be indexed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileProblem:
    """
    A file that isn't in the index, in plain words.

    Args:
        label: Its path, or the label it was given under.
        reason: Why not; continues "the file ...".
        advice: What to do about it.
    """

    label: str
    reason: str
    advice: str


def file_problem(label: str, reason: str) -> FileProblem:
    """A file that can't be read, with what to do about it."""
    advice = next((advice for sign, advice in _ADVICE if sign in reason), _DEFAULT_ADVICE)
    return FileProblem(label, reason, advice)


_DEFAULT_ADVICE = "Open it in the program it comes from, save it anew, and add that."
_ADVICE = (
    ("is damaged", _DEFAULT_ADVICE),  # whatever the library's words, which follow, have in them
    ("is empty", "Give one with something in it."),
    ("; save it", "Then add it again."),
    ("password", "Save it without a password, and add it again."),
    ("DRM", "Get a copy without copy protection."),
    ("OCR", "Recognise its text, and add the result."),
    ("no text", "If it is a scan, run text recognition (OCR) on it first."),
    ("larger than the limit", "Split it, or raise the setting max_file_mb."),
    ("unpacks to", "Split it, or raise the setting max_expanded_mb."),
    ("characters of text; the limit is", "Split it, or raise the setting max_characters."),
    ("; the limit is", "Split it, or raise the setting max_file_mb."),
    ("pages, more than", "Split it, or raise the setting max_pages."),
    ("took longer", "Split it, or raise the setting parse_seconds."),
    ("of memory", "Split it, or raise the setting parse_memory_mb."),
    ("is not a format", "Save it as PDF, Word or plain text, and add that."),
    ("is not of a type", "Save it as one of these, and add that."),
    ("UTF-8", "Save it as UTF-8, and add it again."),
    ("encoding", "Save it as UTF-8, and add it again."),
    ("can't be looked into", "See whether it is still there and may be read, and index again."),
    ("can't be opened", "See whether it is still there and may be read."),
    ("can't be kept", "Make room on the disk, and add it again."),
    ("is one too many", "Remove some first, or raise the setting max_uploads."),
    ("files that one person may add", "Remove some of yours first, or raise the setting max_uploads_each."),
    ("MB that one person may add", "Remove some of yours first, or raise the setting max_uploads_each_mb."),
    ("MB that all may add together", "Remove some first, or raise the setting max_uploads_mb."),
    ("cut short", "Get the whole file again."),
    ("JSON", "Put it right in an editor, or add it as a text file."),
)
