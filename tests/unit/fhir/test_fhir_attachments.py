"""The text of attachments: charsets, base64, HTML, limits."""

import base64
import io
import time

import pytest
from fhir_fakes import attachment
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from adapters.fhir.attachments import MAX_NOTE_BYTES, note_text, read_attachments
from adapters.fhir.reasons import Reason
from core.pdf_budget import PdfBudget
from tests.pdf_files import PLAIN, pdf

CDA = b"""<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><component><structuredBody><component><section>
<title>History</title><text><paragraph>No <content styleCode="Bold">fever</content> today.</paragraph>
<table><tbody><tr><td>Seizures</td><td>yes</td></tr></tbody></table><list><item>One</item></list></text>
<entry><observation><text>coded</text></observation></entry></section></component></structuredBody></component>
</ClinicalDocument>"""
BOMB = b"<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><x>&b;</x>"
RTF = rb"{\rtf1\ansi\ansicpg1252{\fonttbl\f0 Arial;}\f0 No fever.\par Gr\'f6\'dfe 1 m\par}"


@pytest.mark.parametrize(
    ("raw", "content_type", "text"),
    [
        (pdf([(PLAIN, 12, "No fever.", 720)]), "application/pdf", "No fever."),
        (RTF, "application/rtf", "No fever.\nGröße 1 m"),
        (CDA, "text/xml", "History\nNo fever today.\nSeizures\nyes\nOne"),
        ("No fever, Größe 1 m".encode(), "text/plain", "No fever, Größe 1 m"),
        ("Größe".encode("latin-1"), "text/plain; charset=ISO-8859-1", "Größe"),
        ("无发热".encode("gb18030"), 'text/plain;charset="GB18030"', "无发热"),
        (b"\xef\xbb\xbfFever", "TEXT/PLAIN", "Fever"),
        (
            b"<html><head><title>x</title></head><body><h1>Exam</h1><p>No&nbsp;fever &amp; well</p>"
            b"<script>alert(1)</script><ul><li>One</li><li>Two</li></ul></body></html>",
            "text/html",
            "Exam\nNo fever & well\nOne\nTwo",
        ),
        (b"<p>No&#32;&#32;<b> </b>fever</p>", "text/html", "No fever"),
    ],
)
def test_text_is_decoded_as_the_content_type_says(raw: bytes, content_type: str, text: str) -> None:
    assert note_text(attachment(raw, content_type)) == (text, None)


@pytest.mark.parametrize(
    ("given_attachment", "reason"),
    [
        (attachment("x", "image/png"), Reason.CONTENT_TYPE),
        (attachment("x", "application/pdf"), Reason.BROKEN_DOCUMENT),
        (attachment("%PDF-1.7\n%%EOF", "application/pdf"), Reason.BROKEN_DOCUMENT),
        (attachment(pdf([]), "application/pdf"), Reason.NO_TEXT),
        (attachment("x", "text/rtf"), Reason.BROKEN_DOCUMENT),
        (attachment("{" * 200_000, "text/rtf"), Reason.BROKEN_DOCUMENT),
        (attachment(r"{\rtf1" + "{" * 200_000, "text/rtf"), Reason.TOO_LARGE),
        (attachment("<x", "text/xml"), Reason.BROKEN_DOCUMENT),
        (attachment("<x/>", "text/xml"), Reason.CONTENT_TYPE),
        (attachment(BOMB, "text/xml"), Reason.BROKEN_DOCUMENT),
        ({"data": "eA=="}, Reason.CONTENT_TYPE),
        ({"contentType": "text/plain", "url": "http://h/1"}, Reason.HELD_ELSEWHERE),
        ({"contentType": "text/plain"}, Reason.EMPTY),
        (attachment("  \n"), Reason.EMPTY),
        ({"contentType": "text/plain", "data": "Tm8*"}, Reason.BROKEN_BASE64),
        ({"contentType": "text/plain", "data": "Tm8"}, Reason.BROKEN_BASE64),
        (attachment(b"\xff\xfe\xfd"), Reason.BROKEN_TEXT),
        (attachment("x", "text/plain; charset=rot13"), Reason.UNKNOWN_CHARSET),
        (attachment("x", "text/plain; charset=nonsense"), Reason.UNKNOWN_CHARSET),
        (attachment("x" * (MAX_NOTE_BYTES + 1)), Reason.TOO_LARGE),
        (attachment("x" * (4 * MAX_NOTE_BYTES)), Reason.TOO_LARGE),
    ],
)
def test_why_an_attachment_is_not_read(given_attachment: dict[str, str], reason: Reason) -> None:
    assert note_text(given_attachment) == ("", reason)


