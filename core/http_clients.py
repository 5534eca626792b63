"""Clients for servers that others run: the suite's only ones of httpx, so that what comes back has one rule."""

from typing import Any

import httpx

_TAKEN = "gzip"
"""At most a thousand times what it was packed to. Brotli and zstd make gigabytes of some kilobytes, before anybody can
count them, and httpx would offer both where their packages are installed."""
_OTHERS = frozenset({"br", "compress", "dcb", "dcz", "deflate", "x-compress", "x-gzip", "zstd"})
"""https://www.iana.org/assignments/http-parameters; what is none of them unpacks nothing."""


def http_client(**options: Any) -> httpx.Client:
    """A client with httpx's ``options``; an answer that is packed otherwise is refused unread, as a DecodingError."""
    client = httpx.Client(**options)
    client.headers["Accept-Encoding"] = _TAKEN
    client.event_hooks = {"response": [_check]}
    return client


def async_http_client(**options: Any) -> httpx.AsyncClient:
    """The same, asynchronous."""

    async def check(response: httpx.Response) -> None:
        _check(response)

    client = httpx.AsyncClient(**options)
    client.headers["Accept-Encoding"] = _TAKEN
    client.event_hooks = {"response": [check]}
    return client


def _check(response: httpx.Response) -> None:
    packings = [name.strip().lower() for name in response.headers.get("Content-Encoding", "").split(",")]
    if _OTHERS & {*packings} or packings.count(_TAKEN) > 1:
        raise httpx.DecodingError("The answer is packed in a way that was not asked for", request=response.request)
