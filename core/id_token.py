"""Who signed in, by the ID token of another server: https://openid.net/specs/openid-connect-core-1_0.html

The section numbers are of that specification.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import ClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import import_key

from .errors import SignInError

_ALGORITHMS = ["RS256", "ES256", "PS256", "RS384", "ES384", "RS512", "ES512", "EdDSA"]
"""Of key pairs only. With a MAC, what is published as a public key would sign (RFC 8725, 2.1 and 3.1)."""

_LEEWAY = 60  # seconds that clocks may differ


def id_token_claims(
    id_token: str, jwks: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str
) -> dict[str, Any]:
    """The claims of an ID token (section 2) that holds: section 3.1.3.7.

    Args:
        jwks: the issuer's keys as they are published now. Who fetches them for each sign-in needs no rule for keys
            that rotate (section 10.1.1).
        client_id: the suite's own, at the issuer.
        nonce: of the attempt that the token answers.

    Raises:
        SignInError: it is not signed by the issuer, for another client or attempt, or out of its time.
    """
    try:
        claims = _signed_claims(id_token, jwks["keys"])
        jwt.JWTClaimsRegistry(  # iat and nbf, too, where the token has them
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
    """The claims of a token that one of the keys has signed: section 10.1.

    Keys that cannot be read or used are passed over (RFC 7517, 5), and a token that names none may be of any.

    Raises:
        JoseError, ValueError, TypeError, KeyError: no key fits, or the token is none.
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
