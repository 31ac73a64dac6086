"""
Accuracy and speed of recognised text: pages of the seeds' PDFs at 200 dpi, against the text in the files.

``python -m tests.bench.ocr [PAGES]`` needs the extra ``ocr``.
"""

import sys
import time
from collections import Counter
from pathlib import Path

import pypdfium2

from index.formats.common.ocr import recognise
from index.formats.pdf.reader import read_pdf
from index.formats.pdf.scans import DPI
from index.formats.types import Limits
from index.text.canonical import canonicalise

CORPUS = Path(__file__).parents[2] / "seeds" / "corpus"


def words_of(text: str) -> Counter[str]:
    return Counter(word.strip(".,;:()[]“”\"'’‘") for word in text.split())


def measure(max_pages: int) -> None:
    """Print the share of printed words that were recognised exactly, and pages per second."""
    right = total = pages = 0
    seconds = processor = 0.0
    for path in sorted(CORPUS.glob("*.pdf")):
        canonical = canonicalise(read_pdf(path.read_bytes(), Limits()))
        with pypdfium2.PdfDocument(path) as document:
            for page in canonical.pages[: max_pages - pages]:
                picture = document[page.number - 1].render(scale=DPI / 72).to_pil()
                started, used = time.perf_counter(), time.process_time()
                lines = recognise(picture)
                seconds += time.perf_counter() - started
                processor += time.process_time() - used
                printed = words_of(canonical.text[page.start : page.end])
                found = words_of(" ".join(line.text for line in lines))
                right += (printed & found).total()
                total += printed.total()
                pages += 1
    print(f"{pages} pages, {total:,} words: {right / total:.2%} right")
    print(f"{pages / seconds:.3f} pages/s, {processor / pages:.1f} s of processor time for each")


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
