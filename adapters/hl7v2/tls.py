"""TLS around MLLP: contexts of a receiver and of a sender, and the handshake of a connection."""

import asyncio
import socket
import ssl
from pathlib import Path
from typing import cast

from core.errors import SettingsError


async def begin_tls(writer: asyncio.StreamWriter, context: ssl.SSLContext, *, seconds: float) -> bool:
    """Does the handshake of a connection that was accepted and from which nothing has been read.

    Args:
        writer: of the connection.
        context: our own.
        seconds: until it is over.

    Returns:
        False if the peer closed before it had sent anything, as the probe of a load balancer does.

    Raises:
        OSError: it failed, or was not over in time.
    """
    transport = cast(asyncio.Transport, writer.transport)  # of a socket
    transport.pause_reading()  # what the peer sends is for TLS
    try:
        async with asyncio.timeout(seconds):
            if not await _sends_anything(writer.get_extra_info("socket")):
                return False
            await writer.start_tls(context)
    except TimeoutError:
        raise TimeoutError(f"It takes longer than {seconds:g} s") from None
    return True


async def _sends_anything(connection: socket.socket) -> bool:
    """Waits for a first byte, which stays unread; False if the peer closes without one."""
    loop = asyncio.get_running_loop()
    with connection.dup() as own:  # a loop watches no descriptor for us that one of its transports has
        readable = asyncio.Event()
        loop.add_reader(own, readable.set)
        try:
            await readable.wait()
            return bool(own.recv(1, socket.MSG_PEEK))
        except ConnectionResetError:
            return False
        finally:
            loop.remove_reader(own)


def server_tls(certificate: Path, key: Path, clients: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or newer with our own certificate.

    Args:
        certificate: PEM file of the chain.
        key: PEM file of its private key.
        clients: PEM file of the authorities whose certificates clients must present; None asks for none.

    Raises:
        SettingsError: a file cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:
        raise SettingsError(
            f"The certificates for MLLP cannot be used ({_said(error)})",
            hint="Check R1_MLLP_CERTIFICATE and R1_MLLP_KEY",
        ) from None
    try:
        if clients is not None:
            context.load_verify_locations(clients)
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError as error:
        raise SettingsError(
            f"The certificates of senders cannot be used ({_said(error)})", hint="Check R1_MLLP_CLIENTS"
        ) from None
    return context


def client_tls(authorities: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or newer to a receiver whose certificate is checked.

    Args:
        authorities: PEM file of the authorities that may have issued its certificate; None takes the machine's.
        certificate: PEM file of the chain that we present; None presents none.
        key: PEM file of its private key.

    Raises:
        SettingsError: a file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=authorities)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if certificate is not None:
            context.load_cert_chain(certificate, key)
    except OSError as error:
        raise SettingsError(
            f"The certificates for results cannot be used ({_said(error)})",
            hint="Check R1_RESULT_AUTHORITIES, R1_MLLP_CERTIFICATE and R1_MLLP_KEY",
        ) from None
    return context


def _said(error: OSError) -> str:
    """What OpenSSL or the system says of a file, such as KEY_VALUES_MISMATCH."""
    if isinstance(error, ssl.SSLError):
        return error.reason or "no PEM, or without a certificate or its key"
    return error.strerror or type(error).__name__
