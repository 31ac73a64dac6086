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


_DEFAULT_ADVICE = "Save it again in the original program and add the new copy."
_ADVICE = (
    ("is damaged", _DEFAULT_ADVICE),  # whatever the library's words, which follow, have in them
    ("is empty", "Remove it, or add a file with text."),
    ("old Office format", "Save it without a password as .docx, .xlsx or .pptx and add that."),
    ("password", "Save it without a password and add that."),
    ("DRM", "Add a copy without copy protection."),
    ("is a scan", "Run OCR on it (for example ocrmypdf) and add the result."),
    ("no text", "If it is a scan, run OCR on it (for example ocrmypdf) and add the result."),
    ("larger than the limit", "Split it, or raise the setting max_file_mb."),
    ("unpacks to", "Split it, or raise the setting max_expanded_mb."),
    ("characters of text; the limit is", "Split it, or raise the setting max_characters."),
    ("; the limit is", "Split it, or raise the setting max_file_mb."),
    ("pages, more than", "Split it, or raise the setting max_pages."),
    ("took longer", "Split it, or raise the setting parse_seconds."),
    ("of memory", "Split it, or raise the setting parse_memory_mb."),
    ("unsupported file type", "Save it as PDF, Word or plain text and add that."),
    ("UTF-8", "Save it as UTF-8 and add it again."),
    ("encoding", "Save it as UTF-8 and add it again."),
    ("can't be accessed", "Check that it exists and can be read, and index it again."),
    ("can't be opened", "Check that it exists and can be read."),
    ("can't be saved", "Free up disk space and add it again."),
    ("is one too many", "Remove some files, or raise the setting max_uploads."),
    ("files that one person can upload", "Remove some of your files, or raise the setting max_uploads_each."),
    ("MB that one person can upload", "Remove some of your files, or raise the setting max_uploads_each_mb."),
    ("MB available for all uploads", "Remove some files, or raise the setting max_uploads_mb."),
    ("is incomplete", "Download it again."),
    ("JSON", "Fix it in a text editor, or add it as a text file."),
)
