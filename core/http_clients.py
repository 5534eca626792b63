"""HTTP clients for third-party servers: the suite makes no other httpx clients, so one rule covers all responses."""

import os
import ssl
from typing import Any

import httpx

_TAKEN = "gzip"
"""Expands at most a thousandfold. Brotli and zstd can expand kilobytes to gigabytes before anybody can count them, and
httpx would offer both if their packages are installed."""
_OTHERS = frozenset({"br", "compress", "dcb", "dcz", "deflate", "x-compress", "x-gzip", "zstd"})
"""https://www.iana.org/assignments/http-parameters; httpx decodes no other coding."""


def http_client(**options: Any) -> httpx.Client:
    """A client with httpx's ``options``; a response in another encoding raises DecodingError before it is read."""
    client = httpx.Client(**options)
    client.headers["Accept-Encoding"] = _TAKEN
    client.event_hooks = {"response": [_check]}
    return client


def async_http_client(**options: Any) -> httpx.AsyncClient:
    """:func:`http_client`, asynchronous."""

    async def check(response: httpx.Response) -> None:
        _check(response)

    client = httpx.AsyncClient(**options)
    client.headers["Accept-Encoding"] = _TAKEN
    client.event_hooks = {"response": [check]}
    return client


def fault_of(error: BaseException) -> str:
    """Why a request got no answer, as OpenSSL or the system says it: ``unable to get local issuer certificate``.

    The kind of the error where neither says anything. It holds nothing of the request or of an answer.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return str(getattr(cause, "verify_message", "") or cause.reason).rstrip(".")
        if isinstance(cause, OSError) and cause.errno:  # below zero it is of the name service
            return os.strerror(cause.errno) if cause.errno > 0 else str(cause.strerror)
        several = cause.exceptions if isinstance(cause, BaseExceptionGroup) else ()  # one for each address of a name
        if isinstance(cause, TimeoutError):  # a deadline's, which broke off what is behind it
            break
        cause = next(iter(several), cause.__cause__ or cause.__context__)
    return type(error).__name__


def _check(response: httpx.Response) -> None:
    packings = [name.strip().lower() for name in response.headers.get("Content-Encoding", "").split(",")]
    if _OTHERS & {*packings} or packings.count(_TAKEN) > 1:
        raise httpx.DecodingError("The answer is packed in a way that was not asked for", request=response.request)
