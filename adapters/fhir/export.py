"""Bulk Data $export: many patients at once, as files. https://hl7.org/fhir/uv/bulkdata/export.html"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import httpx

from core.errors import FhirServerError, FhirUnreachableError, InputError, InputFormatError, StorageError

from .audit import Access, Action, recorded
from .client import FhirClient
from .connection import MAX_RETRY_WAIT, retry_after
from .elements import Json, inner, is_id, objects, string
from .limits import read_json

MAX_LINE_BYTES = 16_000_000  # of one resource
MAX_FILES = 10_000
MAX_WAIT = 6 * 3600.0  # seconds for the server to prepare the files
MAX_FILE_SECONDS = 3600.0  # for one file
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 120.0  # seconds between two polls, at least and at most, whatever the server asks
_TYPE = re.compile(r"[A-Z][A-Za-z]{2,40}")


@dataclass(frozen=True, slots=True)
class Exported:
    """The result of an export.

    Attributes:
        files: one NDJSON file for each that the server made, named ``Type.n.ndjson``.
        resources: type -> count.
        bad_lines: number of lines that were not a resource of their file's type; they are not in the files.
        missing: how many resources the server counted but did not deliver.
        errors: how many files of OperationOutcomes about failed exports the server lists.
    """

    files: tuple[Path, ...]
    resources: dict[str, int]
    bad_lines: int
    missing: int
    errors: int


async def export(
    client: FhirClient,
    folder: Path,
    *,
    group: str = "",
    since: str = "",
    progress: Callable[[str], None] = lambda said: None,
) -> Exported:
    """Has the server export all patients, or those of a group, and stores the files.

    A file that was not read to its end is deleted. In any case the server is asked to delete its own files.

    Args:
        folder: where the files go; it is made, readable by its owner only.
        group: id of a Group; empty for all patients.
        since: only what changed after this instant, ``2026-01-02T03:04:05Z``.
        progress: receives what the server says about its progress, which holds no patient data.

    Raises:
        InputFormatError: the group is not an id, or ``since`` is not an instant.
        AuditError: the access could not be recorded.
        StorageError: the folder cannot be written.
        FhirServerError: the server refused, failed or took too long.
    """
    url = _kick_off_url(group, since)
    async with recorded(client.log.record, Access(Action.EXPORT, "", ("Patient",))):
        headers = {"Prefer": "respond-async"}
        answer = await client.connection.send("GET", url, headers=headers, repeatable=False)
        status = client.connection.own_url(answer.headers.get("Content-Location", ""))
        if answer.status != 202 or status is None or not answer.headers.get("Content-Location"):
            raise FhirServerError(
                "The server did not begin an export", hint="See: r1 ehr connect", status=answer.status
            )
        try:
            return await _keep(client, await _ready(client, status, progress), folder, progress)
        finally:
            await _delete(client, status)


def _kick_off_url(group: str, since: str) -> str:
    if group and not is_id(group):
        raise InputFormatError(
            "This is not the id of a group", hint="An id has 1 to 64 letters, digits, hyphens and dots"
        )
    if since and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", since):
        raise InputFormatError("This is not an instant", hint="Write it like 2026-01-02T03:04:05Z")
    path = f"Group/{group}/$export" if group else "Patient/$export"
    return str(httpx.URL(path, params={"_since": since})) if since else path


async def _ready(client: FhirClient, status: httpx.URL, progress: Callable[[str], None]) -> Json:
    """The manifest, once the server has prepared the files."""
    end = time.monotonic() + MAX_WAIT
    wait = _FIRST_WAIT
    while time.monotonic() < end:
        answer = await client.connection.send("GET", status, repeatable=True, plain_json=True)
        if answer.status == 200:
            return answer.resource
        said = answer.headers.get("X-Progress", "")
        progress(said if re.fullmatch(r"[\w %.,/-]{1,60}", said) else "preparing")
        asked = retry_after(answer.headers)
        wait = min(wait * 2, MAX_RETRY_WAIT) if asked is None else asked
        wait = min(max(wait, _FIRST_WAIT), _LONGEST_WAIT)
        await asyncio.sleep(wait)
    raise FhirUnreachableError(f"The export was not ready within {MAX_WAIT / 3600:g} h", hint="Export a group")


async def _keep(client: FhirClient, manifest: Json, folder: Path, progress: Callable[[str], None]) -> Exported:
    outputs = objects(manifest.get("output"))
    if len(outputs) > MAX_FILES:
        raise FhirServerError(f"The export has over {MAX_FILES:,} files", hint="Export a group")
    files: list[Path] = []
    resources: dict[str, int] = {}
    bad = missing = 0
    for number, output in enumerate(outputs, start=1):
        kind, address = string(output.get("type")), string(output.get("url"))
        url = _file_url(client, address, needs_token=manifest.get("requiresAccessToken") is not False)
        if not _TYPE.fullmatch(kind) or url is None:
            raise FhirServerError("The export names a file that cannot be fetched", hint="Ask the server's operator")
        progress(f"{kind}, file {number} of {len(outputs)}")
        file = folder / f"{kind}.{number}.ndjson"
        good, refused = await _fetch(client, url, kind, file)
        files.append(file)
        resources[kind] = resources.get(kind, 0) + good
        bad += refused
        counted = output.get("count")
        missing += max(0, counted - good - refused) if isinstance(counted, int) else 0
    return Exported(tuple(files), resources, bad, missing, len(objects(manifest.get("error"))))


def _file_url(client: FhirClient, address: str, *, needs_token: bool) -> httpx.URL | None:
    """The file's address; None for one on another server, unless it needs no token and is encrypted."""
    if own := client.connection.own_url(address):
        return own
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        return None
    return url if url.scheme == "https" and url.host and not needs_token else None


async def _fetch(client: FhirClient, url: httpx.URL, kind: str, file: Path) -> tuple[int, int]:
    """Downloads a file; returns how many lines were resources of the type, and how many were not."""
    part = file.with_name(file.name + ".part")
    good = bad = 0
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.touch(mode=0o600)
        with part.open("w", encoding="utf-8") as out:
            chunks = client.connection.chunks(url, seconds=MAX_FILE_SECONDS)
            async with chunks as content:
                async for line in _lines(content):
                    taken = _copy(line, kind, out)
                    good, bad = good + taken, bad + (not taken)
        part.replace(file)
    except OSError as error:
        raise StorageError(f"The export cannot be stored ({error.strerror})", hint="Check the folder") from None
    finally:
        part.unlink(missing_ok=True)
    return good, bad


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = bytearray()
    async for chunk in chunks:
        *ends, begun = chunk.split(b"\n")
        for end in ends:
            line = bytes(rest + end)
            rest.clear()
            if line.strip():
                yield line
        rest += begun
        if len(rest) > MAX_LINE_BYTES:
            raise FhirServerError("A line of the export is too long", hint="The server sends no NDJSON")
    if rest.strip():
        yield bytes(rest)


def _copy(line: bytes, kind: str, out: TextIO) -> bool:
    """Writes a line if it is a resource of the type, as one line in UTF-8; returns whether it is."""
    try:
        resource = inner(read_json(line))
    except InputError:
        return False
    if resource.get("resourceType") != kind:
        return False
    out.write(json.dumps(resource, ensure_ascii=False, separators=(",", ":")) + "\n")
    return True


async def _delete(client: FhirClient, status: httpx.URL) -> None:
    """Asks the server to delete its files, and ignores a failure."""
    try:
        await client.connection.send("DELETE", status, repeatable=True, plain_json=True)
    except FhirServerError:
        return
