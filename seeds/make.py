"""
Makes what can't be written by hand: the corpus's PDF, Word and Excel files, and the offsets of the questions.

Run from the project's root, after any change below ``seeds/``::

    python -m seeds.make

The sources of the binary files, and of ``qa.jsonl``, lie in ``seeds/sources``. The sets in ``seeds/domains``
have no binary files, and their questions lie beside their ``qa.jsonl``.
"""

import csv
import json
import re
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from index.formats import Limits, parse

SEEDS = Path(__file__).parent
SOURCES = SEEDS / "sources"
CORPUS = SEEDS / "corpus"
DOMAINS = tuple(SEEDS / "domains" / name for name in ("law", "manual"))
WRITTEN = {SEEDS: SOURCES} | {folder: folder for folder in DOMAINS}
"""Each question set, and the folder that holds its questions as written by hand."""
CLOCK = b"2022-11-03T00:00:00Z"
"""Every generated file bears this moment, so that making it again gives the same bytes."""


class SeedError(Exception):
    """A question's quote is not where it says."""


def main() -> None:
    """Write the binary documents of the corpus, then every set's ``qa.jsonl``."""
    make_documents(CORPUS)
    for folder in WRITTEN:
        texts = canonical_texts(folder / "corpus")
        lines = [json.dumps(row, ensure_ascii=False) for row in rows(questions(folder), texts)]
        (folder / "qa.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def make_documents(folder: Path) -> None:
    """Write the documents that have a source in ``seeds/sources`` into *folder*."""
    make_docx(folder / "briefing.docx", SOURCES / "briefing.md")
    make_pdf(folder / "armistice-1953.pdf", SOURCES / "armistice.md", columns=1)
    make_pdf(folder / "missile-basics.pdf", SOURCES / "missile-basics.md", columns=2)
    sheets = {"Members 2022": "members-2022.csv", "Sanctions on North Korea": "resolutions.csv"}
    make_xlsx(folder / "security-council-2022.xlsx", {name: SOURCES / file for name, file in sheets.items()})


def canonical_texts(folder: Path) -> dict[str, str]:
    """Return the canonical text of every document in *folder* by its relative path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): parse(path, Limits()).text for path in files}


def questions(folder: Path) -> list[dict[str, Any]]:
    """Return the questions of a set as written by hand: ``id``, ``ask``, ``answers``, ``spans``."""
    loaded = tomllib.loads((WRITTEN[folder] / "questions.toml").read_text(encoding="utf-8"))
    written: list[dict[str, Any]] = loaded["question"]
    return written


def rows(written: Iterable[Mapping[str, Any]], texts: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the questions with their offsets, in the format of a question set."""
    for question in written:
        try:
            spans = [locate(texts, *place) for place in question.get("spans", [])]
        except SeedError as error:
            raise SeedError(f"{question['id']}: {error}") from error
        yield {
            "id": question["id"],
            "question": question["ask"],
            "answerable": bool(spans),
            "answers": question.get("answers", []),
            "spans": spans,
        }


def locate(texts: Mapping[str, str], doc_id: str, quote: str, after: str = "") -> dict[str, Any]:
    """
    Where *quote* stands in a document, its white space taken loosely.

    Args:
        texts: Canonical texts by path.
        doc_id: A path in *texts*.
        quote: Must occur once; with *after*, the first occurrence behind those words is meant.
        after: Words that occur once.

    Raises:
        SeedError: If one of them occurs never or more often.
    """
    text = texts[doc_id]
    begin = only(after, text, doc_id).end() if after else 0
    found = first(quote, text, doc_id, begin) if after else only(quote, text, doc_id)
    return {"doc_id": doc_id, "start": found.start(), "end": found.end(), "text": found.group()}


def only(words: str, text: str, doc_id: str) -> re.Match[str]:
    """Return the only occurrence of *words*."""
    found = list(loosely(words).finditer(text))
    if len(found) != 1:
        raise SeedError(f"expected {words!r} once in {doc_id}, found it {len(found)} times")
    return found[0]


def first(words: str, text: str, doc_id: str, begin: int) -> re.Match[str]:
    """Return the first occurrence of *words* from *begin* on."""
    found = loosely(words).search(text, begin)
    if found is None:
        raise SeedError(f"expected {words!r} in {doc_id} behind offset {begin}, found it nowhere")
    return found


def loosely(words: str) -> re.Pattern[str]:
    """Return a pattern for *words* as whole words, with any white space between them."""
    inner = r"\s+".join(re.escape(word) for word in words.split())
    return re.compile(rf"(?<!\w){inner}(?!\w)")


def blocks(source: Path) -> Iterator[tuple[str, str]]:
    """Yield a small Markdown file's paragraphs as (mark, words); mark is ``#``, ``##``, ``---`` or empty."""
    for block in source.read_text(encoding="utf-8").strip().split("\n\n"):
        found = re.match(r"(#{1,2} |---$)?(.*)", block, re.DOTALL)
        assert found is not None  # noqa: S101  (every part of the pattern may be empty)
        yield (found.group(1) or "").strip(), found.group(2).strip()


def make_docx(path: Path, source: Path) -> None:
    """Write a Word document with real headings."""
    import docx

    document = docx.Document()
    for mark, words in blocks(source):
        if mark:
            document.add_heading(words, level=len(mark))
        else:
            document.add_paragraph(words)
    document.core_properties.title = next(words for _, words in blocks(source))
    document.core_properties.author = "Footnote"
    document.save(str(path))
    settle(path)


def make_xlsx(path: Path, sheets: Mapping[str, Path]) -> None:
    """Write a workbook with one sheet for each CSV file; whole numbers become numbers."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, source in sheets.items():
        sheet = book.create_sheet(name)
        for row in csv.reader(source.read_text(encoding="utf-8").splitlines()):
            sheet.append([int(cell) if cell.isdigit() else cell for cell in row])
    book.properties.title = "The Security Council in 2022"
    book.save(path)
    settle(path)


def make_pdf(path: Path, source: Path, columns: int) -> None:
    """Write a PDF on A5 pages; ``---`` in the source starts a new page."""
    from reportlab.lib.pagesizes import A5
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import BaseDocTemplate, Frame, PageBreak, PageTemplate, Paragraph

    (width, height), margin, gap = A5, 40, 14
    column = (width - 2 * margin - (columns - 1) * gap) / columns
    lefts = [margin + number * (column + gap) for number in range(columns)]
    frames = [Frame(left, margin, column, height - 2 * margin, 0, 0, 0, 0) for left in lefts]
    styles = getSampleStyleSheet()
    named = {"#": styles["Heading2"], "##": styles["Heading3"], "": styles["BodyText"]}
    for mark in ("#", "##"):
        named[mark].keepWithNext = 1
    title = next(words for _, words in blocks(source))
    document = BaseDocTemplate(str(path), pagesize=A5, title=title, author="Footnote", invariant=1)
    document.addPageTemplates(PageTemplate(frames=frames))
    document.build(
        [PageBreak() if mark == "---" else Paragraph(words, named[mark]) for mark, words in blocks(source)]
    )


def settle(path: Path) -> None:
    """Write a zip archive anew with :data:`CLOCK` for every time in it."""
    with zipfile.ZipFile(path) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            settled = settle_times(content) if name == "docProps/core.xml" else content
            archive.writestr(zipfile.ZipInfo(name, (2022, 11, 3, 0, 0, 0)), settled, zipfile.ZIP_DEFLATED)


def settle_times(content: bytes) -> bytes:
    """Return an Office file's properties with :data:`CLOCK` as the times of creation and change."""
    return re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", CLOCK, content)


if __name__ == "__main__":
    main()
