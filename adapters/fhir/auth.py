"""Signs requests to a FHIR server, with a fixed token or by SMART Backend Services for the suite itself.

https://hl7.org/fhir/smart-app-launch/backend-services.html. Requests of people use their own tokens: see
:mod:`adapters.fhir.launch`.
"""

import asyncio
import re
import time
import uuid
from collections.abc import AsyncGenerator, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, RSAKey, import_key

from core.errors import FhirAccessError, FhirServerError, InputError, SettingsError
from core.http_clients import async_http_client

from .connection import checked_url
from .elements import Json, inner, objects, string
from .failures import unreachable
from .limits import read_json

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
START_AGAIN = "Start again from the hospital system"
_REGISTRATION = "Check the client id, the registered key and the scopes with the server's operator"
_SCOPES = "Have the scopes in R1_SMART_SCOPE or R1_SMART_USER_SCOPE registered, or request fewer"
_CLIENT = "R1_SMART_CLIENT_ID has to be the id under which the suite's public keys are registered"
_LATER = "The hospital's sign-in does not work at present: try again later"
_HINTS = {
    "access_denied": START_AGAIN,
    "invalid_client": _CLIENT,
    "invalid_grant": START_AGAIN,
    "invalid_scope": _SCOPES,
    "server_error": _LATER,
    "temporarily_unavailable": _LATER,
}
_LIFE = 240  # seconds that a client assertion is valid; SMART allows 300, and clocks differ
_EARLY = 30  # seconds before it expires, from which a token is no longer used
_MAX_ANSWER = 1_000_000  # bytes
_CONFIGURATION_SECONDS = 3_600  # after which it is read again: a hospital may move its sign-in
_MIN_RSA_BITS = 2048
_PEM = re.compile(rb"(?=-----BEGIN [A-Z ]*PRIVATE KEY-----)")  # where each begins


