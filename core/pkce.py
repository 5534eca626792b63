"""One attempt to sign in at another server, from redirect to callback: authorization code with PKCE.

RFC 6749 and 7636. The server keeps no state in between: an attempt lives in a cookie of the browser that began it, so
that any process can finish it.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass

PENDING_SECONDS = 600
"""Time limit for a sign-in."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The secrets of one attempt."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> "Attempt":
        """A new attempt, with secrets that nobody can guess."""
        return cls(*(secrets.token_urlsafe(length) for length in (32, 32, 64)))

    @classmethod
    def of(cls, cookie: str, *, state: str) -> "Attempt | None":
        """The attempt stored in a cookie; None if the cookie is malformed or ``state`` is another attempt's."""
        parts = cookie.split(".")
        if len(parts) != 3 or not all(parts) or not secrets.compare_digest(state.encode(), parts[0].encode()):
            return None
        return cls(*parts)

    @property
    def cookie(self) -> str:
        """The cookie that the browser must keep until it comes back."""
        return f"{self.state}.{self.nonce}.{self.verifier}"

    @property
    def parameters(self) -> dict[str, str]:
        """The attempt's query parameters for the redirect."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        return {
            "response_type": "code",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
