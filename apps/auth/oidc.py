"""Signing in at the company's identity provider: OpenID Connect, authorization code with PKCE.

https://openid.net/specs/openid-connect-core-1_0.html
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import httpx

from core.addresses import is_loopback
from core.deadline import deadline
from core.errors import SettingsError, SignInError
from core.http_clients import fault_of, http_client
from core.id_token import id_token_claims
from core.pkce import Attempt
from core.settings import Settings

from .accounts import Role

CALLBACK = "/sign-in/callback"

_MAX_ANSWER = 1_000_000  # bytes
_TIMEOUT = 10.0  # seconds for each of at most four answers
_AGAIN = "Start again on the sign-in page"
_ERROR_CODE = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class Identity:
    """A person the provider vouches for, with the roles that the claims give here."""

    issuer: str
    subject: str
    name: str
    roles: frozenset[Role]


class IdentityProvider:
    """An OpenID provider at which the suite is registered.

    Args:
        secret: of a confidential client, sent by HTTP Basic; None for a public client, which uses PKCE alone.
        claim: the claim whose values give roles, such as ``groups``.
        roles: pairs of a value and the role it gives.
        scope: the scopes requested, including ``openid``.
        redirect_uri: the suite's own address that browsers return to.
        seconds: timeout of each answer.
    """

    def __init__(
        self,
        issuer: str,
        *,
        client_id: str,
        secret: str | None,
        claim: str,
        roles: Collection[tuple[str, Role]],
        scope: str,
        redirect_uri: str,
        transport: httpx.BaseTransport | None = None,
        seconds: float = _TIMEOUT,
    ) -> None:
        self.issuer = issuer
        self._client_id, self._secret, self._redirect_uri = client_id, secret, redirect_uri
        self._claim, self._roles, self._scope = claim, tuple(roles), scope
        self._transport, self._seconds = transport, seconds
        self._found: dict[str, Any] = {}

    def begin(self) -> tuple[str, str]:
        """The URL to send the browser to, and the cookie value it must keep until it returns.

        Raises:
            SignInError: the provider cannot be reached, or offers no sign-in with PKCE.
        """
        attempt = Attempt.new()
        url = httpx.URL(self._endpoint("authorization_endpoint")).copy_merge_params(
            {
                "client_id": self._client_id,
                "redirect_uri": self._redirect_uri,
                "scope": self._scope,
                **attempt.parameters,
            }
        )
        return str(url), attempt.cookie

    def finish(self, *, state: str, code: str, kept: str, error: str = "") -> Identity:
        """Who signed in, once the browser has returned.

        Args:
            state, code, error: from the address that the browser returned to.
            kept: the value of its cookie.

        Raises:
            SignInError: another browser began the sign-in, the provider refuses, or its answer is invalid.
        """
        if error:
            known = error if _ERROR_CODE.fullmatch(error) else "unknown error"  # anybody can write an address
            raise SignInError(f"The identity provider refused ({known})", hint=_AGAIN)
        attempt = Attempt.of(kept, state=state)
        if attempt is None:
            raise SignInError("The sign-in was begun in another browser, or is over", hint=_AGAIN)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect_uri}
        form |= {"code_verifier": attempt.verifier} | ({} if self._secret else {"client_id": self._client_id})
        # RFC 6749, 2.3.1: both are form-encoded before they are joined.
        auth = httpx.BasicAuth(quote_plus(self._client_id), quote_plus(self._secret)) if self._secret else None
        answer = self._fetch("POST", self._endpoint("token_endpoint"), data=form, auth=auth)
        claims = id_token_claims(
            str(answer.get("id_token", "")),
            self._fetch("GET", self._endpoint("jwks_uri")),
            issuer=self.issuer,
            client_id=self._client_id,
            nonce=attempt.nonce,
        )
        if self._claim not in claims and "userinfo_endpoint" in self._configuration():
            headers = {"Authorization": f"Bearer {answer.get('access_token', '')}"}
            more = self._fetch("GET", self._endpoint("userinfo_endpoint"), headers=headers)
            if more.get("sub") == claims["sub"]:  # 5.3.2: otherwise it is about somebody else
                claims = {**more, **claims}
        return self._identity(claims)

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        given = claims.get(self._claim, [])
        values = given if isinstance(given, list) else str(given).split()
        roles = frozenset(role for value, role in self._roles if value in values)
        names = [claims.get(name) for name in ("preferred_username", "email", "sub")]  # unique there, unlike `name`
        name = next(name for name in names if isinstance(name, str) and name)
        return Identity(self.issuer, claims["sub"], name, roles)

    def _configuration(self) -> dict[str, Any]:
        """https://openid.net/specs/openid-connect-discovery-1_0.html, read once."""
        if not self._found:
            found = self._fetch("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self.issuer:
                raise SignInError("The identity provider calls itself otherwise", hint="Check R1_OIDC_ISSUER")
            methods = found.get("code_challenge_methods_supported")  # Microsoft's takes S256 without this list
            if isinstance(methods, list) and "S256" not in methods:
                raise SignInError("The identity provider offers no sign-in with PKCE", hint="Ask its operator")
            self._found = found
        return self._found

    def _endpoint(self, name: str) -> str:
        address = self._configuration().get(name)
        try:
            url = httpx.URL(address) if isinstance(address, str) else httpx.URL()
        except httpx.InvalidURL:
            url = httpx.URL()
        if url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host)):
            return str(url)
        raise SignInError("The identity provider names an address without encryption", hint="Ask its operator")

    def _fetch(self, method: str, url: str, **sent: Any) -> dict[str, Any]:
        """The JSON object at an address."""
        sent = {key: value for key, value in sent.items() if value is not None}
        sent["headers"] = {"Accept": "application/json", **sent.get("headers", {})}
        body = bytearray()
        try:
            with (
                deadline(self._seconds) as limit,
                http_client(transport=self._transport, timeout=self._seconds) as http,
                http.stream(method, url, extensions=limit.extensions, **sent) as answer,
            ):
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > _MAX_ANSWER:
                        raise SignInError("The identity provider's answer is too large", kind="unreachable")
                content = httpx.Response(200, content=bytes(body)).json() if answer.status_code == 200 else None
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise SignInError(
                f"The identity provider cannot be reached ({fault_of(error)})",
                hint="Try again, or check R1_OIDC_ISSUER",
                kind="unreachable",
            ) from None
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise SignInError(f"The identity provider answered with HTTP {answer.status_code}", hint=_AGAIN)
        return content


def identity_provider(settings: Settings) -> IdentityProvider | None:
    """The provider named in the settings; None if there is none.

    Raises:
        SettingsError: ``R1_OIDC_ROLES`` is not like ``value=role,value=role``.
    """
    if settings.oidc_issuer is None:
        return None
    pairs = [pair.rpartition("=") for pair in settings.oidc_roles.split(",") if pair.strip()]
    if not pairs or any(not value.strip() or role.strip() not in set(Role) for value, _, role in pairs):
        raise SettingsError(
            "R1_OIDC_ROLES is not like support-desk=operator,support-leads=approver",
            hint=f"The roles are {', '.join(Role)}",
        )
    return IdentityProvider(
        settings.oidc_issuer,
        client_id=settings.oidc_client_id or "",
        secret=settings.oidc_client_secret.get_secret_value() if settings.oidc_client_secret else None,
        claim=settings.oidc_claim,
        roles=[(value.strip(), Role(role.strip())) for value, _, role in pairs],
        scope=settings.oidc_scope,
        redirect_uri=settings.public_base + CALLBACK,
    )
