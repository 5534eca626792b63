"""Who may call the CDS service: keys that are pinned, tokens that are good once, origins of browsers."""

import json
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import text

from adapters.cds_hooks.request import parse_request
from adapters.cds_hooks.trust import read_clients
from adapters.cds_hooks.used_tokens import UsedTokens
from core.errors import NotTrustedError, SettingsError
from tests.cds_hospital import BASE, CALL, FEEDBACK, ISSUER, KEY, ORIGIN, Hospital, condition, hook, prefetch, token
from tests.documents import fences
from tests.documents import text as document

OTHER = ECKey.generate_key("P-384", {"kid": "k1"})


@pytest.mark.parametrize(
    "bearer",
    [
        "",
        "x.y.z",
        token(CALL, key=OTHER),
        token(CALL, key=RSAKey.generate_key(2048, {"kid": "k1"}), alg="RS384"),
        token(CALL, iss="https://evil.example.org"),
        token(CALL, aud=BASE + FEEDBACK),
        token(CALL, aud=None),
        token(CALL, exp=int(time.time()) - 120),
        token(CALL, exp=None),
        token(CALL, exp=int(time.time()) + 3600),
        token(CALL, exp=float("nan")),
        token(CALL, jti=None),
        token(CALL, jti=["x"]),
        "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2Voci5leGFtcGxlLm9yZyJ9.",
    ],
)
def test_who_is_not_trusted_gets_nothing(hospital: Hospital, bearer: str) -> None:
    answer = hospital.post(hook(prefetch=prefetch(condition())), bearer=bearer)

    assert answer.status_code == 401
    assert hospital.trail.events() == []


def test_a_claim_that_is_wrong_is_named(hospital: Hospital, caplog: pytest.LogCaptureFixture) -> None:
    answer = hospital.post(hook(prefetch=prefetch(condition())), bearer=token(CALL, aud=BASE + FEEDBACK))

    said = f"The JWT is not valid (InvalidClaimError: aud). aud has to be {BASE + CALL}, below R1_PUBLIC_URL"
    assert answer.json() == {"error": said}
    assert "A call was refused: The JWT is not valid (InvalidClaimError: aud)" in caplog.text


def test_old_and_new_key_stand_beside_each_other_while_they_change(tmp_path: Path, hospital: Hospital) -> None:
    new = ECKey.generate_key("P-384", {"kid": "k2"})
    keys = [key.as_dict(private=False) for key in (KEY, new)]
    (tmp_path / "keys.json").write_text(json.dumps({"keys": keys}))
    clients = read_clients(tmp_path / "clients.toml", hospital.clients.used)

    def signed(key: ECKey, kid: str) -> str:
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": BASE + CALL, "iat": now, "exp": now + 300, "jti": str(uuid.uuid4())}
        return f"Bearer {jwt.encode({'alg': 'ES384', 'kid': kid}, claims, key, ['ES384'])}"

    for key, kid in ((KEY, "k1"), (new, "k2")):
        assert clients.check(signed(key, kid), BASE + CALL).issuer == ISSUER
    with pytest.raises(NotTrustedError):
        clients.check(signed(new, "k1"), BASE + CALL)


def test_a_token_is_good_once(hospital: Hospital) -> None:
    once = token(CALL)

    assert hospital.post(hook(prefetch=prefetch()), bearer=once).status_code == 200
    assert hospital.post(hook(prefetch=prefetch()), bearer=once).status_code == 401


def test_a_token_is_good_once_in_all_processes_that_share_the_database(tmp_path: Path, hospital: Hospital) -> None:
    other, once = Hospital(tmp_path), token(CALL)

    assert hospital.post(hook(prefetch=prefetch()), bearer=once).status_code == 200
    assert other.post(hook(prefetch=prefetch()), bearer=once).status_code == 401
    other.database.dispose()


