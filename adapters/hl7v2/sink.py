"""Where the transactions go: a port of one method, and the FHIR server behind it."""

import json
from typing import Protocol

import httpx

from adapters.fhir.elements import Json, inner, objects, string
from core.errors import FhirServerError, SettingsError


class FhirSink(Protocol):
    """Takes transactions."""

    async def transaction(self, bundle: Json) -> Json:
        """Carries a transaction out, wholly or not at all.

        Returns:
            The server's Bundle of responses.

        Raises:
            FhirServerError: it is not carried out; ``status`` says why, None when no answer came.
        """
        ...


class HttpSink:
    """A FHIR R4 server.

    Args:
        base_url: ``https://host/fhir``.
        token: bearer token.
        timeout: seconds for one answer.

    Raises:
        SettingsError: the token would travel unencrypted.
    """

    def __init__(self, base_url: str, *, token: str | None = None, timeout: float = 20.0) -> None:
        headers = {"Accept": "application/fhir+json", "Content-Type": "application/fhir+json"}
        if token is not None:
            url = httpx.URL(base_url)
            if url.scheme == "http" and url.host not in ("localhost", "127.0.0.1", "::1"):
                raise SettingsError("R1_FHIR_TOKEN would be sent unencrypted", hint="Use https:// in R1_FHIR_URL")
            headers["Authorization"] = f"Bearer {token}"
        self._url = base_url.rstrip("/")
        self._http = httpx.AsyncClient(headers=headers, timeout=timeout, follow_redirects=False)

    async def transaction(self, bundle: Json) -> Json:
        """See :class:`FhirSink`."""
        try:
            response = await self._http.post(self._url, content=json.dumps(bundle, default=float))
            body = response.json()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FhirServerError(
                f"The FHIR server cannot be reached ({type(error).__name__})", hint="Check R1_FHIR_URL and the network"
            ) from None
        except ValueError:
            body = {}
        if response.status_code == 200 and inner(body).get("resourceType") == "Bundle":
            return inner(body)
        codes = tuple(string(issue.get("code")) for issue in objects(inner(body).get("issue")))
        raise FhirServerError(
            f"The FHIR server answered with HTTP {response.status_code}",
            hint="See its log",
            status=response.status_code,
            diagnostics=tuple(code for code in codes if code.replace("-", "").isalpha()),
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()
