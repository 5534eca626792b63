"""Signing in at an identity provider: at oidc-provider, and what is refused."""

import base64
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import ECKey

from apps.auth.accounts import Accounts, Role
from apps.auth.guard import Screen
from apps.auth.oidc import IdentityProvider, identity_provider
from apps.auth.pages import SignIn
from apps.auth.sessions import Sessions
from core.errors import SettingsError, SignInError
from core.settings import Settings
from tests.databases import sqlite_database
from tests.oidc_server import oidc_server, sign_in

BASE = "http://127.0.0.1:8000"
REDIRECT = f"{BASE}/sign-in/callback"
ROLES = [("support-leads", Role.APPROVER), ("support-leads", Role.OPERATOR), ("doctors", Role.CLINICIAN)]
SECRET = "a secret of staff"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    jwks = {"keys": [ECKey.generate_key("P-384", {"use": "sig", "alg": "ES384"}).as_dict(private=False)]}
    with oidc_server(REDIRECT, jwks) as root:
        yield root


class Suite:
    """The sign-in routes with a provider."""

    def __init__(self, folder: Path, issuer: str, *, client_id: str = "staff", secret: str | None = SECRET) -> None:
        database = sqlite_database(folder)
        self.accounts = Accounts(database, cost=4)
        self.sessions = Sessions(database, timedelta(minutes=30), secure=False)
        provider = IdentityProvider(
            issuer,
            client_id=client_id,
            secret=secret,
            claim="groups",
            roles=ROLES,
            scope="openid profile",
            redirect_uri=REDIRECT,
        )
        app = FastAPI()
        screens = [Screen("/desk", (Role.OPERATOR,))]
        app.include_router(SignIn(self.accounts, self.sessions, screens, provider).router)
        self.app = app

    def browser(self) -> TestClient:
        return TestClient(self.app, base_url=BASE, follow_redirects=False)


def back_from(issuer_url: str, user: str = "dr") -> str:
    query = sign_in(issuer_url, REDIRECT, user)
    return f"/sign-in/callback?state={query['state']}&code={query['code']}"


