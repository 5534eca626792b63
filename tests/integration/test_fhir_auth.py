"""Signing in: SMART Backend Services at sekmet-fhir, SMART App Launch at oidc-provider, and what is refused."""

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, import_key

from adapters.fhir.auth import BackendServices, OAuthServer, SiteKeys
from adapters.fhir.client import FhirClient
from adapters.fhir.launch import SmartApp, SmartSession
from core.errors import FhirAccessError, FhirServerError, FhirUnreachableError, SettingsError
from tests.access_log import MemoryLog
from tests.oidc_server import oidc_server, sign_in
from tests.sekmet_server import sekmet, transaction


def pem(key: Any) -> bytes:
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


KEYS = {
    "ES384": pem(ec.generate_private_key(ec.SECP384R1())),
    "RS384": pem(rsa.generate_private_key(65537, 2048)),
}


def keys_of(folder: Path, content: bytes) -> SiteKeys:
    (folder / "keys").write_bytes(content)
    return SiteKeys(folder / "keys")


def site_keys(folder: Path, algorithm: str = "ES384") -> SiteKeys:
    return keys_of(folder, KEYS[algorithm])


# The keys


def test_the_keys_give_a_public_jwks_and_nothing_secret(tmp_path: Path) -> None:
    both = keys_of(tmp_path, b"".join(KEYS.values())).public_jwks()["keys"]
    for algorithm, public in zip(KEYS, both, strict=True):
        assert site_keys(tmp_path, algorithm).public_jwks() == {"keys": [public]}
        assert (public["alg"], public["use"]) == (algorithm, "sig")
        assert not public.keys() & {"d", "p", "q", "dp", "dq", "qi"}
    assert len({public["kid"] for public in both}) == 2


def test_keys_may_be_jwks_too(tmp_path: Path) -> None:
    jwks = [import_key(data, "RSA" if name == "RS384" else "EC").as_dict(private=True) for name, data in KEYS.items()]
    both = keys_of(tmp_path, b"".join(KEYS.values()))
    assert keys_of(tmp_path, json.dumps({"keys": jwks}).encode()).public_jwks() == both.public_jwks()
    assert keys_of(tmp_path, json.dumps(jwks[0]).encode()).public_jwks()["keys"] == both.public_jwks()["keys"][:1]


def test_a_key_is_changed_while_servers_hold_the_keys_of_before(tmp_path: Path) -> None:
    """The steps of docs/fhir.md: at each, what is signed holds for who has read the keys before or after it."""
    old, new = KEYS["ES384"], KEYS["RS384"]
    held = keys_of(tmp_path, old).public_jwks()
    for step in (old + new, new + old, new):
        keys = keys_of(tmp_path, step)
        signed = keys.assertion("c", "https://ehr.example.org/token")["client_assertion"]
        for jwks in (held, keys.public_jwks()):
            assert jwt.decode(signed, KeySet.import_key_set(jwks), [*KEYS]).claims["sub"] == "c"  # type: ignore[arg-type]
        held = keys.public_jwks()


EC256 = pem(ec.generate_private_key(ec.SECP256R1()))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"{}",
        b'{"keys": []}',
        EC256,
        pem(rsa.generate_private_key(65537, 1024)),
        b'{"kty": "oct", "k": "c2VjcmV0"}',
        KEYS["ES384"] + EC256,
        KEYS["ES384"] + KEYS["RS384"][:200],
    ],
)
def test_another_key_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SettingsError, match="R1_SMART_KEY"):
        keys_of(tmp_path, content)


# The suite itself, at sekmet


@pytest.fixture(scope="module")
def sekmet_smart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("keys")
    clients = [
        {"client_id": name, "jwks": site_keys(folder, name).public_jwks(), "scopes": scopes}
        for name, scopes in (("ES384", "system/*.read"), ("RS384", "system/Patient.read"))
    ]
    record = transaction({"resourceType": "Patient", "id": "p"})
    with sekmet(tmp_path_factory.mktemp("sekmet"), record, types=["bearer", "smart"], smart_clients=clients) as base:
        yield base


def backend(base: str, folder: Path, name: str, scope: str = "system/*.read") -> BackendServices:
    algorithm = name if name in KEYS else "ES384"
    return BackendServices(OAuthServer(base), client_id=name, keys=site_keys(folder, algorithm), scope=scope)


