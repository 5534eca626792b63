"""HTTP with one FHIR server: limits, timeouts, retries that cannot do anything twice, and typed errors."""

import asyncio
import base64
import json
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from core.addresses import is_loopback
from core.errors import FhirServerError, InputError, SettingsError
from core.http_clients import async_http_client

from .elements import Json, inner, string
from .failures import failure, unreachable
from .limits import MAX_BYTES, read_json

MAX_RETRY_WAIT = 10.0  # seconds; a request is not retried if Retry-After names more
_RETRY_WAITS = (0.5, 1.0)  # seconds before the first and the second retry, when the server names none
_RETRIED = {429, 502, 503, 504}
_FHIR_JSON = "application/fhir+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: HTTP status, headers, and the resource, which is empty if there was no body."""

    status: int
    headers: httpx.Headers
    resource: Json


class Connection:
    """Carries requests to one server, and its credentials to no other.

    Args:
        base_url: ``https://host/fhir``.
        auth: signs the requests: see :mod:`adapters.fhir.auth`.
        timeout: seconds for one answer, from the request to its last byte.
        transport: carries the requests; None means the network.

    Raises:
        SettingsError: the address cannot be used, or the credentials would travel unencrypted.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: httpx.Auth | None,
        timeout: float,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        self.base = checked_url(base_url, with_credentials=auth is not None)
        self._timeout = timeout
        self._http = async_http_client(
            auth=auth,
            headers={"Accept": _FHIR_JSON},
            timeout=timeout,
            transport=transport,
            follow_redirects=False,
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    def own_url(self, link: str) -> httpx.URL | None:
        """The address of a link; None if it leaves this server, where the token must not go.

        The HTTP library itself parses it, so that the check and the request see the same host. A server that does not
        know of the TLS in front of it writes ``http``: such a link is followed with ``https``.
        """
        try:
            url = self.base.join(link)
        except httpx.InvalidURL:
            return None
        if (url.scheme, url.host, url.port) == ("http", self.base.host, None):
            url = url.copy_with(scheme=self.base.scheme, port=self.base.port)
        return url if _origin(url) == _origin(self.base) else None

    async def send(
        self,
        method: str,
        url: str | httpx.URL,
        *,
        resource: Json | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool,
        plain_json: bool = False,
        native: bool = False,
    ) -> Answer:
        """Sends one request.

        Args:
            url: relative to the base, or an address from :meth:`own_url`.
            repeatable: whether the request is idempotent. Only then is it retried after a lost answer or a status
                such as 503; one that never reached the server is always retried. At most two retries.
            plain_json: whether the answer may be JSON that is not a resource, as in Bulk Data.
            native: whether the answer may be a document itself, which is returned as a Binary.

        Raises:
            FhirServerError: its type says what happened.
        """
        # Encoded once, so that a retry sends the same bytes. Numbers of HL7 v2 are Decimals.
        content = json.dumps(resource, ensure_ascii=False, default=float).encode() if resource is not None else None
        sent = {**({"Content-Type": _FHIR_JSON} if content else {}), **(headers or {})}
        request = self._http.build_request(method, self.base.join(url), content=content, data=form, headers=sent)
        waits = iter(_RETRY_WAITS)
        while True:
            wait = next(waits, None)
            try:
                async with asyncio.timeout(self._timeout), self._answer(request) as response:
                    answer = response.status_code, response.headers, await _body(response)
            except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
                again = isinstance(error, httpx.ConnectError) or (
                    repeatable and isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError)
                )
                if wait is None or not again:
                    raise unreachable(error, self._timeout) from None
            else:
                again = wait is not None and repeatable and answer[0] in _RETRIED
                asked = retry_after(answer[1])
                wait = (wait or 0.0) if asked is None else asked
                if not again or wait > MAX_RETRY_WAIT:
                    if native and _is_document(*answer):
                        return _native(*answer)
                    return _answer(*answer, plain_json=plain_json)
            await asyncio.sleep(wait)

    @asynccontextmanager
    async def chunks(self, url: httpx.URL, *, seconds: float) -> AsyncIterator[AsyncIterator[bytes]]:
        """Streams NDJSON, within ``seconds`` in total; another server gets no credentials.

        Raises:
            FhirServerError: its type says what happened.
        """
        request = self._http.build_request("GET", url, headers={"Accept": "application/fhir+ndjson"})
        signed = _origin(url) == _origin(self.base)
        try:
            async with asyncio.timeout(seconds), self._answer(request, signed=signed) as response:
                if response.status_code != 200:
                    raise failure(response.status_code, {})
                yield response.aiter_bytes()
        except (TimeoutError, httpx.HTTPError) as error:
            raise unreachable(error, seconds) from None

    @asynccontextmanager
    async def _answer(self, request: httpx.Request, *, signed: bool = True) -> AsyncIterator[httpx.Response]:
        auth = httpx.USE_CLIENT_DEFAULT if signed else None
        response = await self._http.send(request, stream=True, auth=auth)
        try:
            yield response
        finally:
            await response.aclose()


async def _body(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_BYTES:
            raise FhirServerError(
                f"The FHIR server's answer is over {MAX_BYTES // 2**20} MiB",
                hint="The server ignores _count",
                status=response.status_code,
            )
    return bytes(body)


def _answer(status: int, headers: httpx.Headers, body: bytes, *, plain_json: bool) -> Answer:
    """The answer, if it is a success.

    Raises:
        FhirServerError: it is an error, or not FHIR JSON.
    """
    try:
        resource = inner(read_json(body)) if body.strip() else {}
    except InputError:
        resource = {}
    if not 200 <= status < 300:
        raise failure(status, resource, retry_after(headers))
    known = bool(resource) if plain_json else bool(string(resource.get("resourceType")))
    if not known and (status == 200 or (body.strip() and not plain_json)):
        raise FhirServerError(
            "The FHIR server's answer is no FHIR JSON", hint="Check R1_FHIR_URL: it may be a web page", status=status
        )
    return Answer(status, headers, resource)


def _is_document(status: int, headers: httpx.Headers, body: bytes) -> bool:
    """Whether an answer is the document itself, not a resource: https://hl7.org/fhir/R4/binary.html#rest."""
    kind = headers.get("Content-Type", "")
    return status == 200 and bool(kind and body) and not re.search(r"[/+]json\b|fhir\+xml", kind)


def _native(status: int, headers: httpx.Headers, body: bytes) -> Answer:
    data = base64.b64encode(body).decode()
    binary: Json = {"resourceType": "Binary", "contentType": headers["Content-Type"], "data": data}
    return Answer(status, headers, binary)


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds in a Retry-After header, which is a number or a date; None if there is none.

    https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    value = headers.get("Retry-After", "")
    if re.fullmatch(r"\d{1,9}", value):
        return float(value)
    moment = http_date(value)
    return max(0.0, moment.timestamp() - time.time()) if moment else None


def http_date(value: str) -> datetime | None:
    """The moment that a header names; None if it names none.

    https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
    """
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def checked_url(base_url: str, *, with_credentials: bool) -> httpx.URL:
    """The address of a FHIR server, with a slash at its end.

    Raises:
        SettingsError: it is not such an address, or credentials would travel to it unencrypted.
    """
    try:
        url = httpx.URL(base_url.rstrip("/") + "/")
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment or url.userinfo:
        raise SettingsError(
            "This is no address of a FHIR server", hint="R1_FHIR_URL or --server is its base, such as https://host/fhir"
        )
    if with_credentials and url.scheme == "http" and not is_loopback(url.host):
        raise SettingsError("Credentials would be sent unencrypted", hint="Use an https:// address in R1_FHIR_URL")
    return url
