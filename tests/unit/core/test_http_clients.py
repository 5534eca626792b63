"""What answers of other servers may unpack to, and why there was none."""

import asyncio
import errno
import gzip
import os
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from core.deadline import deadline
from core.http_clients import async_http_client, fault_of, http_client

URL = "https://other.example/"


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Tells whether it was read."""

    def __init__(self, content: bytes = b"") -> None:
        self.content, self.read = content, False

    def __iter__(self) -> Iterator[bytes]:
        self.read = True
        yield self.content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.read = True
        yield self.content


def answering(body: Body, *encodings: str) -> httpx.MockTransport:
    headers = [("content-encoding", encoding) for encoding in encodings]
    return httpx.MockTransport(lambda request: httpx.Response(200, headers=headers, stream=body))


def fetched(transport: httpx.MockTransport, *, asynchronous: bool) -> httpx.Response:
    async def fetch() -> httpx.Response:
        async with async_http_client(transport=transport) as client:
            return await client.get(URL)

    if asynchronous:
        return asyncio.run(fetch())
    with http_client(transport=transport) as client:
        return client.get(URL)


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("encodings", [("br",), ("zstd",), ("deflate",), ("gzip, gzip",), ("gzip", "br"), ("GZIP,br",)])
def test_what_is_packed_otherwise_is_refused_unread(encodings: tuple[str, ...], asynchronous: bool) -> None:
    body = Body()
    with pytest.raises(httpx.DecodingError):
        fetched(answering(body, *encodings), asynchronous=asynchronous)
    assert not body.read


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("encodings", [(), ("identity",), ("utf-8",), ("gzip",), ("GZip",)])
def test_gzip_is_asked_for_and_read(encodings: tuple[str, ...], asynchronous: bool) -> None:
    packed = "gzip" in [encoding.lower() for encoding in encodings]
    body = Body(gzip.compress(b"hello") if packed else b"hello")
    answer = fetched(answering(body, *encodings), asynchronous=asynchronous)
    assert (answer.content, answer.request.headers["accept-encoding"]) == (b"hello", "gzip")


def test_the_end_of_a_time_limit_is_told_as_one_whatever_it_broke() -> None:
    def too_slow() -> None:
        with deadline(0.01) as limit:
            while not limit._over:
                time.sleep(0.001)
            raise ConnectionResetError(errno.ECONNRESET, "reset")

    with pytest.raises(TimeoutError) as caught:
        too_slow()
    assert fault_of(caught.value) == "TimeoutError"
    assert fault_of(ConnectionResetError(errno.ECONNRESET, "reset")) == os.strerror(errno.ECONNRESET)
