"""The interfaces to a hospital, each if it is set up: CDS Hooks, SMART sign-in, public keys, sending of results."""

import functools
from collections.abc import Callable
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.routing import Route

from adapters.cds_hooks.cards import Screened
from adapters.cds_hooks.service import CdsService, cds_app
from adapters.cds_hooks.shown_cards import ShownCards
from adapters.cds_hooks.trust import read_clients
from adapters.cds_hooks.used_tokens import UsedTokens
from adapters.fhir.auth import OAuthServer, SiteKeys
from adapters.fhir.bundle import PatientRecord
from adapters.fhir.launch import SmartApp
from adapters.hl7v2.outgoing import ResultReceiver
from adapters.hl7v2.tls import client_tls
from core.settings import Settings
from knowledge.medical.red_flags import Outcome

from .bootstrap import Suite
from .diagnosis.service import DiagnosisService
from .fhir_access import FhirAccess
from .smart import CALLBACK, LAUNCH, key_routes, smart_routes

OPEN = ("/cds-services", LAUNCH, CALLBACK, "/.well-known/jwks.json")
"""Paths that authenticate callers themselves, or that everybody may read."""


def mount_hospital(app: FastAPI, suite: Suite, access: FhirAccess) -> None:
    """Adds the routes that the settings enable.

    Raises:
        SettingsError: a file that they name cannot be used.
    """
    settings = suite.settings
    keys = SiteKeys(settings.smart_key) if settings.smart_key else None
    if keys:
        app.include_router(key_routes(keys))
    launch_url = ""
    if settings.smart_client_id and settings.fhir_url:
        launch_url = settings.public_base + LAUNCH
        smart = SmartApp(
            OAuthServer(settings.fhir_url, timeout=settings.fhir_timeout),
            client_id=settings.smart_client_id,
            redirect_uri=settings.public_base + CALLBACK,
            scope=settings.smart_user_scope,
            keys=keys,
        )
        app.include_router(smart_routes(smart, access.at_hospital, access.sessions))
    if settings.cds_clients:
        screen: Callable[[PatientRecord], Screened] = functools.partial(screen_record, suite.diagnosis)
        service = CdsService(screen, suite.oversight.trail, ShownCards(suite.database), launch_url)
        clients = read_clients(settings.cds_clients, UsedTokens(suite.database))
        cds = cds_app(service, clients, suite.metrics, base_url=settings.public_base)
        app.router.routes += [Route("/cds-services", cds), Route("/cds-services/{rest:path}", cds)]


def open_result_receiver(settings: Settings) -> ResultReceiver | None:
    """The system that approved results can be sent to; None if none is set up.

    Raises:
        SettingsError: a certificate cannot be used.
    """
    if settings.result_url is None:
        return None
    to = urlsplit(settings.result_url)
    tls = None
    if to.scheme == "mllps":
        tls = client_tls(settings.result_authorities, settings.mllp_certificate, settings.mllp_key)
    sender, receiver = map(_application_and_facility, (settings.result_sender, settings.result_receiver))
    return ResultReceiver(to.hostname or "", to.port or 0, sender, receiver, tls)


def screen_record(diagnosis: DiagnosisService, record: PatientRecord) -> Screened:
    """The findings, and the red flags that fired."""
    case = diagnosis.read_record(record)
    return Screened(case, tuple(flag for flag in diagnosis.red_flags(case) if flag.outcome is Outcome.FIRED))


def _application_and_facility(setting: str) -> tuple[str, str]:
    application, _, facility = setting.partition(",")
    return application.strip(), facility.strip()
