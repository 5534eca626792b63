"""A hospital system that calls CDS Hooks: the service with all that it needs, pinned keys, tokens and hooks."""

import asyncio
import json
import time
import uuid
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import Engine

from adapters.cds_hooks.cards import OVERRIDE_SYSTEM, Screen, Screened
from adapters.cds_hooks.service import PREFETCH, CdsService, cds_app
from adapters.cds_hooks.shown_cards import ShownCards
from adapters.cds_hooks.trust import Clients, read_clients
from adapters.cds_hooks.used_tokens import UsedTokens
from adapters.fhir.audit import AuditTrail
from adapters.fhir.bundle import PatientRecord
from adapters.fhir.to_case import to_case
from core.server.metrics import Metrics
from knowledge.medical.red_flags import Has, Outcome, RedFlag, Rule, Used
from tests.databases import sqlite_database
from tests.medical_fakes import Names, Reader

ISSUER, ORIGIN = "https://ehr.example.org", "https://ehr.example.org"
OTHER_ISSUER = "https://other.example.org"  # with the same keys
BASE = "https://r1.example.org"
CALL = "/cds-services/r1-findings"
FEEDBACK = f"{CALL}/feedback"
SEIZURE = {"coding": [{"system": "http://purl.obolibrary.org/obo/hp.owl", "code": "HP:0001250"}]}
KEY = ECKey.generate_key("P-384", {"kid": "k1"})


def condition(code: dict[str, Any] = SEIZURE, condition_id: str = "c") -> dict[str, Any]:
    return {"resourceType": "Condition", "id": condition_id, "subject": {"reference": "Patient/p"}, "code": code}


def searchset(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": resource} for resource in resources]}


def prefetch(*conditions: dict[str, Any]) -> dict[str, Any]:
    patient = {"resourceType": "Patient", "id": "p", "name": [{"family": "Zzyzx"}]}
    return {**dict.fromkeys(PREFETCH), "patient": patient, "conditions": searchset(*conditions)}


def hook(**changes: Any) -> dict[str, Any]:
    context = {"userId": "Practitioner/dr", "patientId": "p"}
    return {"hook": "patient-view", "hookInstance": str(uuid.uuid4()), "context": context, **changes}


def token(path: str, *, key: Any = KEY, alg: str = "ES384", **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": BASE + path, "iat": now, "exp": now + 300, "jti": str(uuid.uuid4()), **changes}
    return jwt.encode({"alg": alg, "kid": "k1"}, {k: v for k, v in claims.items() if v is not None}, key, [alg])


def red_flag(name: str, *sources: str, checked: bool = True) -> RedFlag:
    """A red flag that has fired, seen in ``sources``."""
    source = "https://guideline.example.org/a_[1]"
    rule = Rule(name.lower(), (name, name), ("", ""), Has(()), source, checked=checked)
    return RedFlag(rule, Outcome.FIRED, tuple(Used("Seizure", source=seen) for seen in sources), ())


class Hospital:
    """The service with all that it needs, and a client that calls it."""

    def __init__(self, folder: Path, fhir: str = "https://ehr.example.org/fhir", screen: Screen | None = None) -> None:
        self.database: Engine = sqlite_database(folder)
        self.trail = AuditTrail(self.database, b"k" * 32)
        self.flags: tuple[RedFlag, ...] = ()
        self.shown = ShownCards(self.database)
        service = CdsService(screen or self.screen, self.trail, self.shown, f"{BASE}/launch")
        self.clients = self.pinned(folder, fhir, UsedTokens(self.database))
        self.metrics = Metrics()
        self.app = cds_app(service, self.clients, self.metrics, base_url=BASE)

    @staticmethod
    def pinned(folder: Path, fhir: str, used: UsedTokens) -> Clients:
        (folder / "keys.json").write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
        (folder / "clients.toml").write_text(
            f'[[client]]\nissuer = "{ISSUER}"\njwks = "keys.json"\nfhir_servers = ["{fhir}"]\norigins = ["{ORIGIN}"]\n'
            f'[[client]]\nissuer = "{OTHER_ISSUER}"\njwks = "keys.json"\n'
        )
        return read_clients(folder / "clients.toml", used)

    def screen(self, record: PatientRecord) -> Screened:
        return Screened(to_case(record, Reader(), Names(), today=date(2026, 4, 1)), self.flags)

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def run() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=BASE) as http:
                return await http.request(method, path, **options)

        return asyncio.run(run())

    def post(self, body: Any, path: str = CALL, bearer: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token(path) if bearer is None else bearer}"}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send("POST", path, content=content, headers=headers)

    def cards(self, **changes: Any) -> list[dict[str, Any]]:
        answer = self.post(hook(**changes))
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["cards"]
        return found

    def feed_back(self, card: str, outcome: str, issuer: str = ISSUER, reason: str = "") -> int:
        entry: dict[str, Any] = {"card": card, "outcome": outcome, "outcomeTimestamp": "2026-01-02T03:04:05Z"}
        if reason:
            entry["overrideReason"] = {"reason": {"code": reason, "system": OVERRIDE_SYSTEM}, "userComment": "Zzyzx"}
        return self.post({"feedback": [entry]}, FEEDBACK, token(FEEDBACK, iss=issuer)).status_code