@pytest.mark.parametrize(("client_id", "secret"), [("staff", SECRET), ("public", None)])
def test_a_person_signs_in_and_has_the_roles_of_the_claim(
    tmp_path: Path, issuer: str, client_id: str, secret: str | None
) -> None:
    suite = Suite(tmp_path, issuer, client_id=client_id, secret=secret)
    browser = suite.browser()
    assert "/sign-in/provider?lang=en&amp;next=/desk/queue" in browser.get("/sign-in?next=/desk/queue").text
    away = browser.get("/sign-in/provider?next=/desk/queue")
    query = parse_qs(urlsplit(away.headers["location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    back = browser.get(back_from(away.headers["location"]))
    assert (back.status_code, back.headers["location"]) == (303, "/desk/queue")
    account = suite.sessions.account(browser.cookies, used=True)
    assert account is not None
    assert (account.name, account.roles, account.issuer) == ("dr", {Role.OPERATOR, Role.APPROVER}, issuer)
    assert "r1_sign_in" not in browser.cookies


def test_who_has_no_role_is_not_let_in(tmp_path: Path, issuer: str) -> None:
    suite = Suite(tmp_path, issuer)
    browser = suite.browser()
    away = browser.get("/sign-in/provider").headers["location"]
    answer = browser.get(back_from(away, "somebody"))
    assert answer.status_code == 401
    assert "Ask your administrator" in answer.text
    assert not suite.accounts.any()


def test_another_browser_and_a_second_time(tmp_path: Path, issuer: str) -> None:
    suite = Suite(tmp_path, issuer)
    browser, thief = suite.browser(), suite.browser()
    back = back_from(browser.get("/sign-in/provider").headers["location"])
    assert thief.get(back).status_code == 401
    thief.get("/sign-in/provider")
    assert thief.get(back).status_code == 401
    assert not suite.accounts.any()


def test_a_wrong_secret(tmp_path: Path, issuer: str) -> None:
    suite = Suite(tmp_path, issuer, secret="another secret of staff")
    browser = suite.browser()
    assert browser.get(back_from(browser.get("/sign-in/provider").headers["location"])).status_code == 401


def test_a_provider_that_is_down(tmp_path: Path) -> None:
    browser = Suite(tmp_path, "http://127.0.0.1:9").browser()
    answer = browser.get("/sign-in/provider")
    assert answer.status_code == 502
    assert "cannot be reached" in answer.text


# A hand-written provider for what real ones seldom do

KEY = ECKey.generate_key("P-256", {"kid": "k"})
PUBLIC = KEY.as_dict(private=False)
ISSUER = "https://login.example"


class Provider:
    """Answers as told; without being told, rightly."""

    def __init__(
        self,
        configuration: dict[str, Any] | None = None,
        info: Any = None,
        keys: Any = (PUBLIC,),
        **claims: Any,
    ) -> None:
        self._configuration, self._claims, self._info = configuration or {}, claims, info
        self._keys, self.nonce = keys, ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if name == "openid-configuration":
            endpoints = {key: f"{ISSUER}/{key}" for key in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
            info = {"userinfo_endpoint": f"{ISSUER}/userinfo"} if self._info else {}
            methods = {"code_challenge_methods_supported": ["S256"]}
            found = {"issuer": ISSUER, **endpoints, **info, **methods, **self._configuration}
            return httpx.Response(200, json={key: value for key, value in found.items() if value != "left out"})
        if name == "jwks_uri":
            return httpx.Response(200, json={"keys": self._keys})
        if name == "userinfo":
            return httpx.Response(200, json=self._info)
        claims = {"iss": ISSUER, "aud": "c", "sub": "1", "exp": int(time.time()) + 60, "nonce": self.nonce}
        claims = {name: value for name, value in {**claims, **self._claims}.items() if value is not None}
        token = jwt.encode({"alg": "ES256", "kid": "k"}, claims, KEY, ["ES256"])
        return httpx.Response(200, json={"access_token": "t", "token_type": "Bearer", "id_token": token})

    def finish(self) -> Any:
        provider = IdentityProvider(
            ISSUER,
            client_id="c",
            secret=None,
            claim="groups",
            roles=ROLES,
            scope="openid",
            redirect_uri=REDIRECT,
            transport=httpx.MockTransport(self),
        )
        _, kept = provider.begin()
        state, self.nonce, _ = kept.split(".")
        return provider.finish(state=state, code="code", kept=kept)


def test_roles_and_name() -> None:
    found = Provider(groups=["doctors", "others", 7]).finish()
    assert (found.name, found.subject, found.roles) == ("1", "1", {Role.CLINICIAN})
    assert Provider(groups="doctors support-leads", email="a@b.example").finish().roles == set(Role) - {
        Role.REVIEWER,
        Role.ENGINEER,
    }
    assert Provider(groups=None, name="Ada").finish().roles == set()


def test_a_claim_that_stands_at_the_userinfo_endpoint_only() -> None:
    assert Provider(info={"sub": "1", "groups": ["doctors"]}).finish().roles == {Role.CLINICIAN}
    assert Provider(info={"sub": "2", "groups": ["doctors"]}).finish().roles == set()


@pytest.mark.parametrize(
    "unusual",
    [
        {"configuration": {"code_challenge_methods_supported": "left out"}},  # Microsoft Entra ID
        {"configuration": {"code_challenge_methods_supported": None}},
        {"keys": [{"kty": "OKP", "crv": "Ed25519"}, PUBLIC]},
    ],
)
def test_an_unusual_provider(unusual: dict[str, Any]) -> None:
    assert Provider(**unusual).finish().subject == "1"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"nonce": "another"}, "InvalidClaimError: nonce"),
        ({"keys": []}, "InvalidKeyIdError"),
    ],
)
def test_the_log_tells_what_does_not_hold(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(SignInError) as caught:
        Provider(**wrong).finish()
    assert caught.value.message == f"The identity is not valid ({words})"


@pytest.mark.parametrize(("error", "logged"), [("access_denied", "access_denied"), ("x\nINFO y", "unknown error")])
def test_who_is_refused_there(tmp_path: Path, caplog: pytest.LogCaptureFixture, error: str, logged: str) -> None:
    answer = Suite(tmp_path, ISSUER).browser().get("/sign-in/callback", params={"error": error, "state": "s"})
    assert answer.status_code == 401
    assert "The sign-in failed" in answer.text
    assert caplog.messages == [
        f"A sign-in at the identity provider was refused: The identity provider refused ({logged})"
    ]


def test_client_id_and_secret_are_form_encoded() -> None:
    sent = []

    def watched(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers.get("authorization"))
        return Provider()(request)

    made = IdentityProvider(
        ISSUER,
        client_id="c:1",
        secret="a +%é",
        claim="groups",
        roles=ROLES,
        scope="openid",
        redirect_uri=REDIRECT,
        transport=httpx.MockTransport(watched),
    )
    _, kept = made.begin()
    with pytest.raises(SignInError):
        made.finish(state=kept.partition(".")[0], code="code", kept=kept)
    assert f"Basic {base64.b64encode(b'c%3A1:a+%2B%25%C3%A9').decode()}" in sent


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"configuration": {"issuer": "https://evil.example"}},
        {"configuration": {"token_endpoint": "http://login.example/token"}},
        {"configuration": {"jwks_uri": None}},
        {"configuration": {"code_challenge_methods_supported": ["plain"]}},
    ],
)
def test_an_identity_that_does_not_hold(wrong: dict[str, Any]) -> None:
    with pytest.raises(SignInError):
        Provider(**wrong).finish()


@pytest.mark.parametrize("roles", ["support", "support=chief", "=operator", ","])
def test_settings_that_give_no_role(roles: str) -> None:
    settings = Settings(oidc_issuer=ISSUER, oidc_client_id="c", oidc_roles=roles)
    with pytest.raises(SettingsError, match="R1_OIDC_ROLES"):
        identity_provider(settings)
