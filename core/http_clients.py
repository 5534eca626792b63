"""Clients for servers that others run: the suite's only ones of httpx, so that what comes back has one rule."""

from typing import Any

import httpx

_TAKEN = "gzip"
"""At most a thousand times what it was packed to. Brotli and zstd make gigabytes of some kilobytes, before anybody can
count them, and httpx would offer both where their packages are installed."""


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
    if response.headers.get("Content-Encoding", "").strip().lower() not in ("", "identity", _TAKEN):
        raise httpx.DecodingError("The answer is packed in a way that was not asked for", request=response.request)
