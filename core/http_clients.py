"""HTTP clients for third-party servers: the suite makes no other httpx clients, so one rule covers all responses."""

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


def _check(response: httpx.Response) -> None:
    packings = [name.strip().lower() for name in response.headers.get("Content-Encoding", "").split(",")]
    if _OTHERS & {*packings} or packings.count(_TAKEN) > 1:
        raise httpx.DecodingError("The answer is packed in a way that was not asked for", request=response.request)