class BearerToken(httpx.Auth):
    """A token that somebody else manages.

    Raises:
        SettingsError: it has characters that no token has.
    """

    def __init__(self, token: str) -> None:
        if not _fits_a_header(token):
            raise SettingsError(
                "The FHIR token has characters that no token has",
                hint="R1_FHIR_TOKEN is the token alone, without Bearer, spaces or line breaks",
            )
        self._header = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Signs the request."""
        request.headers["Authorization"] = self._header
        yield request


class SiteKeys:
    """The private keys that the suite authenticates with, newest first: EC P-384, or RSA of 2,048 bits or more.

    The first one signs. All are published, so that a server finds a key before its first use and after its last.

    Args:
        file: PEM, one key after the other, or a JWK or JWK Set.

    Raises:
        SettingsError: the file cannot be read, or holds another kind of key.
    """

    def __init__(self, file: Path) -> None:
        try:
            self._keys = [_SigningKey.of(key) for key in _read_keys(file.read_bytes())]
        except OSError as error:
            raise SettingsError(f"R1_SMART_KEY cannot be read ({error.strerror})", hint="Check the path") from None
        except (JoseError, InputError, ValueError, TypeError) as error:
            raise SettingsError(
                f"R1_SMART_KEY is no private key ({type(error).__name__})", hint="See docs/fhir.md"
            ) from None
        if not self._keys:
            raise SettingsError("R1_SMART_KEY holds no private key", hint="See docs/fhir.md")

    def public_jwks(self) -> Json:
        """The public keys as the JWKS that the hospital registers or fetches."""
        return {"keys": [key.public() for key in self._keys]}

    def assertion(self, client_id: str, token_endpoint: str) -> dict[str, str]:
        """The form fields that authenticate the client: RFC 7523, ``private_key_jwt``."""
        now, key = int(time.time()), self._keys[0]
        claims = {"iss": client_id, "sub": client_id, "aud": token_endpoint, "jti": str(uuid.uuid4())}
        header = {"alg": key.algorithm, "kid": key.kid, "typ": "JWT"}
        signed = jwt.encode(header, {**claims, "iat": now, "exp": now + _LIFE}, key.key, [key.algorithm])
        return {"client_assertion_type": ASSERTION, "client_assertion": signed}


@dataclass(frozen=True, slots=True)
class _SigningKey:
    key: ECKey | RSAKey
    algorithm: str

    @classmethod
    def of(cls, key: Key) -> Self:
        """A key with its algorithm; raises a SettingsError for a kind that the suite does not sign with."""
        if isinstance(key, ECKey) and key.is_private and key.curve_name == "P-384":
            return cls(key, "ES384")
        if isinstance(key, RSAKey) and key.is_private and key.raw_value.key_size >= _MIN_RSA_BITS:
            return cls(key, "RS384")
        raise SettingsError("R1_SMART_KEY holds what is no private EC P-384 or RSA key", hint="See docs/fhir.md")

    @property
    def kid(self) -> str:
        return self.key.thumbprint()

    def public(self) -> Json:
        return {**self.key.as_dict(private=False), "kid": self.kid, "alg": self.algorithm, "use": "sig"}


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """An access token. ``expires_at`` is in seconds since 1970; ``content`` is the whole answer with launch context."""

    token: str
    expires_at: float
    content: Json

    @property
    def is_fresh(self) -> bool:
        """Whether it can still be used for a request."""
        return time.time() < self.expires_at - _EARLY

    @property
    def can_be_renewed(self) -> bool:
        """Whether it came with a refresh token."""
        return bool(string(self.content.get("refresh_token")))


class OAuthServer:
    """The authorisation server of a FHIR server.

    Args:
        base_url: of the FHIR server.
        timeout: seconds for one answer.
    """

    def __init__(
        self, base_url: str, *, timeout: float = 20.0, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.base_url = str(checked_url(base_url, with_credentials=True)).rstrip("/")
        self._timeout = timeout
        self._transport = transport
        self._configuration: Json | None = None
        self._read_again_at = 0.0  # in seconds since 1970

    async def configuration(self) -> Json:
        """The server's SMART configuration: https://hl7.org/fhir/smart-app-launch/conformance.html.

        It is read again after an hour; while that fails, the last one holds.

        Raises:
            FhirServerError: there is none, it has no token endpoint, or an endpoint in it is unencrypted.
        """
        if self._configuration is None or time.time() >= self._read_again_at:
            try:
                self._configuration = await self._checked()
            except FhirServerError:
                if self._configuration is None:
                    raise
            self._read_again_at = time.time() + _CONFIGURATION_SECONDS
        return self._configuration

    async def _checked(self) -> Json:
        found = await self._published()
        for name in ("token_endpoint", "authorization_endpoint", "jwks_uri"):
            if name in found:
                _secure(string(found[name]))
        if not string(found.get("token_endpoint")):
            raise FhirServerError("The server's SMART configuration names no token endpoint", hint="Check R1_FHIR_URL")
        return found

    async def _published(self) -> Json:
        try:
            return await self.fetch("GET", f"{self.base_url}/.well-known/smart-configuration")
        except FhirServerError as error:
            if error.status is None or error.status == 429 or error.status >= 500:
                raise
            raise FhirServerError(
                f"There is no SMART configuration at the FHIR server's address (HTTP {error.status})",
                hint="Check R1_FHIR_URL; a server without SMART takes R1_FHIR_TOKEN in place of R1_SMART_KEY",
                status=error.status,
            ) from None

    async def token(self, form: Mapping[str, str]) -> TokenAnswer:
        """Requests a token from the token endpoint.

        Raises:
            FhirAccessError: it refuses.
            FhirServerError: it does not answer as OAuth requires.
        """
        asked = time.time()
        endpoint = string((await self.configuration())["token_endpoint"])
        content = await self.fetch("POST", endpoint, form)
        token, life = content.get("access_token"), content.get("expires_in", 300)
        if not isinstance(token, str) or string(content.get("token_type")).lower() != "bearer":
            raise FhirServerError("The token endpoint gave no bearer token", hint="Ask the server's operator")
        if not _fits_a_header(token):
            raise FhirServerError(
                "The token endpoint gave a token with characters that no token has", hint="Ask the server's operator"
            )
        seconds = float(life) if isinstance(life, int | float | str) and re.fullmatch(r"\d{1,9}", str(life)) else 300.0
        return TokenAnswer(token, asked + seconds, content)

    async def fetch(self, method: str, url: str, form: Mapping[str, str] | None = None) -> Json:
        """The JSON object at an address.

        Raises:
            FhirServerError: its type says what happened.
        """
        try:
            # A new connection each time: tokens are requested only a few times an hour.
            async with (
                asyncio.timeout(self._timeout),
                async_http_client(transport=self._transport, timeout=self._timeout) as http,
                http.stream(method, url, data=form, headers={"Accept": "application/json"}) as response,
            ):
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > _MAX_ANSWER:
                        raise FhirServerError(
                            "The authorisation server's answer is too large", hint="Check R1_FHIR_URL"
                        )
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise unreachable(error, self._timeout) from None
        try:
            content = inner(read_json(bytes(body)))
        except InputError:
            content = {}
        if response.status_code == 200 and content:
            return content
        code = string(content.get("error"))
        kind = FhirAccessError if response.status_code in (400, 401, 403) else FhirServerError
        raise kind(
            f"The authorisation server answered with HTTP {response.status_code}{shown_code(code)}",
            hint=hint_for(code, response.status_code),
            status=response.status_code,
        )


class BackendServices(httpx.Auth):
    """Signs the suite's own requests with a token that it obtains with its key and renews in time.

    Args:
        scope: such as ``system/*.rs``.
    """

    def __init__(self, server: OAuthServer, *, client_id: str, keys: SiteKeys, scope: str) -> None:
        self._server, self._client_id, self._keys, self._scope = server, client_id, keys, scope
        self._answer: TokenAnswer | None = None
        self._lock = asyncio.Lock()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Signs the request; after HTTP 401, signs it once more with a new token.

        Raises:
            FhirServerError: no token can be obtained.
        """
        answer = await self._current(None)
        request.headers["Authorization"] = f"Bearer {answer.token}"
        response = yield request
        if response.status_code == 401:
            answer = await self._current(answer)
            request.headers["Authorization"] = f"Bearer {answer.token}"
            yield request

    async def _current(self, refused: TokenAnswer | None) -> TokenAnswer:
        async with self._lock:
            if self._answer is None or self._answer is refused or not self._answer.is_fresh:
                endpoint = string((await self._server.configuration())["token_endpoint"])
                proof = self._keys.assertion(self._client_id, endpoint)
                form = {"grant_type": "client_credentials", "scope": self._scope, **proof}
                self._answer = await self._server.token(form)
            return self._answer


def shown_code(code: str) -> str:
    """An OAuth error code in parentheses, https://www.rfc-editor.org/rfc/rfc6749#section-5.2; empty for any other text.

    The description of an error may say anything and is not shown.
    """
    return f" ({code})" if re.fullmatch(r"[a-z_]{3,40}", code) else ""


def hint_for(code: str, status: int = 400) -> str:
    """What to do about an OAuth error code, or the HTTP status of an answer without one that is known."""
    return _HINTS.get(code, _LATER if status == 429 or status >= 500 else _REGISTRATION)


def _fits_a_header(token: str) -> bool:
    return re.fullmatch(r"[\x21-\x7e]+", token) is not None


def _secure(endpoint: str) -> None:
    try:
        checked_url(endpoint.split("?")[0], with_credentials=True)
    except SettingsError:
        raise FhirServerError(
            "The server's SMART configuration names an address without encryption", hint="Ask the server's operator"
        ) from None


def _read_keys(data: bytes) -> list[Key]:
    if data.lstrip().startswith(b"{"):
        content = read_json(data)
        return [import_key(jwk) for jwk in (objects(content["keys"]) if "keys" in content else [content])]
    return [_from_pem(pem) for pem in _PEM.split(data)[1:]]


def _from_pem(pem: bytes) -> Key:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    is_rsa = isinstance(load_pem_private_key(pem, None), RSAPrivateKey)
    return import_key(pem, "RSA") if is_rsa else import_key(pem, "EC")