def test_nobody_is_trusted_while_nobody_knows_which_tokens_were_used(hospital: Hospital) -> None:
    with hospital.database.begin() as connection:
        connection.execute(text("DROP TABLE cds_token"))

    answer = hospital.post(hook(prefetch=prefetch(condition())))

    assert answer.status_code == 503
    assert hospital.trail.events() == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "lacks client"),
        ("client = 1", "cannot be used"),
        ("[[client]", r"line 1, column \d"),
        ('[[client]]\nissuer = "x"', "lacks jwks"),
        ('[[client]]\nissuer = "x"\njwks = "absent"', "cannot be read"),
        ('[[client]]\nissuer = "x"\njwks = "clients.toml"', "line 1 column"),
        ('[[client]]\nurl = "x"', "unknown field url"),
    ],
)
def test_a_file_of_clients_that_cannot_be_used(tmp_path: Path, hospital: Hospital, content: str, told: str) -> None:
    (tmp_path / "clients.toml").write_text(content)

    with pytest.raises(SettingsError, match=told):
        read_clients(tmp_path / "clients.toml", hospital.clients.used)


def test_a_secret_key_is_refused(tmp_path: Path, hospital: Hospital) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [KEY.as_dict(private=True)]}))
    (tmp_path / "clients.toml").write_text('[[client]]\nissuer = "x"\njwks = "keys.json"')

    with pytest.raises(SettingsError, match="secret key"):
        read_clients(tmp_path / "clients.toml", hospital.clients.used)


@pytest.mark.parametrize(("origin", "allowed"), [(ORIGIN, ORIGIN), ("https://evil.example.org", None)])
def test_browsers_of_the_hospital_may_call(hospital: Hospital, origin: str, allowed: str | None) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    headers["Access-Control-Request-Headers"] = "authorization,content-type"

    answer = hospital.send("OPTIONS", CALL, headers=headers)

    assert answer.headers.get("access-control-allow-origin") == allowed


def test_the_documented_call_is_let_in(hospital: Hospital, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = document("docs/cds-hooks.md")
    (clients,), (script,) = fences(page, "toml"), fences(page, "python")
    monkeypatch.chdir(tmp_path)
    for name, value in {"PUBLIC_URL": BASE, "FHIR_URL": "https://ehr.example.org/fhir", "FHIR_TOKEN": "t"}.items():
        monkeypatch.setenv(f"R1_{name}", value)
    calls: list[tuple[str, Any, dict[str, str]]] = []

    def post(url: str, *, json: Any, headers: dict[str, str], timeout: float) -> httpx.Response:
        calls.append((url, json, headers))
        return httpx.Response(200, text="{}")

    monkeypatch.setattr(httpx, "post", post)
    monkeypatch.setattr(sys, "argv", ["call.py"])
    with pytest.raises(SystemExit):
        exec(script, {})
    monkeypatch.setattr(sys, "argv", ["call.py", "p"])
    exec(script, {})
    ((url, body, headers),) = calls
    assert url == BASE + CALL
    assert parse_request(json.dumps(body).encode()).patient == "p"
    Path("clients.toml").write_text(clients, encoding="utf-8")
    trusted = read_clients(Path("clients.toml"), UsedTokens(hospital.database))
    assert trusted.check(headers["Authorization"], url).issuer == "https://ehr.hospital.example"


@pytest.mark.parametrize(
    ("address", "is_listed"),
    [
        ("https://ehr.example.org/fhir", True),
        ("HTTPS://EHR.Example.org/fhir/", True),
        ("https://ehr.example.org/FHIR", False),
        ("https://ehr.example.org:8443/fhir", False),
        ("https://ehr.example.org@evil.example/fhir", False),
        ("http://ehr.example.org/fhir", False),
    ],
)
def test_a_listed_server_may_be_written_in_capitals(tmp_path: Path, address: str, is_listed: bool) -> None:
    hospital = Hospital(tmp_path, "https://EHR.example.org/fhir/")
    client = hospital.clients.by_issuer[ISSUER]

    assert client.has_server(address) is is_listed
