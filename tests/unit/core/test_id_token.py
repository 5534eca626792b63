"""Which ID tokens hold."""

import base64
import hmac
import json
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from core.errors import SignInError
from core.id_token import id_token_claims

KEY = ECKey.generate_key("P-256", {"kid": "k"})
OTHER = ECKey.generate_key("P-256")
PUBLIC = KEY.as_dict(private=False)
NAMELESS = {name: value for name, value in PUBLIC.items() if name != "kid"}
ISSUER = "https://login.example"


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    whole = {"iss": ISSUER, "aud": "c", "sub": "1", "iat": now, "exp": now + 60, "nonce": "n", **changed}
    return {name: value for name, value in whole.items() if value is not None}


def checked(token: str, *keys: Any) -> dict[str, Any]:
    return id_token_claims(token, {"keys": list(keys)}, issuer=ISSUER, client_id="c", nonce="n")


def signed(header: dict[str, Any] | None = None, **changed: Any) -> str:
    head = {"alg": "ES256", **({"kid": "k"} if header is None else header)}
    return jwt.encode(head, claims(**changed), KEY, ["ES256"])


def refusal(token: str, *keys: Any) -> str:
    with pytest.raises(SignInError, match=r"^The identity is not valid \(") as caught:
        checked(token, *keys)
    return caught.value.message.partition("(")[2].removesuffix(")")


@pytest.mark.parametrize(
    "held",
    [
        {},
        {"aud": ["c"]},
        {"aud": ["c", "d"], "azp": "c"},
        {"iat": None},
    ],
)
def test_a_token_that_holds(held: dict[str, Any]) -> None:
    assert checked(signed(**held), PUBLIC)["sub"] == "1"


@pytest.mark.parametrize(("claim", "seconds"), [("exp", -30), ("iat", 30)])
def test_clocks_may_differ_a_little(claim: str, seconds: int) -> None:
    assert checked(signed(**{claim: int(time.time()) + seconds}), PUBLIC)["sub"] == "1"


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("RS256", RSAKey.generate_key(2048)),
        ("PS256", RSAKey.generate_key(2048)),
        ("ES384", ECKey.generate_key("P-384")),
        ("EdDSA", OKPKey.generate_key("Ed25519")),
    ],
)
def test_the_algorithms(algorithm: str, key: Any) -> None:
    token = jwt.encode({"alg": algorithm}, claims(), key, [algorithm])
    assert checked(token, key.as_dict(private=False))["sub"] == "1"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"iss": "https://evil.example"}, "InvalidClaimError: iss"),
        ({"iss": None}, "MissingClaimError: iss"),
        ({"aud": "another"}, "InvalidClaimError: aud"),
        ({"aud": []}, "InvalidClaimError: aud"),
        ({"aud": None}, "MissingClaimError: aud"),
        ({"aud": ["c", "d"], "azp": "d"}, "InvalidClaimError: azp"),
        ({"exp": 1}, "ExpiredTokenError: exp"),
        ({"exp": int(time.time()) - 90}, "ExpiredTokenError: exp"),
        ({"exp": float("nan")}, "InvalidClaimError: exp"),
        ({"exp": None}, "MissingClaimError: exp"),
        ({"iat": int(time.time()) + 90_000}, "InvalidClaimError: iat"),
        ({"nbf": int(time.time()) + 90_000}, "InvalidClaimError: nbf"),
        ({"nonce": "another"}, "InvalidClaimError: nonce"),
        ({"nonce": None}, "MissingClaimError: nonce"),
        ({"sub": 7}, "InvalidClaimError: sub"),
        ({"sub": None}, "MissingClaimError: sub"),
    ],
)
def test_a_claim_that_does_not_hold(wrong: dict[str, Any], why: str) -> None:
    assert refusal(signed(**wrong), PUBLIC) == why


