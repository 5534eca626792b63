"""Acknowledgements: ACK messages with MSA and ERR, in original and enhanced mode (HL7 v2.9 chapter 2.9)."""

import re
import secrets
from datetime import UTC, datetime
from enum import StrEnum

from core.errors import Hl7Error, R1Error

from .charsets import read_header
from .message import Encoding, Segment

_LONGEST = 250  # characters of a field that is echoed
_KIND = re.compile(r"[A-Z]{3}\^[A-Z]\d\d")
_NAME = re.compile(r"[\w.:@^&-]{1,60}", re.ASCII)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


class Outcome(StrEnum):
    """The outcome of a message: the second letter of the codes of HL7 table 0008."""

    ACCEPTED = "A"
    ERROR = "E"  # not kept; the sender may send it again
    REJECTED = "R"  # will never be accepted as it is


_PLAIN_HEADER = Segment("MSH|^~\\&", Encoding())


def header_of(content: bytes) -> Segment:
    """The header of a message that cannot be parsed as a whole, as far as it can be read."""
    first = re.split(rb"[\r\n]", content.lstrip(b"\x00 \t\r\n\xef\xbb\xbf")[:4096], maxsplit=1)[0]
    line, charset = read_header(first)
    delimiters = line[3:8]
    usable = len(set(delimiters)) == 5 and all(c.isascii() and c.isprintable() and not c.isalnum() for c in delimiters)
    if not line.startswith("MSH") or not usable:
        return _PLAIN_HEADER
    separator, component, repetition, escape, subcomponent = list(delimiters)
    return Segment(line, Encoding(separator, component, repetition, escape, subcomponent, charset))


def told_apart(content: bytes) -> str:
    """Kind, control id and sender (MSH-9, -10, -3 and -4) of a message, for the log, if its header is readable.

    A field that does not look as expected could be about a patient, so a question mark replaces it.
    """
    header = header_of(content)
    kind = f"{header.text(9)}^{header.text(9, 2)}"
    if not _KIND.fullmatch(kind):
        return "no readable header"
    control_id, application, facility = (
        raw if _NAME.fullmatch(raw := header.raw_field(number)) else "?" if raw else "-" for number in (10, 3, 4)
    )
    return f"{kind} {control_id} of {application}, {facility}"


def replies(header: Segment, outcome: Outcome, error: R1Error | None = None) -> list[bytes]:
    """The acknowledgements that the header asks for, in the order in which to send them.

    Without MSH-15 and MSH-16 that is one in original mode: AA, AE or AR. Otherwise CA, CE or CR if MSH-15 wants it,
    then AA, AE or AR if MSH-16 wants it: this application accepts a message once it is in the inbox.
    """
    if not header.text(15) and not header.text(16):
        return [acknowledgement(header, f"A{outcome}", error)]
    wanted = [
        f"{letter}{outcome}"
        for letter, number in (("C", 15), ("A", 16))
        if _is_wanted(header.text(number).upper(), outcome)
    ]
    return [acknowledgement(header, code, error, enhanced=True) for code in wanted]


def _is_wanted(condition: str, outcome: Outcome) -> bool:
    """HL7 table 0155: never, on error or rejection, on success, always; an unknown code counts as always."""
    wanted = {"NE": False, "": False, "SU": outcome is Outcome.ACCEPTED, "ER": outcome is not Outcome.ACCEPTED}
    return wanted.get(condition, True)


def acknowledgement(header: Segment, code: str, error: R1Error | None, *, enhanced: bool = False) -> bytes:
    """One ACK, in the delimiters and the character set of the message that it answers.

    Args:
        header: of that message.
        code: of HL7 table 0008, such as ``AA``.
        error: reported in ERR; None for no ERR.
        enhanced: whether to say in MSH-15 and MSH-16 that it is not to be acknowledged itself.
    """
    encoding = header.encoding
    separator, component = encoding.field, encoding.component
    marks = encoding.component + encoding.repetition + encoding.escape + encoding.subcomponent
    event = _CONTROLS.sub("", header.first(9).part(2).raw)[:_LONGEST]
    fields = [
        "MSH",
        marks,
        *(_echoed(header, number) for number in (5, 6, 3, 4)),
        datetime.now(UTC).strftime("%Y%m%d%H%M%S+0000"),
        "",
        component.join(["ACK", event, "ACK"] if event else ["ACK"]),
        secrets.token_hex(10),
        _echoed(header, 11) or "P",
        _echoed(header, 12) or "2.5",
    ]
    if enhanced or header.repetitions(18):
        fields += ["", "", *(("NE", "NE") if enhanced else ("", "")), "", _echoed(header, 18)]
    segments = [separator.join(fields), separator.join(["MSA", code, _echoed(header, 10)])]
    if error is not None:
        segments.append(separator.join(_err(error, encoding)))
    return "".join(f"{segment}\r" for segment in segments).encode(encoding.charset, "replace")


def batch_acknowledgement(acknowledgements: list[bytes], comment: str) -> bytes:
    """The acknowledgements of a batch as one batch; ``comment`` is plain words for BTS-2."""
    trailer = "|".join(filter(None, ("BTS", str(len(acknowledgements)), comment)))
    return b"BHS|^~\\&\r" + b"".join(acknowledgements) + f"{trailer}\r".encode()


def _err(error: R1Error, encoding: Encoding) -> list[str]:
    code, location = (error.code, error.location) if isinstance(error, Hl7Error) else (207, "")
    place = location.replace("^", encoding.component)
    condition = encoding.component.join([str(code), encoding.escaped(error.message), "HL70357"])
    return ["ERR", "", place, condition, "E", "", "", "", encoding.escaped(error.hint)]


def _echoed(header: Segment, number: int) -> str:
    """A field as it was sent, made safe for our own header."""
    return _CONTROLS.sub("", header.raw_field(number))[:_LONGEST]
