"""The CDS service: discovery, ``patient-view`` and feedback. https://cds-hooks.hl7.org/2.0/"""

import asyncio
import logging
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.middleware.cors import CORSMiddleware

from adapters.fhir.audit import Access, Action, AuditTrail
from adapters.fhir.auth import BearerToken
from adapters.fhir.bundle import PatientRecord, bundle_entries, make_record, next_link, warnings_in
from adapters.fhir.client import FhirClient
from adapters.fhir.elements import Json
from adapters.fhir.limits import MAX_BYTES
from adapters.fhir.reasons import Reason
from core.errors import (
    AuditError,
    FhirServerError,
    InputError,
    InputFormatError,
    InputTooLargeError,
    NoDataError,
    NotTrustedError,
    R1Error,
    SettingsError,
)
from core.log_throttle import ThrottledLog
from core.server.metrics import Metrics
from knowledge.medical.case import Unread

from .cards import Screen, make_card
from .request import FEEDBACK_OUTCOMES, PATIENT_VIEW, HookRequest, parse_feedback, parse_request
from .shown_cards import ShownCards
from .trust import Client, Clients

_log = logging.getLogger(__name__)
_NO_RECORD = "Neither the prefetch nor the FHIR server gives the patient's record"

SERVICE_ID = "r1-findings"
PREFETCH = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "observations": "Observation?patient={{context.patientId}}",
    "allergies": "AllergyIntolerance?patient={{context.patientId}}",
    "medications": "MedicationRequest?patient={{context.patientId}}",
}
_PREFETCHED = tuple(re.split("[/?]", query)[0] for query in PREFETCH.values())  # their resource types
MAX_FEEDBACK_BYTES = 1024 * 1024  # a thousand cards with the clinicians' reasons
SECONDS = 10.0  # for reading the record from the client's FHIR server: nobody waits longer for a card


@dataclass(frozen=True, slots=True)
class CdsService:
    """Answers calls.

    Args:
        screen: reads a record and looks for red flags.
        trail: the audit trail, without which nothing is read.
        shown: the cards shown before.
        launch_url: where the SMART app is launched; empty if it is not set up.
        transport: carries requests to FHIR servers; the network by default.
        seconds: for reading the whole record from the client's FHIR server.
    """

    screen: Screen
    trail: AuditTrail
    shown: ShownCards
    launch_url: str
    transport: httpx.AsyncBaseTransport | None = None
    seconds: float = SECONDS

    async def answer(self, request: HookRequest, client: Client) -> dict[str, Any]:
        """The cards for a call: one, or none if nothing is new.

        Raises:
            NoDataError: neither the prefetch nor the FHIR server has what is needed.
            InputError: the hook is not the service's, or the prefetched record is not one patient's.
            AuditError: the access could not be recorded.
        """
        if request.hook != PATIENT_VIEW:
            raise InputFormatError(f"hook is not {PATIENT_VIEW}", hint="Call this service for the hook that it lists")
        prefetched = await asyncio.to_thread(_prefetched, request)
        try:
            record = prefetched if prefetched and not _is_cut(prefetched) else await self._fetched(request, client)
        except NoDataError:
            if prefetched is None:
                raise
            record = prefetched
        if record is prefetched:
            access = Access(Action.READ, f"Patient/{request.patient}", _PREFETCHED)
            await self.trail.user(_user(request, client)).record(access)
        screened = await asyncio.to_thread(self.screen, record)
        card = make_card(screened, launch_url=self.launch_url, partial=record is prefetched)
        viewer = self.trail.pseudonym(f"{client.issuer}|Patient/{request.patient}|{request.user}")
        if card is None or not await asyncio.to_thread(self.shown.is_new, viewer, card):
            return {"cards": []}
        await asyncio.to_thread(self.shown.add, client.issuer, viewer, card)
        return {"cards": [card.content]}

    async def _fetched(self, request: HookRequest, client: Client) -> PatientRecord:
        """The record from the client's own server.

        Raises:
            NoDataError: that may not be asked, or the record cannot be read.
        """
        access = request.authorization
        if access is None:
            raise NoDataError(_NO_RECORD, hint="Send all prefetch keys, or fhirServer with fhirAuthorization")
        if not client.has_server(access.server):
            _log.warning("A call named a FHIR server that R1_CDS_CLIENTS does not list: %s", _host(access.server))
            raise NoDataError(_NO_RECORD, hint="List fhirServer in R1_CDS_CLIENTS, or send all prefetch keys")
        try:
            async with FhirClient(
                access.server,
                log=self.trail.user(_user(request, client)),
                auth=BearerToken(access.token),
                timeout=self.seconds,
                transport=self.transport,
            ) as fhir:
                return await fhir.read_patient(request.patient, seconds=self.seconds)
        except (FhirServerError, InputError, SettingsError) as error:
            # Only the messages of the server's own errors never name the patient.
            said = error.message if isinstance(error, FhirServerError) else type(error).__name__
            _log.warning("The record for a card was not had: %s", said)
            what = "Send all prefetch keys, or a token with which the FHIR server gives the record"
            raise NoDataError(f"{_NO_RECORD} ({said})", hint=what) from None


