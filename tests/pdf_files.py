"""PDF files, line by line."""

import io

from reportlab.pdfgen.canvas import Canvas

PLAIN, BOLD = "Helvetica", "Helvetica-Bold"

Line = tuple[str, int, str, int]
"""Font, size, text, height on the page."""


def pdf(*pages: list[Line]) -> bytes:
    """A PDF with these lines."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(600, 800), pageCompression=0, invariant=1)
    for lines in pages:
        for font, size, text, height in lines:
            canvas.setFont(font, size)
            canvas.drawString(50, height, text)
        canvas.showPage()
    canvas.save()
    return file.getvalue()
