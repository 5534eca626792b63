"""The addresses of SMART App Launch: cookies, redirects, and who is signed in with which browser."""

import asyncio
import time
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
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
IDLE = timedelta(minutes=30)
DR = Clinician("Practitioner/dr", "Dr Ada Byron", "Patient/p")
UNSIGNED: Any = None  # what signs the requests is not asked here


class Accounts:
    """Notes whose session of an account has ended."""

    def __init__(self) -> None:
        self.ended: list[Mapping[str, str]] = []

    def end(self, cookies: Mapping[str, str]) -> None:
        self.ended.append(cookies)


def configured(**more: Any) -> dict[str, Any]:
    return {
        **more,
        "issuer": "https://ehr.example.org",
        "authorization_endpoint": "https://ehr.example.org/auth?tenant=1",
        "token_endpoint": "https://ehr.example.org/token",
        "code_challenge_methods_supported": ["S256"],
    }


def hospital(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("smart-configuration"):
        return httpx.Response(200, json=configured())
    return httpx.Response(400, json={"error": "invalid_grant"})


@pytest.fixture
def client() -> TestClient:
    server = OAuthServer(FHIR, transport=httpx.MockTransport(hospital))
    smart = SmartApp(server, client_id="c", redirect_uri="https://r1.example.org/smart/callback", scope="user/*.rs")
    app = FastAPI()
    accounts: Any = Accounts()
    app.include_router(smart_routes(smart, SmartSessions(IDLE, secure=True), accounts))
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
    assert cookie.startswith(f"__Host-r1_smart_attempt={query['state'][0]}.")
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/;"))


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
    assert "(invalid_grant). Start again from the hospital system" in answer.text


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("access_denied", "did not sign you in (access_denied). Start again"),
        ("invalid_scope", "did not sign you in (invalid_scope). Have the scopes in R1_SMART_SCOPE or"),
        ("unauthorized_client", "(unauthorized_client). Check the client id, the registered key and the scopes"),
        ("<b>Okafor</b>", "did not sign you in. Check"),
        ("temporarily_unavailable", "did not sign you in (temporarily_unavailable). The hospital's sign-in"),
    ],
)
def test_why_the_hospital_signs_nobody_in(
    client: TestClient, caplog: pytest.LogCaptureFixture, error: str, told: str
) -> None:
    begun = client.get("/smart/launch")
    state = parse_qs(urlsplit(begun.headers["Location"]).query)["state"][0]

    answer = client.get("/smart/callback", params={"state": state, "error": error, "error_description": "Okafor"})

    assert answer.status_code == 400
    assert told in unescape(answer.text)
    assert told in caplog.text
    assert "Okafor" not in answer.text + caplog.text


def test_a_refusal_is_a_page_in_the_language_of_the_browser(client: TestClient) -> None:
    answer = client.get("/smart/callback", headers={"Accept-Language": "zh-CN"})

    assert "text/html" in answer.headers["Content-Type"]
    assert "未能通过医院登录" in answer.text
    assert '<span lang="en">The sign-in was begun in another browser' in answer.text


@pytest.mark.parametrize(
    ("offers", "scope", "asked"),
    [
        ({"scopes_supported": ["openid", "online_access"]}, "user/*.rs", True),
        ({"capabilities": ["launch-ehr", "permission-online"]}, "user/*.rs", True),
        ({"scopes_supported": None, "capabilities": "permission-online"}, "user/*.rs", False),
        ({"scopes_supported": ["online_access"]}, "user/*.rs offline_access", False),
        ({"scopes_supported": ["online_access"]}, "online_access user/*.rs", True),
        ({}, "user/*.rs", False),
    ],
)
def test_a_token_that_can_be_renewed_is_asked_for_where_there_is_one(
    offers: dict[str, Any], scope: str, asked: bool
) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=configured(**offers)))
    smart = SmartApp(OAuthServer(FHIR, transport=transport), client_id="c", redirect_uri="x", scope=scope)

    url, _ = asyncio.run(smart.begin())

    assert parse_qs(urlsplit(url).query)["scope"][0].split().count("online_access") == asked


@pytest.mark.parametrize("secure", [False, True])
def test_who_signs_in_ends_what_was_there_before(secure: bool) -> None:
    class SignedIn:
        async def finish(self, **_: str) -> SmartSession:
            return SmartSession(UNSIGNED, DR)

    smart: Any = SignedIn()
    sessions, accounts = SmartSessions(IDLE, secure=secure), Accounts()
    before: Any = accounts
    app = FastAPI()
    app.include_router(smart_routes(smart, sessions, before))
    browser = TestClient(app, base_url="https://r1.example.org", follow_redirects=False)
    first = sessions.add(SmartSession(UNSIGNED, DR))
    browser.cookies.set(sessions.cookie, first)

    answer = browser.get("/smart/callback", params={"state": "s", "code": "c"})

    cookie = f"{'__Host-' * secure}r1_smart_session"
    assert sessions.of({cookie: first}) is None
    assert sessions.of({cookie: answer.cookies[cookie]}) is not None
    assert [cookies[cookie] for cookies in accounts.ended] == [first]
    for sent in answer.headers.get_list("set-cookie"):  # among them the one that ends the attempt
        assert (sent.startswith("__Host-"), "Secure" in sent, "Path=/;" in sent) == (secure, secure, True)


def test_a_session_ends_when_nobody_uses_it_or_signs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions, now = SmartSessions(IDLE, secure=False), time.time()
    cookies, others = ({sessions.cookie: sessions.add(SmartSession(UNSIGNED, DR))} for _ in range(2))
    monkeypatch.setattr(time, "time", lambda: now)
    now += IDLE.total_seconds() - 1
    assert sessions.of(others) is not None  # looking is no use
    assert sessions.of(cookies, used=True) is not None
    now += IDLE.total_seconds() - 1
    assert sessions.of(others, used=True) is None
    assert sessions.of(cookies) is not None
    sessions.end(cookies)
    assert sessions.of(cookies) is None
    sessions.end({})


def test_a_session_belongs_to_the_browser_that_has_its_cookie() -> None:
    sessions = SmartSessions(IDLE, secure=False)
    session = SmartSession(UNSIGNED, DR)
    name = sessions.add(session)

    assert sessions.of({"r1_smart_session": name}) is session
    assert sessions.of({"r1_smart_session": name + "x"}) is None
    assert sessions.of({}) is None


def test_sessions_end_and_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions, names = SmartSessions(timedelta(days=1), secure=False), []
    monkeypatch.setattr("apps.smart._MOST_SESSIONS", 3)
    for _ in range(5):
        names.append(sessions.add(SmartSession(UNSIGNED, DR)))

    signed_in = [sessions.of({"r1_smart_session": name}) is not None for name in names]
    assert signed_in == [False, False, True, True, True]

    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + SESSION_SECONDS + 1)
    assert [sessions.of({"r1_smart_session": name}) for name in names] == [None] * 5
    sessions.add(SmartSession(UNSIGNED, DR))
    assert len(sessions._sessions) == 1  # those that ended are forgotten
