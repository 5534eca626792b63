"""The text of attachments: charsets, base64, HTML, limits."""

import base64

import pytest
from fhir_fakes import attachment
from hypothesis import given
from hypothesis import strategies as st

from adapters.fhir.notes import MAX_NOTE_BYTES, note_text
from adapters.fhir.reasons import Reason


@pytest.mark.parametrize(
    ("raw", "content_type", "text"),
    [
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
    ],
)
def test_text_is_decoded_as_the_content_type_says(raw: bytes, content_type: str, text: str) -> None:
    assert note_text(attachment(raw, content_type)) == (text, None)


@pytest.mark.parametrize(
    ("given_attachment", "reason"),
    [
        (attachment("x", "application/pdf"), Reason.CONTENT_TYPE),
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


@given(st.binary(max_size=300), st.sampled_from(["text/plain", "text/html", "text/html; charset=utf-16"]))
def test_any_bytes_give_text_or_a_reason(raw: bytes, content_type: str) -> None:
    text, reason = note_text(attachment(raw, content_type))

    assert bool(text.strip()) == (reason is None)