def read_patient(base: str, auth: httpx.Auth, times: int = 1) -> int:
    async def run() -> int:
        async with FhirClient(base, log=MemoryLog(), auth=auth) as client:
            found = await asyncio.gather(*(client.search("Patient", {"_id": "p"}) for _ in range(times)))
            return sum(len(each.entries) for each in found)

    return asyncio.run(run())


def test_the_suite_proves_itself_with_its_key(sekmet_smart: str, tmp_path: Path) -> None:
    assert read_patient(sekmet_smart, backend(sekmet_smart, tmp_path, "ES384"), times=5) == 5
    assert read_patient(sekmet_smart, backend(sekmet_smart, tmp_path, "RS384", "system/Patient.read")) == 1


def test_an_unknown_client_and_a_scope_that_is_not_granted(sekmet_smart: str, tmp_path: Path) -> None:
    with pytest.raises(FhirAccessError, match="invalid_client"):
        read_patient(sekmet_smart, backend(sekmet_smart, tmp_path, "nobody"))
    with pytest.raises(FhirAccessError, match="invalid_scope"):
        read_patient(sekmet_smart, backend(sekmet_smart, tmp_path, "RS384", "system/Observation.read"))


# A hand-written authorisation server for what real ones seldom do


class Issuer:
    """Gives out tokens t1, t2, …; knows only the newest."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.tokens = 0
        self.forgetful = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if name in self.answers:
            answer = self.answers[name]
            return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)
        if name == "smart-configuration":
            return httpx.Response(200, json={"token_endpoint": "https://ehr.example.org/token"})
        if name == "token":
            self.tokens += 1
            body = {"access_token": f"t{self.tokens}", "token_type": "bearer", "expires_in": 300}
            return httpx.Response(200, json=body)
        if request.headers["Authorization"] != f"Bearer t{self.tokens}" or (self.forgetful and self.tokens == 1):
            return httpx.Response(401)
        return httpx.Response(200, json={"resourceType": "Bundle", "type": "searchset"})

    def read(self, folder: Path, times: int = 1) -> None:
        transport = httpx.MockTransport(self)
        server = OAuthServer("https://ehr.example.org/fhir", transport=transport)
        auth = BackendServices(server, client_id="c", keys=site_keys(folder), scope="system/*.rs")

        async def run() -> None:
            base = "https://ehr.example.org/fhir"
            async with FhirClient(base, log=MemoryLog(), auth=auth, transport=transport) as client:
                await asyncio.gather(*(client.search("Patient", {"_id": "p"}) for _ in range(times)))

        asyncio.run(run())


def test_a_token_is_shared_and_renewed_when_the_server_forgot_it(tmp_path: Path) -> None:
    issuer = Issuer()
    issuer.read(tmp_path, times=5)
    assert issuer.tokens == 1

    forgetful = Issuer()
    forgetful.forgetful = True
    forgetful.read(tmp_path, times=5)
    assert forgetful.tokens == 2


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"smart-configuration": {"token_endpoint": "http://evil.example.org/token"}}, FhirServerError),
        ({"smart-configuration": {}}, FhirServerError),
        ({"smart-configuration": {"issuer": "x"}}, FhirServerError),
        ({"smart-configuration": httpx.Response(404)}, FhirServerError),
        ({"token": {"access_token": "t", "token_type": "mac"}}, FhirServerError),
        ({"token": {"access_token": 1, "token_type": "bearer"}}, FhirServerError),
        ({"token": {"access_token": "a b", "token_type": "bearer"}}, FhirServerError),
        ({"token": httpx.Response(200, text="<html>")}, FhirServerError),
        (
            {"token": httpx.Response(401, json={"error": "invalid_client", "error_description": "Jane"})},
            FhirAccessError,
        ),
        ({"token": httpx.Response(400, json={"error": "Jane Doe!"})}, FhirAccessError),
    ],
)
def test_an_answer_that_is_none_is_a_typed_error(
    tmp_path: Path, answers: dict[str, Any], kind: type[Exception]
) -> None:
    with pytest.raises(kind) as caught:
        Issuer(**answers).read(tmp_path)
    assert "Jane" not in str(caught.value)


def test_nobody_at_the_token_endpoint() -> None:
    with pytest.raises(FhirUnreachableError):
        asyncio.run(OAuthServer("http://127.0.0.1:9/fhir", timeout=2).configuration())


# People, at oidc-provider


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


# A hand-written hospital for what real ones seldom publish


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
