"""Clinicians who sign in with SMART App Launch, at oidc-provider."""

import asyncio
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from adapters.fhir.auth import OAuthServer, SiteKeys, TokenAnswer
from adapters.fhir.launch import PersonToken, SmartApp, SmartSession
from core.errors import FhirAccessError
from tests.oidc_server import oidc_server, sign_in
from tests.smart_keys import site_keys


@dataclass(frozen=True)
class Hospital:
    """The authorisation server, and the key of the confidential client."""

    root: str
    redirect: str
    keys: SiteKeys

    def app(self, client_id: str = "confidential", scope: str = "user/*.rs offline_access") -> SmartApp:
        keys = self.keys if client_id == "confidential" else None
        server = OAuthServer(f"{self.root}/fhir")
        return SmartApp(server, client_id=client_id, redirect_uri=self.redirect, scope=scope, keys=keys)


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    keys = site_keys(tmp_path_factory.mktemp("keys"))
    redirect = "http://127.0.0.1:8000/smart/callback"
    with oidc_server(redirect, keys.public_jwks()) as root:
        yield Hospital(root, redirect, keys)


def launched(app: SmartApp, redirect: str, user: str = "dr", **launch: str) -> SmartSession:
    async def run() -> SmartSession:
        url, kept = await app.begin(**launch)
        back = await asyncio.to_thread(sign_in, url, redirect, user)
        return await app.finish(state=back["state"], code=back["code"], kept=kept)

    return asyncio.run(run())


@pytest.mark.parametrize("client_id", ["public", "confidential"])
@pytest.mark.parametrize("from_the_hospital_system", [True, False])
def test_a_clinician_signs_in_with_the_patient_who_is_open(
    hospital: Hospital, client_id: str, from_the_hospital_system: bool
) -> None:
    launch = {"iss": f"{hospital.root}/fhir", "launch": "abc"} if from_the_hospital_system else {}

    session = launched(hospital.app(client_id), hospital.redirect, **launch)

    assert session.clinician.reference == "Practitioner/dr"
    assert session.clinician.name == "Dr Ada Byron"
    assert (session.clinician.patient, session.clinician.encounter) == ("Patient/p", "Encounter/e")


def test_the_addresses_hold_no_secret(hospital: Hospital) -> None:
    url, kept = asyncio.run(hospital.app().begin())
    query = parse_qs(urlsplit(url).query)
    state, nonce, verifier = kept.split(".")

    assert (query["state"], query["nonce"]) == ([state], [nonce])
    assert query["code_challenge_method"] == ["S256"]
    assert query["aud"] == [f"{hospital.root}/fhir"]
    assert verifier not in url


def test_a_token_is_renewed(hospital: Hospital) -> None:
    app = hospital.app()
    session = launched(app, hospital.redirect)
    first = session.auth._answer

    new = asyncio.run(app.renewed(first))

    assert new.is_fresh
    assert new.token != first.token


def test_who_is_no_clinician_is_refused(hospital: Hospital) -> None:
    with pytest.raises(FhirAccessError, match="no clinician"):
        launched(hospital.app(), hospital.redirect, user="somebody")


def test_a_launch_from_elsewhere_is_refused(hospital: Hospital) -> None:
    with pytest.raises(FhirAccessError, match="not configured"):
        asyncio.run(hospital.app().begin(iss="https://evil.example.org/fhir", launch="abc"))


def test_another_process_takes_the_browser_back(hospital: Hospital) -> None:
    async def run() -> SmartSession:
        url, kept = await hospital.app().begin()
        back = await asyncio.to_thread(sign_in, url, hospital.redirect)
        return await hospital.app().finish(state=back["state"], code=back["code"], kept=kept)

    assert asyncio.run(run()).clinician.reference == "Practitioner/dr"


def test_another_browser_a_second_time_and_a_wrong_code_are_refused(hospital: Hospital) -> None:
    app = hospital.app()

    async def run() -> None:
        url, kept = await app.begin()
        back = await asyncio.to_thread(sign_in, url, hospital.redirect)
        state = back["state"]
        _, others = await app.begin()
        for foreign in (others, "", "..", state, f"{state}.nonce.", f"{state}x.nonce.verifier"):
            with pytest.raises(FhirAccessError, match="another browser"):
                await app.finish(state=back["state"], code=back["code"], kept=foreign)
        await app.finish(state=back["state"], code=back["code"], kept=kept)
        with pytest.raises(FhirAccessError, match="invalid_grant"):
            await app.finish(state=back["state"], code=back["code"], kept=kept)
        _, kept = await app.begin()
        state = kept.partition(".")[0]
        with pytest.raises(FhirAccessError, match="invalid_grant"):
            await app.finish(state=state, code="wrong", kept=kept)
        with pytest.raises(FhirAccessError, match="did not sign you in"):
            await app.finish(state=state, code="", kept=kept)

    asyncio.run(run())


