"""Signing in: SMART Backend Services at sekmet-fhir, SMART App Launch at oidc-provider, and what is refused."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwt
from joserfc.jwk import KeySet, import_key

from adapters.fhir.auth import BackendServices, OAuthServer
from adapters.fhir.client import FhirClient
from core.errors import FhirAccessError, FhirServerError, FhirUnreachableError, SettingsError
from tests.access_log import MemoryLog
from tests.sekmet_server import sekmet, transaction
from tests.smart_keys import KEYS, keys_of, pem, site_keys

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


@pytest.mark.parametrize(
    ("answers", "hint"),
    [
        ({"smart-configuration": httpx.Response(404)}, "R1_FHIR_URL"),
        ({"smart-configuration": httpx.Response(200, text="<html>")}, "R1_FHIR_URL"),
        ({"smart-configuration": httpx.Response(503)}, "try again later"),
        ({"token": httpx.Response(400, json={"error": "invalid_scope"})}, "R1_SMART_SCOPE"),
        ({"token": httpx.Response(401, json={"error": "invalid_client"})}, "R1_SMART_CLIENT_ID"),
    ],
)
def test_what_to_do_about_a_refusal_is_told(tmp_path: Path, answers: dict[str, Any], hint: str) -> None:
    with pytest.raises(FhirServerError) as caught:
        Issuer(**answers).read(tmp_path)
    assert hint in caught.value.hint


def test_the_configuration_is_read_again_after_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = Issuer()
    server = OAuthServer("https://ehr.example.org/fhir", transport=httpx.MockTransport(issuer))
    now = time.time()

    def endpoint(moved: str, minutes: int) -> object:
        issuer.answers["smart-configuration"] = {"token_endpoint": moved} if moved else httpx.Response(503)
        monkeypatch.setattr("adapters.fhir.auth.time.time", lambda: now + 60 * minutes)
        return asyncio.run(server.configuration())["token_endpoint"]

    first, second = "https://ehr.example.org/token", "https://login.example.org/token"
    assert [endpoint(first, 0), endpoint(second, 59), endpoint(second, 61)] == [first, first, second]
    assert endpoint("", 200) == second  # while it cannot be read


def test_nobody_at_the_token_endpoint() -> None:
    with pytest.raises(FhirUnreachableError):
        asyncio.run(OAuthServer("http://127.0.0.1:9/fhir", timeout=2).configuration())


# People, at oidc-provider


# A hand-written hospital for what real ones seldom publish
