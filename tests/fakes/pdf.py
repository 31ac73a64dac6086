"""PDFs that a test draws, and the text that pdfium finds in them."""

import io

import pypdfium2
from reportlab.pdfgen.canvas import Canvas


class Page:
    """A PDF that is drawn line by line; ``bytes()`` returns the file."""

    def __init__(self, **options) -> None:
        self._buffer = io.BytesIO()
        self.canvas = Canvas(self._buffer, pagesize=(595, 842), pageCompression=0, invariant=1, **options)

    def lines(
        self, x: float, y: float, lines: list[str], *, font: str = "Times-Roman", size: float = 11
    ) -> "Page":
        text = self.canvas.beginText(x, y)
        text.setFont(font, size, 1.2 * size)
        for line in lines:
            text.textLine(line)
        self.canvas.drawText(text)
        return self

    def turn_page(self) -> "Page":
        self.canvas.showPage()
        return self

    def bytes(self) -> bytes:
        self.canvas.save()
        return self._buffer.getvalue()


def text_under(data: bytes, page: int, box: tuple[float, float, float, float]) -> str:
    with pypdfium2.PdfDocument(data) as document:
        text: str = document[page - 1].get_textpage().get_text_bounded(*box)
        return text
