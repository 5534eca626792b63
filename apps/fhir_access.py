"""The user of a browser, and the connection to the FHIR server on their behalf."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace

from adapters.fhir.audit import AuditTrail
from adapters.fhir.bundle import PatientRecord
from adapters.fhir.client import FhirClient
from adapters.fhir.drafts import Clinician
from adapters.fhir.elements import objects, source_of, string
from adapters.fhir.reasons import Reason
from adapters.hl7v2.inbox import Inbox
from core.digest import digest
from core.settings import Settings
from knowledge.medical.case import Unread

from .auth.browser import browser_cookie
from .auth.sessions import Sessions
from .bootstrap import open_fhir
from .smart import SmartSessions


@dataclass(frozen=True, slots=True)
class FhirAccess:
    """Connections to the FHIR server for the pages, with the signed-in clinician's token or the suite's own."""

    settings: Settings
    trail: AuditTrail
    sessions: Sessions
    at_hospital: SmartSessions
    inbox: Inbox | None = None

    @contextlib.asynccontextmanager
    async def connect(self, cookies: dict[str, str]) -> AsyncIterator[FhirClient]:
        """A connection for a browser.

        Raises:
            SettingsError: there is no server, or its address or the token cannot be used.
            StorageError: the database cannot be read.
        """
        session = self.at_hospital.of(cookies)
        log = self.trail.user(await asyncio.to_thread(self.user, cookies))
        async with open_fhir(self.settings, log, auth=session.auth if session else None) as client:
            yield client

    async def read_patient(self, cookies: dict[str, str], patient_id: str) -> PatientRecord:
        """A patient's record, with a note of how many messages about the patient the inbox has not delivered.

        Raises:
            R1Error: see :meth:`connect` and :meth:`adapters.fhir.client.FhirClient.read_patient`.
        """
        async with self.connect(cookies) as client:
            record = await client.read_patient(patient_id)
        if self.inbox is None:
            return record
        people = (record.patient, *record.merged)
        numbers = [identifier for person in people for identifier in objects(person.get("identifier"))]
        known = [(string(number.get("system")), string(number.get("value"))) for number in numbers]
        if not (waiting := await asyncio.to_thread(self.inbox.undelivered, known)):
            return record
        undelivered = Unread(source_of(record.patient), Reason.UNDELIVERED, str(waiting))
        return replace(record, unread=(undelivered, *record.unread))

    def user(self, cookies: dict[str, str]) -> str:
        """A browser's user as named in the audit trail; without accounts all users share one name.

        Raises:
            StorageError: the database cannot be read.
        """
        clinician = self.clinician(cookies)
        return clinician.reference if clinician else self.sessions.name(cookies) or "diagnosis page"

    def name(self, cookies: dict[str, str]) -> str:
        """Who has signed in with a browser, for a page's header; empty for nobody.

        Raises:
            StorageError: the database cannot be read.
        """
        clinician = self.clinician(cookies)
        return clinician.name if clinician else self.sessions.name(cookies)

    def holder(self, cookies: Mapping[str, str]) -> str:
        """Whose open patients a browser may show: the clinician's, the account's or, if nobody has signed in, its own.

        Empty for a browser that has no name yet.

        Raises:
            StorageError: the database cannot be read.
        """
        if session := self.at_hospital.of(cookies):
            return f"hospital {session.clinician.reference}"
        if account := self.sessions.account(cookies, used=False):
            return f"account {account.key}"
        name = cookies.get(browser_cookie(secure=self.sessions.secure))
        return f"browser {digest(name)}" if name else ""

    def clinician(self, cookies: dict[str, str]) -> Clinician | None:
        """Who has signed in at the hospital with this browser; None if nobody has."""
        session = self.at_hospital.of(cookies)
        return session.clinician if session else None

    def open_patient(self, cookies: dict[str, str]) -> str:
        """Id of the patient whom the hospital system has open; empty if there is none."""
        session = self.at_hospital.of(cookies)
        return session.clinician.patient.removeprefix("Patient/") if session else ""
