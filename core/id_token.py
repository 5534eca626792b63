"""Validates ID tokens of an OpenID provider: https://openid.net/specs/openid-connect-core-1_0.html

Section numbers refer to that specification.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import ClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import import_key

from .errors import SignInError

_ALGORITHMS = ["RS256", "ES256", "PS256", "RS384", "ES384", "RS512", "ES512", "EdDSA"]
"""Asymmetric only: with a MAC, the published public key could sign (RFC 8725, 2.1 and 3.1)."""

_LEEWAY = 60  # seconds of clock skew


def id_token_claims(
    id_token: str, jwks: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str
) -> dict[str, Any]:
    """The claims of an ID token (section 2), validated as in section 3.1.3.7.

    Args:
        jwks: the issuer's keys as published now. Fetched for each sign-in, they need no rule for key rotation (section
            10.1.1).
        client_id: the suite's own, at the issuer.
        nonce: of the sign-in attempt that the token answers.

    Raises:
        SignInError: the token is not signed by the issuer, is for another client or attempt, or is outside its
            validity period.
    """
    try:
        claims = _signed_claims(id_token, jwks["keys"])
        jwt.JWTClaimsRegistry(  # checks iat and nbf too, if the token has them
            leeway=_LEEWAY,
            iss={"essential": True, "value": issuer},
            sub={"essential": True},
            aud={"essential": True, "value": client_id},
            azp={"value": client_id},
            exp={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        claim = f": {error.claim}" if isinstance(error, ClaimError) else ""
        raise SignInError(
            f"The identity is not valid ({type(error).__name__}{claim})", hint="Start the sign-in again"
        ) from None
    return claims


def _signed_claims(id_token: str, keys: Iterable[Any]) -> dict[str, Any]:
    """The claims of a token signed by one of the keys: section 10.1.

    Keys that cannot be read or used are skipped (RFC 7517, 5); a token that names no key is tried with all.

    Raises:
        JoseError, ValueError, TypeError, KeyError: no key fits, or the token is malformed.
    """
    kid = jws.extract_compact(id_token.encode()).headers().get("kid")
    failure: Exception = InvalidKeyIdError("no key of this id")
    for key in keys:
        if not isinstance(key, dict) or (kid and key.get("kid", kid) != kid):
            continue
        try:
            claims: dict[str, Any] = jwt.decode(id_token, import_key(key), _ALGORITHMS).claims
        except (JoseError, ValueError, TypeError, KeyError) as error:
            failure = error
        else:
            return claims
    raise failure
