"""An assessment as PDF, made in memory."""

import io
import re
from datetime import UTC, datetime
from html import escape
from typing import Any

from apps.ui.texts import t
from apps.ui.times import to_the_minute
from knowledge.retrieval.language import Language

from .summary import Section

_WESTERN, _EASTERN = "Helvetica", "STSong-Light"
_BEYOND_LATIN = re.compile(r"[^\x00-\xff]+")
_MISSING = "□"


def pdf(parts: tuple[Section, ...], language: Language, *, patient: list[str]) -> bytes:
    """A4 pages, each with its number and the patient.

    Chinese, Greek and mathematical signs are set in STSong-Light, a font of the PDF standard's Chinese collection
    (Adobe-GB1) that readers supply; it is not embedded. Characters in neither font, such as Arabic, are set as boxes
    with a notice below the title, so that no part of a name is lost unnoticed.
    """
    from reportlab.lib.enums import TA_LEFT
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    pdfmetrics.registerFont(UnicodeCIDFont(_EASTERN))
    wrap = {"wordWrap": "CJK"} if language == "zh" else {}
    body = ParagraphStyle("body", fontName=_WESTERN, fontSize=9.5, leading=14, alignment=TA_LEFT, leftIndent=10, **wrap)
    heading = ParagraphStyle("heading", body, fontSize=12, leading=16, spaceBefore=10, spaceAfter=3, leftIndent=0)
    name = ParagraphStyle("title", heading, fontSize=16, leading=20, spaceBefore=0)
    about = Paragraph(
        _marked("  ·  ".join(patient)), ParagraphStyle("foot", body, fontSize=8, leading=10, leftIndent=0)
    )
    story: list[Any] = [Paragraph(_marked(t("export.title", language)), name)]
    words = "".join([*patient, *(part.heading + "".join(part.lines) for part in parts)])
    if _settable(words) != words:
        story.append(Paragraph(_marked(t("export.missing_characters", language, sign=_MISSING)), body))
    for part in parts:
        story.append(Paragraph(_marked(part.heading), heading))
        story += [Paragraph(_marked(line), body) for line in part.lines]
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=50, rightMargin=50, topMargin=50, bottomMargin=60, title="R1 Suite", author=""
    )
    made = to_the_minute(datetime.now(UTC))

    def foot(canvas: Any, _: Any) -> None:
        canvas.setFont(_EASTERN if language == "zh" else _WESTERN, 8)
        canvas.drawString(50, 30, f"{t('diagnosis.supports', language)}  ·  {made}")
        about.wrapOn(canvas, A4[0] - 130, 20)
        about.drawOn(canvas, 50, 41)
        canvas.drawRightString(A4[0] - 50, 30, str(canvas.getPageNumber()))

    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return file.getvalue()


def _marked(text: str) -> str:
    """The text as reportlab's markup, with a font that has its characters."""
    return _BEYOND_LATIN.sub(
        lambda run: f'<font name="{_EASTERN}">{_settable(run[0])}</font>', escape(text, quote=False)
    )


def _settable(text: str) -> str:
    """The text with a box for each character that is neither in Latin-1 nor in GBK, which Adobe-GB1 covers."""
    return _BEYOND_LATIN.sub(lambda run: "".join(c if c.encode("gbk", "ignore") else _MISSING for c in run[0]), text)
