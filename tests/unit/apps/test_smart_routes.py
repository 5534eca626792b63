"""The addresses of SMART App Launch: cookies, redirects, and who is signed in with which browser."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from adapters.fhir.auth import OAuthServer
from adapters.fhir.drafts import Clinician
from adapters.fhir.launch import SmartApp, SmartSession
from apps.smart import SESSION_SECONDS, SmartSessions, smart_routes

FHIR = "https://ehr.example.org/fhir"
DR = Clinician("Practitioner/dr", "Dr Ada Byron", "Patient/p")


def hospital(request: httpx.Request) -> httpx.Response:
    configuration = {
        "issuer": "https://ehr.example.org",
        "authorization_endpoint": "https://ehr.example.org/auth?tenant=1",
        "token_endpoint": "https://ehr.example.org/token",
        "code_challenge_methods_supported": ["S256"],
    }
    if request.url.path.endswith("smart-configuration"):
        return httpx.Response(200, json=configuration)
    return httpx.Response(400, json={"error": "invalid_grant"})


@pytest.fixture
def client() -> TestClient:
    server = OAuthServer(FHIR, transport=httpx.MockTransport(hospital))
    smart = SmartApp(server, client_id="c", redirect_uri="https://r1.example.org/smart/callback", scope="user/*.rs")
    app = FastAPI()
    app.include_router(smart_routes(smart, SmartSessions(), home="/diagnosis/", secure=True))
    return TestClient(app, base_url="https://r1.example.org", follow_redirects=False)


@pytest.mark.parametrize(("launch", "scope"), [({}, "launch/patient"), ({"iss": FHIR, "launch": "abc"}, "launch")])
def test_the_browser_is_sent_to_the_hospital_with_a_cookie(
    client: TestClient, launch: dict[str, str], scope: str
) -> None:
    answer = client.get("/smart/launch", params=launch)

    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert (query["tenant"], query["launch"] if launch else []) == (["1"], ["abc"] if launch else [])
    assert query["scope"] == [f"openid fhirUser {scope} user/*.rs"]
    cookie = answer.headers["Set-Cookie"]
    assert f"r1_smart_attempt={query['state'][0]}." in cookie
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=lax"))


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/smart/launch", {"iss": "https://evil.example.org", "launch": "x"}),
        ("/smart/callback", {}),
        ("/smart/callback", {"state": "guessed", "code": "x"}),
        ("/smart/callback", {"error": "access_denied"}),
    ],
)
def test_what_is_refused_signs_nobody_in(client: TestClient, path: str, params: dict[str, str]) -> None:
    answer = client.get(path, params=params)

    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers
    assert "evil" not in answer.text


def test_a_code_that_the_hospital_refuses(client: TestClient) -> None:
    begun = client.get("/smart/launch")
    state = parse_qs(urlsplit(begun.headers["Location"]).query)["state"][0]

    answer = client.get("/smart/callback", params={"state": state, "code": "wrong"})

    assert answer.status_code == 400
    assert "invalid_grant" in answer.text


def test_a_session_belongs_to_the_browser_that_has_its_cookie() -> None:
    sessions = SmartSessions()
    unsigned: Any = None  # what signs the requests is not asked here
    session = SmartSession(unsigned, DR)
    name = sessions.add(session)

    assert sessions.of({"r1_smart_session": name}) is session
    assert sessions.of({"r1_smart_session": name + "x"}) is None
    assert sessions.of({}) is None


def test_sessions_end_and_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    unsigned: Any = None
    sessions, names = SmartSessions(), []
    monkeypatch.setattr("apps.smart._MOST_SESSIONS", 3)
    for _ in range(5):
        names.append(sessions.add(SmartSession(unsigned, DR)))

    signed_in = [sessions.of({"r1_smart_session": name}) is not None for name in names]
    assert signed_in == [False, False, True, True, True]

    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + SESSION_SECONDS + 1)
    assert [sessions.of({"r1_smart_session": name}) for name in names] == [None] * 5
    sessions.add(SmartSession(unsigned, DR))
    assert len(sessions._sessions) == 1  # those that ended are forgotten
