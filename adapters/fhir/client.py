"""Reads one patient's record from a FHIR R4 server."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

from core.errors import FhirServerError, InputError, InputFormatError, SettingsError
from knowledge.medical.case import Unread

from .bundle import MAX_BYTES, MAX_ENTRIES, READ_TYPES, PatientRecord, bundle_entries, make_record, read_json
from .elements import Json, inner, is_id, objects, string
from .reasons import Reason
from .release import refuse_version

MAX_PAGES = 100  # of one resource type
PAGE_SIZE = 200
MAX_SECONDS = 180.0  # for a whole record
MAX_RETRY_WAIT = 10.0  # seconds, whatever Retry-After says
_RETRY_WAITS = (0.5, 1.0)  # seconds before the first and the second retry, when the server names none
_PARALLEL_SEARCHES = 4
_RETRIED = {429, 502, 503, 504}
_REFUSED = {400, 403, 404, 405, 501}
_HINTS = {
    401: "The server does not accept the token: set R1_FHIR_TOKEN to a valid one",
    403: "The token may not read this: ask the server's operator for read access",
    404: "Check the patient id and R1_FHIR_URL",
    410: "The patient was deleted on the server",
    429: "The server is busy: try again later",
}


@dataclass(slots=True)
class _Found:
    """What the search of one resource type gave."""

    entries: list[tuple[str, Json]] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


class FhirClient:
    """A connection to one FHIR server; use it as an async context manager.

    Args:
        base_url: ``https://host/fhir``.
        token: bearer token, sent to this server only.
        timeout: seconds for one answer, from the request to its last byte.
        transport: what carries the requests; the default is the network.

    Raises:
        SettingsError: the address or the token cannot be used, or the token would travel unencrypted.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str | None = None,
        timeout: float = 20.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._base = _checked_url(base_url, with_token=token is not None)
        self._timeout = timeout
        self._searches = asyncio.Semaphore(_PARALLEL_SEARCHES)
        headers = {"Accept": "application/fhir+json"}
        if token is not None:
            if not re.fullmatch(r"[\x21-\x7e]+", token):
                raise SettingsError("R1_FHIR_TOKEN has characters that no token has")
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx.AsyncClient(headers=headers, timeout=timeout, transport=transport, follow_redirects=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def capabilities(self) -> Json:
        """The server's CapabilityStatement, once it is known to be one of R4.

        Raises:
            FhirVersionError: the server speaks another release.
            FhirServerError: it does not answer, or not with a CapabilityStatement.
        """
        statement = await self._get("metadata")
        if statement.get("resourceType") != "CapabilityStatement":
            raise FhirServerError("The server's metadata is no CapabilityStatement", hint="Check R1_FHIR_URL")
        refuse_version(string(statement.get("fhirVersion")), what="The server")
        return statement

    async def read_patient(self, patient_id: str) -> PatientRecord:
        """Gathers the patient and the resources of ``READ_TYPES``.

        A resource type that the server refuses, and a page that is lost, are told in ``unread``.

        Raises:
            InputFormatError: the id is not a FHIR id, or the server's Patient is not valid R4.
            FhirVersionError: the server, or a resource, is of another FHIR release.
            FhirServerError: no such patient, no access, or no answer.
        """
        if not is_id(patient_id):
            raise InputFormatError("This is not a FHIR id", hint="An id has 1 to 64 letters, digits, - and .")
        await self.capabilities()
        patient = await self._get(f"Patient/{patient_id}")
        if patient.get("resourceType") != "Patient" or patient.get("id") != patient_id:
            raise FhirServerError("The server answered with something other than the patient", hint="Check R1_FHIR_URL")
        kinds = [kind for kind in READ_TYPES if kind != "Patient"]
        try:
            async with asyncio.timeout(MAX_SECONDS), asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._search(kind, patient_id)) for kind in kinds]
        except ExceptionGroup as errors:  # one failed and the group has stopped the others
            raise errors.exceptions[0] from None
        except TimeoutError:
            raise FhirServerError(
                f"The FHIR server did not deliver the record within {MAX_SECONDS:g} s", hint="Try again later"
            ) from None
        found = [task.result() for task in tasks]
        entries = [("", patient), *(entry for part in found for entry in part.entries)]
        unread = [told for part in found for told in part.unread]
        # Checking a large record takes seconds, in which the event loop must go on.
        return await asyncio.to_thread(make_record, entries, origin=str(self._base), unread=unread)

    async def _search(self, kind: str, patient_id: str) -> _Found:
        found = _Found()
        form = {"patient": patient_id, "_count": str(PAGE_SIZE)}
        async with self._searches:
            try:
                page = await self._send("POST", self._base.join(f"{kind}/_search"), form)
            except FhirServerError as error:
                if error.status not in _REFUSED:
                    raise
                found.unread.append(Unread(kind, Reason.REFUSED_BY_SERVER, str(error.status)))
                return found
            found.entries += _hits(page, kind)
            seen: set[httpx.URL] = set()
            while link := next((link for link in objects(page.get("link")) if link.get("relation") == "next"), None):
                url = self._own_url(string(link.get("url")))
                if url is None:
                    found.unread.append(Unread(kind, Reason.PAGE_LINK_REFUSED))
                    break
                if url in seen or len(seen) + 1 >= MAX_PAGES or len(found.entries) >= MAX_ENTRIES:
                    found.unread.append(Unread(kind, Reason.TOO_MANY_PAGES))
                    break
                seen.add(url)
                try:
                    page = await self._send("GET", url)
                    found.entries += _hits(page, kind)
                except FhirServerError as error:
                    found.unread.append(Unread(kind, Reason.PAGE_LOST, str(error.status or "")))
                    break
        return found

    def _own_url(self, link: str) -> httpx.URL | None:
        """The address of a link, None when it leaves this server: the token must not follow it.

        Parsed by the library that sends the request, so that both read the same host in it.
        """
        try:
            url = self._base.join(link)
        except httpx.InvalidURL:
            return None
        return url if _origin(url) == _origin(self._base) else None

    async def _get(self, path: str) -> Json:
        return await self._send("GET", self._base.join(path))

    async def _send(self, method: str, url: httpx.URL, form: Mapping[str, str] | None = None) -> Json:
        """One read, retried where that can help. A search by POST changes nothing, so it is retried as well."""
        waits = iter(_RETRY_WAITS)
        while True:
            wait = next(waits, None)
            try:
                async with asyncio.timeout(self._timeout):
                    status, headers, body = await self._exchange(method, url, form)
            except (TimeoutError, httpx.TimeoutException):
                raise FhirServerError(
                    f"The FHIR server gave no answer within {self._timeout:g} s",
                    hint="Try again, or raise R1_FHIR_TIMEOUT",
                ) from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                if wait is None or not isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError):
                    raise FhirServerError(
                        f"The FHIR server cannot be reached ({type(error).__name__})",
                        hint="Check R1_FHIR_URL and the network",
                    ) from None
            else:
                if wait is None or status not in _RETRIED:
                    return _resource(status, body)
                wait = _retry_after(headers, wait)
            await asyncio.sleep(wait)

    async def _exchange(
        self, method: str, url: httpx.URL, form: Mapping[str, str] | None
    ) -> tuple[int, httpx.Headers, bytes]:
        # Strict: a server that does not know the patient parameter must say so, not send everybody's resources.
        headers = {"Prefer": "handling=strict"} if form else None
        async with self._http.stream(method, url, data=form, headers=headers) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise FhirServerError(
                        f"The FHIR server's answer is over {MAX_BYTES // 2**20} MiB",
                        hint="The server ignores _count",
                        status=response.status_code,
                    )
            return response.status_code, response.headers, bytes(body)


