"""By what name the audit trail and the page know whoever reads a record."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from adapters.fhir.audit import Access, Action, AuditTrail
from adapters.fhir.drafts import Clinician
from adapters.fhir.launch import SmartSession
from apps.auth.accounts import Accounts, Role
from apps.auth.sessions import Sessions
from apps.fhir_access import FhirAccess
from apps.smart import SmartSessions
from core.settings import Settings

IDLE = timedelta(minutes=30)


@pytest.fixture
def access(database: Engine) -> FhirAccess:
    Accounts(database, cost=4).add("Ada", "correct horse battery", {Role.CLINICIAN})
    settings = Settings(fhir_url="https://ehr.example.org/fhir")
    sessions = Sessions(database, IDLE, secure=False)
    return FhirAccess(settings, AuditTrail(database, b"k" * 32), sessions, SmartSessions(IDLE, secure=False))


def recorded(access: FhirAccess, cookies: dict[str, str]) -> str:
    """Who read, by the trail."""

    async def read() -> None:
        async with access.connect(cookies) as client:
            await client.log.record(Access(Action.READ, "Patient/p"))

    asyncio.run(read())
    return str(access.trail.events()[0]["agent"][1]["who"]["identifier"]["value"])


def test_who_reads_is_named(access: FhirAccess) -> None:
    unsigned: Any = None
    assert recorded(access, {}) == "diagnosis page"
    assert access.name({}) == ""
    account = Accounts(access.sessions._database, cost=4).check("Ada", "correct horse battery", "")
    cookies = {"r1_session": access.sessions.start(account, {})}
    assert recorded(access, cookies) == "Ada"
    assert access.name(cookies) == "Ada"
    clinician = SmartSession(unsigned, Clinician("Practitioner/dr", "Dr Byron", "Patient/p"))
    cookies = {access.at_hospital.cookie: access.at_hospital.add(clinician)}
    assert recorded(access, cookies) == "Practitioner/dr"
    assert access.name(cookies) == "Dr Byron"
