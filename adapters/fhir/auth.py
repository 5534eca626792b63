"""How requests to a FHIR server are signed."""

import re
from collections.abc import Generator

import httpx

from core.errors import SettingsError


class BearerToken(httpx.Auth):
    """A token that somebody else manages.

    Raises:
        SettingsError: it has characters that no token has.
    """

    def __init__(self, token: str) -> None:
        if not re.fullmatch(r"[\x21-\x7e]+", token):
            raise SettingsError("R1_FHIR_TOKEN has characters that no token has")
        self._header = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Signs the request."""
        request.headers["Authorization"] = self._header
        yield request