def test_base64_may_be_broken_into_lines() -> None:
    lines = base64.encodebytes(b"No fever. " * 20).decode()

    assert note_text({"contentType": "text/plain", "data": lines}) == ("No fever. " * 20, None)


@given(
    st.binary(max_size=300),
    st.sampled_from(
        ["text/plain", "text/html", "text/html; charset=utf-16", "text/rtf", "application/pdf", "text/xml"]
    ),
)
def test_any_bytes_give_text_or_a_reason(raw: bytes, content_type: str) -> None:
    text, reason = note_text(attachment(raw, content_type))

    assert bool(text.strip()) == (reason is None)


@pytest.mark.parametrize("opened", ["</", "<a ", "<!--a>", "<![", "<div>", "&#32;", "<b> </b>"])
def test_a_page_of_open_tags_or_blanks_is_read_in_time(opened: str) -> None:
    page = (opened * MAX_NOTE_BYTES)[: MAX_NOTE_BYTES - 20] + "<p>Fever < 39</p>"
    begun = time.process_time()
    note_text(attachment(page.encode(), "text/html"))
    assert time.process_time() - begun < 20


@pytest.mark.parametrize("page", ["<p>No fever", "No fever", "<script>x", "<style>a{}</style><div><div>No fever"])
def test_what_is_not_closed_is_read(page: str) -> None:
    text, reason = note_text(attachment(page.encode(), "text/html"))
    assert (text, reason) == (("", Reason.EMPTY) if "script" in page else ("No fever", None))


def test_a_small_pdf_that_draws_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.fhir.documents.MAX_PDF_OPERATORS", 10_000)
    assert note_text(attachment(pdf([(PLAIN, 12, "a", 720)] * 10_000), "application/pdf")) == ("", Reason.TOO_LARGE)


def with_large_fonts(pages: int, size: int, fonts: int = 1) -> bytes:
    """A small file of pages whose fonts say at length which characters they have."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(*[[(PLAIN, 12, "No fever.", 720)]] * pages))))
    many = DecodedStreamObject()
    many.set_data(b"beginbfchar\n<41> <0041>\nendbfchar\n" + b"%\n" * (size // 2))
    table = writer._add_object(many.flate_encode())
    for page in writer.pages:
        found = page["/Resources"]["/Font"]
        (font,) = [value.get_object() for value in found.values()]
        for number in range(fonts):
            own = DictionaryObject({**font, NameObject("/ToUnicode"): table})
            found[NameObject(f"/F{number + 1}")] = own
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


@pytest.mark.parametrize(("pages", "size", "fonts"), [(300, 1_000_000, 1), (1, 8_000_000, 3), (5, 19_000_000, 1)])
def test_a_small_pdf_whose_fonts_take_long_is_refused_unread(pages: int, size: int, fonts: int) -> None:
    assert note_text(attachment(with_large_fonts(pages, size, fonts), "application/pdf")) == ("", Reason.TOO_LARGE)


def test_a_pdf_of_many_pages_with_usual_fonts_is_read() -> None:
    text, reason = note_text(attachment(with_large_fonts(50, 10_000), "application/pdf"))
    assert (text.count("No fever."), reason) == (50, None)


def test_a_pdf_is_read_however_busy_the_machine_is() -> None:
    budget = PdfBudget(stream_bytes=1, operators=1, seconds=0.2)
    time.sleep(0.3)
    budget.check()


def test_a_pdf_is_read_until_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.fhir.documents.MAX_PDF_SECONDS", 0.0)
    assert note_text(attachment(pdf([(PLAIN, 12, "No fever.", 720)]), "application/pdf")) == ("", Reason.TOO_LARGE)


def test_parts_of_one_type_are_read_whatever_their_character_sets() -> None:
    parts = [attachment("Fever."), {**attachment("Cough."), "contentType": "text/plain; charset=utf-8"}]

    assert [text for _, text, _ in read_attachments(parts)] == ["Fever.", "Cough."]