@pytest.mark.parametrize(
    "unusable",
    [
        {"kty": "AKP", "alg": "ML-DSA-65", "pub": "AA"},
        {"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "Ed25519"},
        {"kty": ["EC"]},
        {"kty": "oct", "k": "c2VjcmV0"},
        {**PUBLIC, "alg": "ES999"},
        {**PUBLIC, "use": "enc"},
        {},
        "?",
        None,
    ],
)
@pytest.mark.parametrize("kid", [{}, {"kid": "k"}])
def test_a_key_that_cannot_be_used_locks_nobody_out(unusable: Any, kid: dict[str, str]) -> None:
    named = {**unusable, **kid} if isinstance(unusable, dict) else unusable
    assert checked(signed(kid), named, PUBLIC)["sub"] == "1"
    assert refusal(signed(kid), named)


@pytest.mark.parametrize(
    ("header", "keys"),
    [
        ({}, [PUBLIC]),
        ({}, [NAMELESS]),
        ({"kid": "k"}, [NAMELESS]),
        ({}, [OTHER.as_dict(private=False), NAMELESS]),
        ({}, [OTHER.as_dict(private=False), PUBLIC]),
        ({"kid": "k"}, [{**OTHER.as_dict(private=False), "kid": "old"}, PUBLIC]),
    ],
)
def test_keys_without_a_name(header: dict[str, Any], keys: list[Any]) -> None:
    assert checked(signed(header), *keys)["sub"] == "1"


@pytest.mark.parametrize(
    ("header", "keys", "why"),
    [
        ({"kid": "k"}, [], "InvalidKeyIdError"),
        ({"kid": "k"}, [{**PUBLIC, "kid": "another"}], "InvalidKeyIdError"),
        ({}, [OTHER.as_dict(private=False)], "BadSignatureError"),
        ({"kid": "k"}, [{**OTHER.as_dict(private=False), "kid": "k"}], "BadSignatureError"),
        ({"kid": "k"}, [{**PUBLIC, "use": "enc"}], "UnsupportedKeyUseError"),
    ],
)
def test_no_key_that_fits(header: dict[str, Any], keys: list[Any], why: str) -> None:
    assert refusal(signed(header), *keys) == why


@pytest.mark.parametrize("jwks", [{}, {"keys": None}, {"keys": 7}])
def test_no_keys_at_all(jwks: dict[str, Any]) -> None:
    with pytest.raises(SignInError, match="identity is not valid"):
        id_token_claims(signed(), jwks, issuer=ISSUER, client_id="c", nonce="n")


@pytest.mark.parametrize("token", ["", "x", "..", "a.b.c", "é.é.é", "null.null."])
def test_what_is_no_token(token: str) -> None:
    assert refusal(token, PUBLIC)


def in_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_token_that_nobody_signed() -> None:
    parts = [in_base64(json.dumps(part).encode()) for part in ({"alg": "none", "kid": "k"}, claims())]
    assert refusal(".".join([*parts, ""]), PUBLIC) == "UnsupportedAlgorithmError"


@pytest.mark.parametrize("algorithm", ["HS256", "HS512"])
def test_a_token_signed_with_what_everybody_may_read(algorithm: str) -> None:
    """Confusion of algorithms: RFC 8725, 2.1."""
    pair = RSAKey.generate_key(2048)
    secret = pair.as_pem(private=False)
    parts = [in_base64(json.dumps(part).encode()) for part in ({"alg": algorithm}, claims())]
    mac = hmac.digest(secret, ".".join(parts).encode(), f"sha{algorithm[2:]}")
    assert refusal(".".join([*parts, in_base64(mac)]), pair.as_dict(private=False)) == "UnsupportedAlgorithmError"


def test_a_token_signed_with_a_secret_that_is_published() -> None:
    secret = OctKey.generate_key(512)
    token = jwt.encode({"alg": "HS256"}, claims(), secret, ["HS256"])
    assert refusal(token, secret.as_dict()) == "UnsupportedAlgorithmError"
