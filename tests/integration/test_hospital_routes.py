"""What the settings put on the server for a hospital, and that the access token guards the rest."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import FastAPI
from fastapi.testclient import TestClient
from joserfc.jwk import ECKey

from adapters.fhir.audit import AuditTrail
from apps.access import RequireToken
from apps.auth.sessions import Sessions
from apps.bootstrap import Suite
from apps.diagnosis.oversight import Oversight
from apps.fhir_access import FhirAccess
from apps.hospital import OPEN, mount_hospital
from apps.smart import SmartSessions
from core.server.metrics import Metrics
from core.settings import Settings
from tests.databases import sqlite_database

PUBLIC = "https://r1.example.org"
TOKEN = "t" * 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP384R1())
    (tmp_path / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = ECKey.generate_key("P-384", {"kid": "k"}).as_dict(private=False)
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [public]}))
    (tmp_path / "clients.toml").write_text('[[client]]\nissuer = "https://ehr.example.org"\njwks = "keys.json"\n')
    return tmp_path


def client_of(folder: Path, **settings: Any) -> Iterator[TestClient]:
    database = sqlite_database(folder)
    made = Settings(public_url=PUBLIC, access_token=TOKEN, **settings)
    trail = AuditTrail(database, b"k" * 32)
    absent: Any = None  # no request here reaches the models
    suite = Suite(
        settings=made,
        engine=absent,
        embedder=absent,
        chat=absent,
        drafts=absent,
        outbox=absent,
        diagnosis=absent,
        oversight=Oversight(absent, absent, absent, trail),
        database=database,
        accounts=absent,
        sessions=absent,
        inbox=None,
        metrics=Metrics(),
        drain=absent,
        checks={},
    )
    app, idle = FastAPI(), timedelta(minutes=30)
    sessions, at_hospital = Sessions(database, idle, secure=True), SmartSessions(idle, secure=True)
    mount_hospital(app, suite, FhirAccess(made, trail, sessions, at_hospital))
    app.add_middleware(RequireToken, token=TOKEN, others=("/cds-services",), exact=OPEN)
    yield TestClient(app, base_url=PUBLIC, follow_redirects=False)
    database.dispose()


@pytest.fixture
def joined(folder: Path) -> Iterator[TestClient]:
    yield from client_of(
        folder,
        fhir_url="https://ehr.example.org/fhir",
        smart_client_id="r1",
        smart_key=folder / "key.pem",
        cds_clients=folder / "clients.toml",
    )


@pytest.fixture
def alone(folder: Path) -> Iterator[TestClient]:
    yield from client_of(folder)


def test_a_hospital_reaches_its_addresses_without_the_access_token(joined: TestClient) -> None:
    (service,) = joined.get("/cds-services").json()["services"]
    assert service["hook"] == "patient-view"
    (key,) = joined.get("/.well-known/jwks.json").json()["keys"]
    assert key["alg"] == "ES384"
    assert "d" not in key
    assert joined.post(f"/cds-services/{service['id']}", json={}).status_code == 401
    assert joined.post(f"/cds-services/{service['id']}/feedback", json={}).status_code == 401
    assert joined.get("/cds-services/other").status_code == 404
    launch = joined.get("/smart/launch", params={"iss": "https://evil.example.org/fhir", "launch": "x"})
    assert launch.status_code == 400
    assert joined.get("/smart/callback").status_code == 400


@pytest.mark.parametrize("path", ["/diagnosis/", "/smart/", "/smart/launch/", "/cds-servicesx", "/.well-known/"])
def test_everything_else_wants_the_access_token(joined: TestClient, path: str) -> None:
    assert joined.get(path).status_code == 401


@pytest.mark.parametrize("path", OPEN)
def test_without_settings_nothing_is_there(alone: TestClient, path: str) -> None:
    assert alone.get(path).status_code == 404
