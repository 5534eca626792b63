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


def test_open_patients_belong_to_the_clinician_the_account_or_the_browser(access: FhirAccess) -> None:
    """An account cannot take a clinician's name, nor a browser an account's; each sign-in of one person is the same."""
    unsigned: Any = None
    accounts = Accounts(access.sessions._database, cost=4)
    accounts.add("hospital Practitioner/dr", "correct horse battery", {Role.CLINICIAN})
    clinician = SmartSession(unsigned, Clinician("Practitioner/dr", "Dr Byron", "Patient/p"))
    browsers: list[dict[str, str]] = [{"r1_browser": "a"}, {"r1_browser": "b"}, {"r1_browser": "account ada"}]
    for name in ("Ada", "hospital Practitioner/dr"):
        account = accounts.check(name, "correct horse battery", "")
        browsers.append({"r1_browser": "a", "r1_session": access.sessions.start(account, {})})
    browsers.append({"r1_browser": "a", access.at_hospital.cookie: access.at_hospital.add(clinician)})
    holders = [access.holder(cookies) for cookies in browsers]
    assert len({*holders}) == len(browsers)
    again = access.sessions.start(accounts.check("ada", "correct horse battery", ""), {})
    assert access.holder({"r1_session": again}) == holders[3]
    assert access.holder({access.at_hospital.cookie: access.at_hospital.add(clinician)}) == holders[5]
    assert access.holder({}) == access.holder({"r1_session": "ended"}) == ""
