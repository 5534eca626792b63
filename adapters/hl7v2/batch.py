"""Files and frames with several messages, with or without batch headers (HL7 v2.9 chapter 2.14)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from .message import BOM

# The name of a header or a trailer, its separator, and the marks of a header.
_MESSAGE_START = re.compile(
    rb"(?:^|(?<=[\r\n]))[\x0b \t]*(?:\xef\xbb\xbf)?"
    rb"(?=(MSH|FHS|BHS|BTS|FTS)([^0-9A-Za-z\s])((?:(?!\2)[^0-9A-Za-z\s]){1,5}(?:\2|[\r\n]|\Z))?)"
)

_MARKS = re.compile(rb"[^0-9A-Za-z\s]{2}")


@dataclass(frozen=True, slots=True)
class Batch:
    """The messages of a file.

    Attributes:
        messages: as they were sent, each from its MSH on.
        declared: how many messages the trailers declare, BTS-1; None if no trailer does.
        batches: how many batches have a header.
        declared_batches: how many the file's trailer declares, FTS-1; None if it does not.
        stray: number of bytes before the first header, which belong to no message.
        cut: whether the last message may have lost its end: in a batch with a header, neither a trailer nor the end of
            its last segment follows.
    """

    messages: tuple[bytes, ...]
    declared: int | None
    batches: int
    declared_batches: int | None
    stray: int
    cut: bool

    @property
    def miscounts(self) -> str:
        """Which counts of the trailers are not those of what came; empty if none is. A file may do without BHS."""
        pairs = (("messages", self.declared, len(self.messages)), ("batches", self.declared_batches, self.batches))
        return "; ".join(
            f"The trailer declares {declared} {what}, {came} came"
            for what, declared, came in pairs
            if declared not in (None, came) and (what == "messages" or self.batches)
        )


def split_batch(data: bytes) -> Batch:
    """Splits a file: FHS and BHS batches, messages one after the other without a batch header, or one message."""
    starts = [*_starts(data), (len(data), len(data))]
    stray = len(data[: starts[0][0]].removeprefix(BOM).strip(b"\x0b \t\r\n"))
    messages, names = [], []
    counts: dict[bytes, int] = {}  # of the trailers
    for (_, start), (end, _) in pairwise(starts):
        piece = data[start:end].strip(b"\x0b\x1c \t\r\n")
        names.append(piece[:3])
        if piece.startswith(b"MSH"):
            messages.append(piece)
        elif count := re.match(rb"(BTS|FTS)[^0-9A-Za-z](\d{1,9})", piece):
            counts[count[1]] = counts.get(count[1], 0) + int(count[2])
    open_ended = not {b"FHS", b"BHS"}.isdisjoint(names) and names[-1] == b"MSH"
    return Batch(
        messages=tuple(messages),
        declared=counts.get(b"BTS"),
        batches=names.count(b"BHS"),
        declared_batches=counts.get(b"FTS"),
        stray=stray,
        cut=open_ended and not data.rstrip(b"\x1c \t").endswith((b"\r", b"\n")),
    )


def _starts(data: bytes) -> Iterator[tuple[int, int]]:
    """Where headers and trailers begin, with and without the mark before them.

    ``MSH-2: LOST`` is only a line of a text.
    """
    known: set[bytes] = set()
    for match in _MESSAGE_START.finditer(data):
        name, separator, marks = match.groups()
        # An MSH with other marks, such as those of an escaped text, begins a message of its own, which is then refused.
        is_header = separator in known and (name != b"MSH" or _MARKS.match(data, match.end() + 4))
        if marks or not known or is_header:
            known.add(separator)
            yield match.span()
