"""SMART App Launch with PKCE: a clinician signs in at the hospital, and the suite works with that person's token.

https://hl7.org/fhir/smart-app-launch/app-launch.html. A launch from the hospital system (EHR launch) brings the
patient along; for one from the suite's own page (standalone launch) the hospital asks for a patient.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import httpx

from core.errors import FhirAccessError, FhirServerError, SignInError
from core.id_token import id_token_claims
from core.pkce import Attempt

from .auth import START_AGAIN, OAuthServer, SiteKeys, TokenAnswer, hint_for, shown_code
from .drafts import Clinician
from .elements import Json, is_id, string


class PersonToken(httpx.Auth):
    """Signs requests with a person's token, and renews it while the hospital allows."""

    def __init__(self, app: "SmartApp", answer: TokenAnswer) -> None:
        self._app, self._answer = app, answer
        self._lock = asyncio.Lock()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Signs the request; after HTTP 401, signs it once more with a new token where the hospital gives one.

        Raises:
            FhirAccessError: the session has ended.
            FhirServerError: the token cannot be renewed.
        """
        answer = await self._current(None)
        request.headers["Authorization"] = f"Bearer {answer.token}"
        response = yield request
        if response.status_code == 401 and answer.can_be_renewed:
            answer = await self._current(answer)
            request.headers["Authorization"] = f"Bearer {answer.token}"
            yield request

    async def _current(self, refused: TokenAnswer | None) -> TokenAnswer:
        async with self._lock:
            if self._answer is refused or not self._answer.is_fresh:
                self._answer = await self._app.renewed(self._answer)
            return self._answer


@dataclass(frozen=True, slots=True)
class SmartSession:
    """A signed-in person, with the open patient."""

    auth: PersonToken
    clinician: Clinician


class SmartApp:
    """The suite as an app registered at one hospital.

    Args:
        redirect_uri: the suite's own address that the hospital sends the browser back to.
        scope: requested besides ``openid fhirUser`` and the launch scope, such as ``user/*.rs``.
        keys: of a confidential client; without them the client is public and uses PKCE alone.
    """

    def __init__(
        self, server: OAuthServer, *, client_id: str, redirect_uri: str, scope: str, keys: SiteKeys | None = None
    ) -> None:
        self._server, self._client_id, self._redirect_uri = server, client_id, redirect_uri
        self._scope, self._keys = scope, keys

    async def begin(self, *, iss: str = "", launch: str = "") -> tuple[str, str]:
        """The address to send the browser to, and the content of its cookie until it returns.

        Args:
            iss, launch: as passed by the hospital system; without ``launch`` it is a standalone launch.

        Raises:
            FhirAccessError: ``iss`` is another server than the configured one.
            FhirServerError: the server offers no sign-in.
        """
        if iss and iss.rstrip("/") != self._server.base_url:
            raise FhirAccessError("The launch comes from a server that is not configured", hint="Check R1_FHIR_URL")
        configuration = await self._server.configuration()
        endpoint = string(configuration.get("authorization_endpoint"))
        if not endpoint or not _has(configuration, "code_challenge_methods_supported", "S256"):
            raise FhirServerError("The server offers no sign-in with PKCE", hint="Ask the server's operator")
        attempt = Attempt.new()
        how = {"launch": launch} if launch else {}
        scopes = ["openid", "fhirUser", "launch" if launch else "launch/patient", *self._scope.split()]
        if "offline_access" not in scopes and _renews(configuration):
            scopes.append("online_access")
        url = httpx.URL(endpoint).copy_merge_params(
            {
                "client_id": self._client_id,
                "redirect_uri": self._redirect_uri,
                "scope": " ".join(dict.fromkeys(scopes)),
                "aud": self._server.base_url,
                **attempt.parameters,
                **how,
            }
        )
        return str(url), attempt.cookie

    async def finish(self, *, state: str, code: str, kept: str, error: str = "") -> SmartSession:
        """Completes the sign-in once the browser has returned.

        Args:
            state, code: from the address that the browser returned to; the hospital accepts a code once.
            kept: the content of its cookie.
            error: why there is no code, https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1

        Raises:
            FhirAccessError: another browser, an expired sign-in, a refusal by the hospital, or not a clinician.
            FhirServerError: the server did not answer as SMART requires.
        """
        attempt = Attempt.of(kept, state=state)
        if attempt is None:
            raise FhirAccessError("The sign-in was begun in another browser, or is over", hint=START_AGAIN)
        if not code:
            hint = hint_for(error) if error else START_AGAIN
            raise FhirAccessError(f"The hospital did not sign you in{shown_code(error)}", hint=hint)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect_uri}
        answer = await self._ask({**form, "code_verifier": attempt.verifier})
        claims = await self._identity(string(answer.content.get("id_token")), attempt.nonce)
        return SmartSession(PersonToken(self, answer), self._clinician(claims, answer.content))

    async def renewed(self, answer: TokenAnswer) -> TokenAnswer:
        """A new token to replace one that expires.

        Raises:
            FhirAccessError: the hospital does not allow it, or no longer does.
            FhirServerError: its type says what happened.
        """
        if not answer.can_be_renewed:
            raise FhirAccessError("The session with the hospital has ended", hint=START_AGAIN)
        refresh = string(answer.content["refresh_token"])
        new = await self._ask({"grant_type": "refresh_token", "refresh_token": refresh})
        return TokenAnswer(new.token, new.expires_at, {"refresh_token": refresh, **new.content})

    async def _ask(self, form: dict[str, str]) -> TokenAnswer:
        endpoint = string((await self._server.configuration())["token_endpoint"])
        proof = self._keys.assertion(self._client_id, endpoint) if self._keys else {}
        return await self._server.token({**form, "client_id": self._client_id, **proof})

    async def _identity(self, id_token: str, nonce: str) -> Json:
        """The claims of the id_token, verified with the keys that the server publishes."""
        configuration = await self._server.configuration()
        issuer, keys_at = string(configuration.get("issuer")), string(configuration.get("jwks_uri"))
        if not issuer or not keys_at:
            raise FhirServerError(
                "The server's SMART configuration names no issuer or keys", hint="Ask the server's operator"
            )
        keys = await self._server.fetch("GET", keys_at)
        try:
            return id_token_claims(id_token, keys, issuer=issuer, client_id=self._client_id, nonce=nonce)
        except SignInError as error:
            raise FhirAccessError(error.message, hint=START_AGAIN) from None

    def _clinician(self, claims: Json, context: Json) -> Clinician:
        user = string(claims.get("fhirUser")) or string(claims.get("profile"))
        own = user.removeprefix(f"{self._server.base_url}/")
        kind, _, user_id = own.partition("/")
        if kind not in ("Practitioner", "PractitionerRole") or not is_id(user_id):
            raise FhirAccessError("Whoever signed in is no clinician of this hospital", hint="Sign in as one")
        patient, encounter = context.get("patient"), context.get("encounter")
        return Clinician(
            reference=own,
            name=string(claims.get("name")) or own,
            patient=f"Patient/{patient}" if is_id(patient) else "",
            encounter=f"Encounter/{encounter}" if is_id(encounter) else "",
        )


def _renews(configuration: Json) -> bool:
    """Whether the server issues tokens that can be renewed while the person is online."""
    has_scope = _has(configuration, "scopes_supported", "online_access")
    return has_scope or _has(configuration, "capabilities", "permission-online")


def _has(configuration: Json, field: str, value: str) -> bool:
    """Whether a list of the server's SMART configuration has a value."""
    values = configuration.get(field)
    return isinstance(values, list) and value in values
