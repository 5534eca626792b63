"""Takes frames into the inbox and acknowledges them."""

import logging
import re
import time

from core.errors import Hl7Error, InputError, R1Error

from .acknowledge import Outcome, batch_acknowledgement, header_of, replies, told_apart
from .batch import Batch, split_batch
from .inbox import Inbox
from .message import Message, Segment, parse
from .metrics import InboxMetrics

_log = logging.getLogger(__name__)
CUT = "The batch ends within its last message"
EMPTY = "The batch holds no message"
_BATCH = re.compile(rb"[\x00\s]*(?:\xef\xbb\xbf)?(?:FHS|BHS)")


class Receiver:
    """Reads messages, stores them and returns the answers.

    Args:
        inbox: where they are stored.
        charset: for messages that name none.
        processing: the processing ids that are accepted, such as ``PTD``.
        metrics: counts messages and times their acknowledgements.
    """

    def __init__(
        self, inbox: Inbox, *, charset: str = "utf-8", processing: str = "P", metrics: InboxMetrics | None = None
    ) -> None:
        self._inbox = inbox
        self._charset = charset
        self._processing = processing
        self._metrics = metrics or InboxMetrics()

    async def receive(self, content: bytes, peer: str = "an unnamed peer") -> list[bytes]:
        """Takes in one frame.

        Args:
            content: of the frame.
            peer: its sender, for the log.

        Returns:
            The acknowledgements to send; empty for an acknowledgement, and if the sender asked for none.
        """
        with self._metrics.ack_seconds.time():
            return await self._frame(content, peer)

    async def _frame(self, content: bytes, peer: str) -> list[bytes]:
        if _BATCH.match(content) or b"\rMSH" in content or b"\nMSH" in content:
            batch = split_batch(content)
            headed = _BATCH.match(content)
            if headed and not batch.messages and batch.declared != 0:
                _log.warning("A batch of %s without a message was refused", peer)
                return self.refuse(content, Hl7Error(EMPTY, hint="Where none is meant, its BTS-1 is 0", code=100))
            # Content before the first header would be lost, so such a frame is treated as one message and refused.
            if not batch.stray and (len(batch.messages) > 1 or headed):
                return await self._batch(batch, peer)
        return await self._one(content, peer)

    async def _batch(self, batch: Batch, peer: str) -> list[bytes]:
        whole = batch.messages[:-1] if batch.cut else batch.messages
        answers = [answer for message in whole for answer in await self._one(message, peer)]
        if batch.cut:
            what = told_apart(batch.messages[-1])
            _log.warning("The last message of a batch of %s has lost its end and was refused (%s)", peer, what)
            answers += self.refuse(batch.messages[-1], Hl7Error(CUT, hint="Send it again, with a trailer", code=100))
        if batch.miscounts:
            _log.warning("A batch of %s is not as announced: %s", peer, batch.miscounts)
        return [batch_acknowledgement(answers, batch.miscounts)] if answers or not batch.messages else []

    def refuse(self, head: bytes, error: R1Error, outcome: Outcome = Outcome.REJECTED) -> list[bytes]:
        """The answers to a frame that is not taken in, of which ``head`` may be only the beginning."""
        self._metrics.received.labels("refused" if outcome is Outcome.REJECTED else "failed").inc()
        return replies(header_of(head), outcome, error)

    async def _one(self, content: bytes, peer: str) -> list[bytes]:
        begin = time.perf_counter()
        try:
            message = parse(content, default_charset=self._charset)
            check(message, self._processing)
        except InputError as error:
            place = f" ({error.location})" if isinstance(error, Hl7Error) and error.location else ""
            what = f"{len(content)} bytes from {peer}"
            _log.warning("A message of %s was refused: %s%s (%s)", what, error, place, told_apart(content))
            return self.refuse(content, error)
        except Exception as error:  # an answer, so that the sender does not wait for one and send it again at once
            _log.error("A message of %d bytes from %s could not be read: %s", len(content), peer, type(error).__name__)
            return self.refuse(content, Hl7Error("The message could not be read", code=207), Outcome.ERROR)
        if message.kind.startswith("ACK"):
            return []  # an acknowledgement is never acknowledged
        header, kind = message.header, message.kind
        try:
            putting = self._inbox.put(content, message)
            del message  # freed while waiting for the database: its texts may take several times the bytes
            stored = await putting
        except R1Error as error:
            return self._not_kept(header, len(content), error.message, error)
        except Exception as error:  # the sender keeps what we cannot
            told = Hl7Error("The message could not be kept", hint="Send it again later", code=207)
            return self._not_kept(header, len(content), type(error).__name__, told)
        self._metrics.received.labels("known" if stored.duplicate else "kept").inc()
        _log.info(
            "Message %d, %s, %d bytes: %s in %.1f ms",
            stored.id,
            kind,
            len(content),
            "known already" if stored.duplicate else "kept",
            1000 * (time.perf_counter() - begin),
        )
        return replies(header, Outcome.ACCEPTED)

    def _not_kept(self, header: Segment, size: int, why: str, error: R1Error) -> list[bytes]:
        _log.error("A message of %d bytes was not kept: %s", size, why)
        self._metrics.received.labels("failed").inc()
        return replies(header, Outcome.ERROR, error)


def check(message: Message, processing: str) -> None:
    """Checks that a message can be acknowledged and processed.

    Args:
        message: as received.
        processing: the processing ids that are accepted: test messages must not get into a record.

    Raises:
        Hl7Error: the message is to be rejected.
    """
    header = message.header
    if not message.control_id:
        raise Hl7Error("The message has no control id", hint="Fill MSH-10", code=101, location="MSH^1^10")
    if header.text(11)[:1].upper() not in tuple(processing):
        raise Hl7Error(
            f"The processing id is not one of {processing}",
            hint="Check MSH-11 and R1_MESSAGE_PROCESSING",
            code=202,
            location="MSH^1^11",
        )
    if not re.match(r"2(\.\d|$)", header.text(12)):
        raise Hl7Error("This is not HL7 version 2", hint="Check MSH-12", code=203, location="MSH^1^12")