def cds_app(service: CdsService, clients: Clients, metrics: Metrics, *, base_url: str) -> FastAPI:
    """The service as an ASGI application with the paths below ``/cds-services``.

    Args:
        base_url: the suite's public address, which the JWTs of the clients name as their audience.
    """
    app = FastAPI(title="R1 Suite CDS Hooks", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=clients.origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type"],
    )
    path = f"/cds-services/{SERVICE_ID}"
    for outcome in FEEDBACK_OUTCOMES:  # starts at 0: Prometheus sees no increase in a series that begins at 1
        metrics.cds_feedback.labels(outcome)

    async def caller(request: Request, path: str) -> Client:
        authorization = request.headers.get("authorization", "")
        return await asyncio.to_thread(clients.check, authorization, base_url.rstrip("/") + path)

    @app.get("/cds-services")
    def discovery() -> dict[str, Any]:
        return {
            "services": [
                {
                    "hook": PATIENT_VIEW,
                    "title": "Findings to review",
                    "description": "Counts the findings in the record and names possible red flags, for review.",
                    "id": SERVICE_ID,
                    "prefetch": PREFETCH,
                }
            ]
        }

    @app.post(path)
    async def call(request: Request) -> JSONResponse:
        client = await caller(request, path)
        hook = await asyncio.to_thread(parse_request, await _body(request, MAX_BYTES, "Prefetch less"))
        return JSONResponse(await service.answer(hook, client))

    @app.post(f"{path}/feedback")
    async def feedback(request: Request) -> JSONResponse:
        client = await caller(request, f"{path}/feedback")
        body = await _body(request, MAX_FEEDBACK_BYTES, "Send it in several calls")
        items = await asyncio.to_thread(parse_feedback, body)
        taken = await asyncio.to_thread(service.shown.take, client.issuer, items)
        for item in taken:
            metrics.cds_feedback.labels(item.outcome).inc()
        return JSONResponse({}) if taken else _problem(404, "None of these cards was shown here")

    _handle_errors(app)
    return app


def _handle_errors(app: FastAPI) -> None:
    """Turns every error into an HTTP status that tells the client what to do."""
    untrusted = ThrottledLog(_log, "A call was refused: %s")

    @app.exception_handler(NotTrustedError)
    async def not_trusted(request: Request, error: NotTrustedError) -> JSONResponse:
        untrusted.error(error)
        return _problem(401, str(error))

    @app.exception_handler(NoDataError)
    async def no_data(request: Request, error: NoDataError) -> JSONResponse:
        return _problem(412, str(error))

    @app.exception_handler(R1Error)
    async def refused(request: Request, error: R1Error) -> JSONResponse:
        status = 413 if isinstance(error, InputTooLargeError) else 400 if isinstance(error, InputError) else 503
        if isinstance(error, AuditError):
            _log.error("A call was refused: %s", error)
        return _problem(status, str(error))


def _host(address: str) -> str:
    """The host alone, since a path may name a patient."""
    return urlsplit(address).hostname or "no host"


def _user(request: HookRequest, client: Client) -> str:
    """The user with the client's issuer, since two hospitals may each have a Practitioner/1."""
    return f"{client.issuer} {request.user}"


def _prefetched(request: HookRequest) -> PatientRecord | None:
    """The record from the prefetch; None if a key is missing or refused, or there is no patient: there may be more.

    A key that is null or an empty Bundle says that there is nothing; a missing key says nothing.
    """
    if not all(key in request.prefetch for key in PREFETCH) or request.prefetch["patient"] is None:
        return None
    entries: list[tuple[str, Json]] = []
    unread: list[Unread] = []
    for key in PREFETCH:
        resource = request.prefetch[key]
        if resource is None:
            continue
        if resource["resourceType"] == "Bundle":
            entries += bundle_entries(resource)
            unread += warnings_in(resource, key)
            if next_link(resource) is not None:
                unread.append(Unread(key, Reason.MORE_PAGES))
        elif resource["resourceType"] != "OperationOutcome":  # how some clients report that they were refused
            entries.append(("", resource))
        else:
            return None
    record = make_record(entries, origin="CDS Hooks", unread=unread, strict=False)
    if record.patient["id"] != request.patient:
        raise InputFormatError("prefetch.patient is not the patient of context.patientId", hint="Check the prefetch")
    return record


def _is_cut(record: PatientRecord) -> bool:
    """Whether there is more data than the client sent."""
    return any(told.reason in (Reason.MORE_PAGES, Reason.OTHER_NUMBER) for told in record.unread)


async def _body(request: Request, limit: int, hint: str) -> bytes:
    """The body, of at most ``limit`` bytes (whole MiB); ``hint`` says what to do if it is larger."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise InputTooLargeError(f"The body is over {limit >> 20} MiB", hint=hint)
    return bytes(body)


def _problem(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status_code=status)