def test_an_identity_of_another_attempt_is_refused(hospital: Hospital) -> None:
    app = hospital.app()

    async def run() -> None:
        url, kept = await app.begin()
        back = await asyncio.to_thread(sign_in, url, hospital.redirect)
        state, _, verifier = kept.split(".")
        with pytest.raises(FhirAccessError, match="identity is not valid"):
            await app.finish(state=back["state"], code=back["code"], kept=f"{state}.another.{verifier}")

    asyncio.run(run())


def test_a_code_stolen_without_the_verifier_is_worth_nothing(hospital: Hospital) -> None:
    victim, thief = hospital.app("public"), hospital.app("public")

    async def run() -> None:
        url, _ = await victim.begin()
        stolen = await asyncio.to_thread(sign_in, url, hospital.redirect)
        _, kept = await thief.begin()
        with pytest.raises(FhirAccessError, match="invalid_grant"):
            await thief.finish(state=kept.partition(".")[0], code=stolen["code"], kept=kept)

    asyncio.run(run())


class LaunchServer:
    """Signs in a clinician with a key of its own, and publishes others beside it."""

    def __init__(self, **claims: Any) -> None:
        self._key, self._claims, self.nonce = ECKey.generate_key("P-256", {"kid": "k"}), claims, ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        root = "https://ehr.example.org"
        name = request.url.path.rpartition("/")[2]
        if name == "smart-configuration":
            endpoints = {key: f"{root}/{key}" for key in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
            methods = {"code_challenge_methods_supported": ["S256"]}
            return httpx.Response(200, json={"issuer": root, **endpoints, **methods})
        if name == "jwks_uri":
            unusable = {"kty": "EC", "crv": "P-999", "kid": "new", "x": "AA", "y": "AA"}
            return httpx.Response(200, json={"keys": [unusable, self._key.as_dict(private=False)]})
        who = {"sub": "dr", "fhirUser": f"{root}/fhir/Practitioner/dr"}
        claims = {"iss": root, "aud": "c", "exp": int(time.time()) + 60, "nonce": self.nonce, **who, **self._claims}
        token = jwt.encode({"alg": "ES256", "kid": "k"}, claims, self._key, ["ES256"])
        return httpx.Response(200, json={"access_token": "t", "token_type": "Bearer", "id_token": token})

    async def finish(self) -> SmartSession:
        server = OAuthServer("https://ehr.example.org/fhir", transport=httpx.MockTransport(self))
        app = SmartApp(server, client_id="c", redirect_uri="http://127.0.0.1:8000/smart/callback", scope="user/*.rs")
        _, kept = await app.begin()
        state, self.nonce, _ = kept.split(".")
        return await app.finish(state=state, code="code", kept=kept)


def test_a_key_that_cannot_be_used_locks_no_clinician_out() -> None:
    assert asyncio.run(LaunchServer().finish()).clinician.reference == "Practitioner/dr"


def test_a_token_for_another_app_is_refused() -> None:
    with pytest.raises(FhirAccessError, match=r"not valid \(InvalidClaimError: azp\)\. Start again from the hospital"):
        asyncio.run(LaunchServer(aud=["c", "d"], azp="d").finish())


def test_no_token_is_logged(hospital: Hospital, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        session = launched(hospital.app(), hospital.redirect)

    assert session.auth._answer.token not in caplog.text


@pytest.mark.parametrize(("context", "status"), [({"refresh_token": "r"}, 200), ({}, 401)])
def test_a_token_that_the_server_ended_early_is_renewed_where_it_can_be(context: dict[str, str], status: int) -> None:
    def hospital(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("smart-configuration"):
            return httpx.Response(200, json={"token_endpoint": "https://ehr.example.org/token"})
        if request.url.path == "/token":
            return httpx.Response(200, json={"access_token": "new", "token_type": "Bearer"})
        return httpx.Response(200 if request.headers["Authorization"] == "Bearer new" else 401)

    async def read() -> httpx.Response:
        transport = httpx.MockTransport(hospital)
        server = OAuthServer("https://ehr.example.org/fhir", transport=transport)
        app = SmartApp(server, client_id="c", redirect_uri="http://127.0.0.1:8000/smart/callback", scope="user/*.rs")
        auth = PersonToken(app, TokenAnswer("old", time.time() + 3600, dict(context)))
        async with httpx.AsyncClient(auth=auth, transport=transport) as http:
            return await http.get("https://ehr.example.org/fhir/Patient/p")

    assert asyncio.run(read()).status_code == status