def _resource(status: int, body: bytes) -> Json:
    """The resource of an answer.

    Raises:
        FhirServerError: it is an error, or no FHIR JSON.
    """
    try:
        content: Any = read_json(body)
    except InputError:
        content = None
    resource = inner(content)
    if status == 200 and string(resource.get("resourceType")):
        return resource
    if status == 200:
        raise FhirServerError(
            "The FHIR server's answer is no FHIR JSON", hint="Check R1_FHIR_URL: it may be a web page", status=status
        )
    hint = _HINTS.get(status, "The server failed: try again later" if status >= 500 else "Check R1_FHIR_URL")
    issues = objects(resource.get("issue")) if resource.get("resourceType") == "OperationOutcome" else []
    diagnostics = [code for issue in issues if re.fullmatch(r"[a-z][a-z-]{2,30}", code := string(issue.get("code")))]
    raise FhirServerError(
        f"The FHIR server answered with HTTP {status}", hint=hint, status=status, diagnostics=tuple(diagnostics)
    )


def _hits(page: Json, kind: str) -> list[tuple[str, Json]]:
    """The resources a search page was asked for."""
    if page.get("resourceType") != "Bundle":
        raise FhirServerError(f"The search for {kind} was not answered with a Bundle", hint="Check R1_FHIR_URL")
    try:
        return [entry for entry in bundle_entries(page) if entry[1].get("resourceType") == kind]
    except InputError as error:
        raise FhirServerError(error.message, hint="The server ignores _count") from None


def _retry_after(headers: httpx.Headers, default: float) -> float:
    """Seconds of a Retry-After header, up to the cap; its form as a date is rare and read as the default."""
    value = headers.get("Retry-After", "")
    return min(float(value), MAX_RETRY_WAIT) if re.fullmatch(r"\d{1,6}", value) else default


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _checked_url(base_url: str, *, with_token: bool) -> httpx.URL:
    try:
        url = httpx.URL(base_url.rstrip("/") + "/")
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment or url.userinfo:
        raise SettingsError("R1_FHIR_URL is not the address of a FHIR server", hint="It looks like https://host/fhir")
    if with_token and url.scheme == "http" and url.host not in ("localhost", "127.0.0.1", "::1"):
        raise SettingsError("R1_FHIR_TOKEN would be sent unencrypted", hint="Use an https:// address in R1_FHIR_URL")
    return url
