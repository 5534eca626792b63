"""Which hospital systems may call: their keys, their FHIR servers and their web origins, pinned in a file.

::

    [[client]]
    issuer = "https://ehr.example.org"
    jwks = "ehr-example-keys.json"
    fhir_servers = ["https://ehr.example.org/fhir"]
    origins = ["https://ehr.example.org"]

``jwks`` is a file beside this one with the client's public keys. They are not fetched: whoever controlled their address
could impersonate the client. https://cds-hooks.hl7.org/2.0/#trusting-cds-clients
"""

import base64
import json
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import ClaimError, JoseError
from joserfc.jwk import KeySet

from core.errors import NotTrustedError, SettingsError

from .used_tokens import UsedTokens

ALGORITHMS = ["ES384", "RS384", "ES256", "RS256"]
MAX_LIFE = 300  # seconds for which a token may still be valid, according to the specification
_LEEWAY = 60  # seconds that clocks may differ
_MAX_TOKEN = 16_384  # characters
_FIELDS = {"issuer", "jwks", "fhir_servers", "origins"}


@dataclass(frozen=True, slots=True)
class Client:
    """One hospital system. ``fhir_servers`` are those that its calls may name, each normalised by :func:`_address`."""

    issuer: str
    keys: KeySet
    fhir_servers: frozenset[str]
    origins: tuple[str, ...]

    def has_server(self, address: str) -> bool:
        """Whether its calls may name this FHIR server."""
        return _address(address) in self.fhir_servers


@dataclass(frozen=True, slots=True)
class Clients:
    """The systems that may call. ``used`` remembers the tokens that were used."""

    by_issuer: dict[str, Client]
    used: UsedTokens

    @property
    def origins(self) -> list[str]:
        """The web origins from which browsers may call."""
        return sorted({origin for client in self.by_issuer.values() for origin in client.origins})

    def check(self, authorization: str, audience: str) -> Client:
        """The caller, by the JWT in the Authorization header.

        Args:
            audience: the address that was called.

        Raises:
            NotTrustedError: no token, one that is not valid here and now, or one that was used before.
            StorageError: the database cannot say whether it was used before.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > _MAX_TOKEN:
            raise NotTrustedError("A JWT is needed")
        client = self.by_issuer.get(_issuer(token))
        if client is None:
            raise NotTrustedError("The issuer is not known here")
        try:
            claims = jwt.decode(token, client.keys, algorithms=ALGORITHMS).claims
            jwt.JWTClaimsRegistry(
                leeway=_LEEWAY,
                iss={"essential": True, "value": client.issuer},
                aud={"essential": True, "value": audience},
                exp={"essential": True},
                iat={"essential": True},
                jti={"essential": True},
            ).validate(claims)
        except ClaimError as error:
            hint = f"aud has to be {audience}, below R1_PUBLIC_URL" if error.claim == "aud" else ""
            raise NotTrustedError(f"The JWT is not valid ({type(error).__name__}: {error.claim})", hint=hint) from None
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise NotTrustedError(f"The JWT is not valid ({type(error).__name__})") from None
        expires_at, jti = claims["exp"], claims["jti"]
        if not expires_at <= time.time() + MAX_LIFE + _LEEWAY:  # written so as to refuse NaN
            raise NotTrustedError("The JWT is valid for more than 5 minutes")
        if not isinstance(jti, str):
            raise NotTrustedError("The JWT has no usable jti")
        if not self.used.take(client.issuer, jti, expires_at):
            raise NotTrustedError("The JWT was used before")
        return client


def read_clients(file: Path, used: UsedTokens) -> Clients:
    """Reads the file of clients.

    Raises:
        SettingsError: it, or a key file, cannot be used.
    """
    try:
        content = tomllib.loads(file.read_text("utf-8"))
        rows = content["client"]
        clients = [_client(row, file.parent) for row in rows]
    except OSError as error:
        raise SettingsError(
            f"R1_CDS_CLIENTS or a key file that it names cannot be read ({error.strerror})", hint="Check the paths"
        ) from None
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise SettingsError(
            f"R1_CDS_CLIENTS or a key file that it names cannot be parsed ({error})", hint="See docs/cds-hooks.md"
        ) from None
    except KeyError as error:
        raise SettingsError(
            f"R1_CDS_CLIENTS or a key file that it names lacks {error.args[0]}", hint="See docs/cds-hooks.md"
        ) from None
    except (ValueError, TypeError, AttributeError, JoseError) as error:
        raise SettingsError(
            f"R1_CDS_CLIENTS cannot be used ({type(error).__name__})", hint="See docs/cds-hooks.md"
        ) from None
    if not clients or len({client.issuer for client in clients}) != len(clients):
        raise SettingsError("R1_CDS_CLIENTS names no client, or one twice", hint="See docs/cds-hooks.md")
    return Clients({client.issuer: client for client in clients}, used)


def _client(row: dict[str, Any], folder: Path) -> Client:
    if unknown := row.keys() - _FIELDS:
        raise SettingsError(
            f"R1_CDS_CLIENTS has the unknown field {min(unknown)}", hint=f"Known fields: {', '.join(sorted(_FIELDS))}"
        )
    keys = json.loads((folder / row["jwks"]).read_text("utf-8"))
    if any("d" in key or key.get("kty") == "oct" for key in keys["keys"]):
        raise SettingsError("A key file of R1_CDS_CLIENTS holds a secret key", hint="Ask for the public keys only")
    servers = frozenset(_address(str(server)) for server in row.get("fhir_servers", ()))
    return Client(str(row["issuer"]), KeySet.import_key_set(keys), servers, tuple(map(str, row.get("origins", ()))))


def _address(text: str) -> str:
    """An address in one notation: case does not matter in scheme and host (RFC 3986, 6.2.2.1)."""
    parts = urlsplit(text.rstrip("/"))
    user, mark, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}{mark}{host.lower()}").geturl()


def _issuer(token: str) -> str:
    """The issuer that the token claims, before it is verified; empty if unreadable."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(claims["iss"])
    except (IndexError, ValueError, KeyError, TypeError, RecursionError):
        return ""
