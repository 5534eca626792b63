"""MLLP, the framing of HL7 v2 over TCP: ``<VT> message <FS> <CR>`` (HL7 transport specification: MLLP, release 1)."""

import asyncio
import contextlib
import logging
import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from core.addresses import network
from core.errors import Hl7Error, InputTooLargeError, R1Error, SettingsError

from .acknowledge import Outcome, told_apart
from .message import MAX_BYTES
from .receive import Receiver
from .tls import begin_tls

START, END = b"\x0b", b"\x1c\r"

_log = logging.getLogger(__name__)
_CHUNK = 256 << 10
_HEAD = 4096  # bytes that are kept of a frame that is too long, for its acknowledgement


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one server.

    Attributes:
        connections: at a time, once a TLS handshake is over; further ones are closed at once.
        of_one: connections from one address, so that no sender can lock out all others.
        handshakes: at a time; one more ends the oldest, since they can also be begun without a certificate.
        handshake_seconds: until a TLS handshake is over.
        frame_bytes: of one message.
        held_bytes: of all frames together until they are answered; beyond it, senders of frames over 1 MiB are asked
            to retry. The memory in deploy/kubernetes/messages.yaml is derived from it.
        frame_seconds: from the first to the last byte of a frame.
        idle_seconds: between two frames of a connection.
        write_seconds: until an acknowledgement is sent.
    """

    connections: int = 256
    of_one: int = 128
    handshakes: int = 64
    handshake_seconds: float = 10.0
    frame_bytes: int = MAX_BYTES
    held_bytes: int = 256 << 20
    frame_seconds: float = 60.0
    idle_seconds: float = 3600.0
    write_seconds: float = 30.0


class MllpServer:
    """Listens for messages; each connection may send any number, and each is answered before the next is read.

    Not reading further is the back-pressure: a sender that does not wait for acknowledgements is slowed down by TCP.

    Args:
        receiver: takes in the messages.
        tls: for TLS; see :func:`~.tls.server_tls`.
        limits: for connections and frames.
    """

    def __init__(self, receiver: Receiver, *, tls: ssl.SSLContext | None = None, limits: Limits | None = None) -> None:
        self._receiver = receiver
        self._tls = tls
        self._limits = limits or Limits()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._handshakes: dict[asyncio.Task[None], str] = {}  # with their peers, oldest first
        self._open: dict[asyncio.Task[None], str] = {}  # with the networks of their senders
        self._busy: set[asyncio.Task[None]] = set()
        self._held = 0

    async def start(self, host: str, port: int) -> int:
        """Begins to listen.

        Returns:
            The port; 0 asks for a free one.

        Raises:
            SettingsError: the address cannot be listened on.
        """
        try:
            self._server = await asyncio.start_server(self._connected, host, port, limit=_CHUNK)
        except OSError as error:
            # asyncio's own text on a failed bind repeats the address, as a tuple.
            why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
            raise SettingsError(
                f"{host}, port {port} cannot be listened on ({why})",
                hint="Stop the program that uses it, or change R1_MLLP_HOST or R1_MLLP_PORT",
            ) from None
        port = self._server.sockets[0].getsockname()[1]
        return int(port)

    async def stop(self, *, seconds: float = 10.0) -> None:
        """Takes no more messages, answers those that are complete, and closes the connections."""
        if self._server is not None:
            self._server.close()
        for task in self._connections - self._busy:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections, timeout=seconds)
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        peer = str((writer.get_extra_info("peername") or ("a peer that is gone",))[0])
        self._connections.add(task)
        frames = _Frames(reader, self._limits, self._hold, peer)
        try:
            if not await self._handshake(task, writer, peer) or not self._finds_room(task, peer):
                return
            while (frame := await frames.next()) is not None:
                self._busy.add(task)
                await self._answer(frame, writer, peer)
                del frame  # otherwise an idle connection would keep its last one
                self._busy.discard(task)
                if self._server is None or not self._server.is_serving():
                    break
        except (OSError, EOFError, TimeoutError) as error:
            level = logging.INFO if frames.has_read else logging.DEBUG  # a probe that resets is no news
            _log.log(level, "A connection of %s ended: %s", peer, type(error).__name__)
        except asyncio.CancelledError:
            pass  # the server stops, or others wait for a handshake
        finally:
            self._busy.discard(task)
            self._open.pop(task, None)
            self._connections.discard(task)
            frames.close()
            writer.close()
            with contextlib.suppress(OSError, TimeoutError, asyncio.CancelledError):
                async with asyncio.timeout(1.0):
                    await writer.wait_closed()

    def _finds_room(self, task: asyncio.Task[None], peer: str) -> bool:
        """Counts a connection; False if no more may be open."""
        sender = network(peer)
        own = [*self._open.values()].count(sender)
        if len(self._open) >= self._limits.connections or own >= self._limits.of_one:
            _log.warning("A connection of %s was closed: %d are open, %d of its own", peer, len(self._open), own)
            return False
        self._open[task] = sender
        return True

    async def _handshake(self, task: asyncio.Task[None], writer: asyncio.StreamWriter, peer: str) -> bool:
        """Does the TLS handshake and logs a failure, unlike ``start_server``: the sender may not know the reason.

        Returns:
            False if the peer closed without a word.

        Raises:
            OSError: it failed.
        """
        if self._tls is None:
            return True
        self._handshakes[task] = peer
        if len(self._handshakes) > self._limits.handshakes:
            oldest = next(iter(self._handshakes))
            _log.warning("A TLS handshake with %s was ended: too many are begun", self._handshakes.pop(oldest))
            oldest.cancel()
        try:
            return await begin_tls(writer, self._tls, seconds=self._limits.handshake_seconds)
        except OSError as error:
            said = (getattr(error, name, "") for name in ("verify_message", "reason"))
            why = next(filter(None, said), str(error)) or type(error).__name__
            _log.warning("A TLS handshake with %s failed: %s", peer, why)
            raise
        finally:
            self._handshakes.pop(task, None)

    async def _answer(self, frame: "_Frame", writer: asyncio.StreamWriter, peer: str) -> None:
        if frame.error is None:
            answers = await self._receiver.receive(frame.content, peer)
        else:
            what = told_apart(frame.content)
            _log.warning("A frame of %s was refused: %s (%s)", peer, frame.error.message, what)
            outcome = Outcome.ERROR if frame.again else Outcome.REJECTED
            answers = self._receiver.refuse(frame.content, frame.error, outcome)
        for answer in answers:
            writer.write(START + answer + END)
        async with asyncio.timeout(self._limits.write_seconds):
            await writer.drain()

    def _hold(self, change: int) -> int:
        """Adds to the number of bytes of frames that are not answered yet, and returns it."""
        self._held += change
        return self._held


@dataclass(frozen=True, slots=True)
class _Frame:
    """The content of a frame, or its beginning and why it is refused."""

    content: bytes
    error: R1Error | None = None
    again: bool = False  # whether the same frame may be accepted later


class _Frames:
    """Cuts a stream into frames. Bytes between frames are ignored, and logged once if they are not blank.

    ``has_read``: whether anything came at all.
    """

    def __init__(self, reader: asyncio.StreamReader, limits: Limits, hold: Callable[[int], int], peer: str) -> None:
        self._reader, self._peer = reader, peer
        self._limits = limits
        self._hold = hold
        self._buffer = bytearray()
        self._counted = 0
        self._handed_out = 0  # bytes of the frame that is being answered
        self._told = False
        self.has_read = False

    async def next(self) -> _Frame | None:
        """The next frame; None if the peer closed between two frames. The previous one counts as answered.

        Raises:
            EOFError: the peer closed within a frame.
            TimeoutError: the peer was silent for too long.
        """
        buffer = self._buffer
        self._handed_out = 0
        self._count()
        while (start := buffer.find(START)) < 0:
            self._tell(buffer)
            buffer.clear()
            async with asyncio.timeout(self._limits.idle_seconds):
                if not await self._fill():
                    return None
        self._tell(buffer[:start])
        del buffer[: start + 1]
        try:
            async with asyncio.timeout(self._limits.frame_seconds):
                return await self._rest_of_frame()
        except TimeoutError:
            seconds = self._limits.frame_seconds
            _log.warning("%s began a frame and did not end it within %g s: each ends with 1C 0D", self._peer, seconds)
            raise

    def close(self) -> None:
        """Stops counting its bytes as held."""
        self._hold(-self._counted)
        self._counted = 0

    def _tell(self, between: bytearray) -> None:
        if not self._told and between.strip():
            self._told = True
            _log.warning("%s sends bytes outside frames, which are not read: each begins with 0B", self._peer)

    async def _rest_of_frame(self) -> _Frame:
        buffer, searched, head = self._buffer, 0, b""
        error: R1Error | None = None
        again = False
        while (end := buffer.find(END, searched)) < 0:
            if error is None and len(buffer) > self._limits.frame_bytes:
                limit = self._limits.frame_bytes >> 20
                error = InputTooLargeError(f"The message is over {limit} MiB", hint="Send its documents one by one")
            elif error is None and len(buffer) > 1 << 20 and self._hold(0) > self._limits.held_bytes:
                error, again = InputTooLargeError("Too many large messages at once", hint="Send it again later"), True
            if error is not None:
                head = head or bytes(buffer[:_HEAD])
                del buffer[:-1]  # the rest of such a frame is read and discarded, so that the next one can be read
                self._count()
            searched = max(len(buffer) - 1, 0)
            if not await self._fill():
                ended = ": 0D is missing behind its 1C" if END[:1] in buffer else ""
                _log.warning("%s closed its connection within a frame%s", self._peer, ended)
                raise EOFError
            self._count()
        content = head or bytes(buffer[:end])
        del buffer[: end + len(END)]
        self._handed_out = len(content)
        self._count()
        if error is None and START in content:
            error = Hl7Error("A frame began before the last had ended", hint="End each with 1C 0D", code=100)
            content = content.rpartition(START)[2]
        return _Frame(content, error, again)

    async def _fill(self) -> bool:
        chunk = await self._reader.read(_CHUNK)
        self._buffer += chunk
        self.has_read |= bool(chunk)
        return bool(chunk)

    def _count(self) -> None:
        held = len(self._buffer) + self._handed_out
        self._hold(held - self._counted)
        self._counted = held


class MllpClient:
    """A connection to a receiver; use it as an async context manager around :func:`connect`.

    Args:
        reader: of the connection.
        writer: of the connection.
        seconds: from the beginning of a message to the end of its acknowledgement.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, seconds: float) -> None:
        limits = Limits(frame_seconds=seconds, idle_seconds=seconds)
        self._frames = _Frames(reader, limits, lambda change: 0, "The receiver")
        self._writer = writer
        self._seconds = seconds

    async def send(self, message: bytes) -> bytes:
        """Sends one message and returns its acknowledgement.

        Raises:
            EOFError: the peer closed the connection.
            TimeoutError: it did not answer in time.
            OSError: the network failed.
        """
        async with asyncio.timeout(self._seconds):  # for all of it: a receiver may also send other bytes endlessly
            self._writer.write(START + message + END)
            await self._writer.drain()
            frame = await self._frames.next()
        if frame is None:
            raise EOFError
        return frame.content

    async def close(self) -> None:
        """Ends the connection, whether or not the receiver reads what was written."""
        self._writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(1.0):
                await self._writer.wait_closed()
        self._writer.transport.abort()


async def connect(host: str, port: int, *, tls: ssl.SSLContext | None = None, seconds: float = 30.0) -> MllpClient:
    """Opens a connection to a receiver.

    Raises:
        OSError: it cannot be reached.
        TimeoutError: not in time.
    """
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_connection(host, port, ssl=tls, limit=_CHUNK)
    return MllpClient(reader, writer, seconds=seconds)
