"""Text for benchmarks: sentences of the seed corpus in random order, so that all documents differ."""

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from index.formats import Limits, parse
from index.text.sentences import sentences

SEEDS = Path(__file__).parents[2] / "seeds" / "corpus"
SENTENCES_PER_CHUNK = 9
"""About 200 tokens."""


@cache
def _sentences() -> tuple[str, ...]:
    prose = (path for path in sorted(SEEDS.iterdir()) if path.suffix in {".html", ".md", ".rst", ".txt"})
    texts = [parse(path, Limits()).text for path in prose]
    return tuple(text[a:b] for text in texts for a, b in sentences(text) if 40 < b - a < 250)


def documents(count: int, chunks_each: int, seed: int = 1) -> Iterator[str]:
    """Yield *count* texts of about *chunks_each* chunks, the same ones in every run."""
    generator = random.Random(seed)
    for number in range(count):
        paragraphs = [
            " ".join(generator.choices(_sentences(), k=SENTENCES_PER_CHUNK))
            + f" This is note {number}-{part}."
            for part in range(chunks_each)
        ]
        yield "\n\n".join(paragraphs)


def write_files(folder: Path, count: int, chunks_each: int) -> Path:
    """Write documents as text files, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(documents(count, chunks_each)):
        (folder / f"{number:05}.txt").write_text(text, encoding="utf-8")
    return folder


def write_pdf(path: Path, pages: int) -> Path:
    """Write a PDF of prose with about 2,200 characters on each page, and return its path."""
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

    style = getSampleStyleSheet()["BodyText"]
    story = []
    for text in documents(pages, 2):
        story += [Paragraph(text[:2200].replace("&", "and").replace("<", ""), style), PageBreak()]
    SimpleDocTemplate(str(path)).build(story)
    return path
