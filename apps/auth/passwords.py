"""Passwords, kept as scrypt hashes (RFC 7914)."""

import base64
import hashlib
import hmac
import secrets
import threading
import unicodedata

from core.errors import InputError

MIN_LENGTH = 15
"""Minimum length of a password that is the only factor, in characters: NIST SP 800-63B-4, 3.1.1.2."""

_MAX_LENGTH = 256
COST = 15
"""Binary logarithm of scrypt's N. With it, r = 8 and p = 3 a hash takes 32 MiB and a few tenths of a second.

OWASP's equivalent of N = 2^17: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html.
"""

_R, _P = 8, 3
_AT_ONCE = threading.BoundedSemaphore(2)


def checked_password(password: str, name: str) -> str:
    """The password, if it is acceptable for the account of that name.

    Raises:
        InputError: it is shorter than :data:`MIN_LENGTH`, over 256 characters, or mostly the name.
    """
    if not MIN_LENGTH <= len(password) <= _MAX_LENGTH:
        raise InputError(
            f"A password has {MIN_LENGTH} to {_MAX_LENGTH} characters", hint="A sentence of four or five words is good"
        )
    rest = password.casefold().replace(name.casefold(), "")
    if len(set(rest)) < 5:
        raise InputError("The password is too easy to guess", hint="A sentence of four or five words is good")
    return password


def hashed(password: str, cost: int = COST) -> str:
    """``scrypt$15$8$3$salt$hash``, with a new salt."""
    salt = secrets.token_bytes(16)
    return f"scrypt${cost}${_R}${_P}${_text(salt)}${_text(_scrypt(password, salt, cost, _R, _P))}"


def matches(password: str, kept: str, cost: int = COST) -> bool:
    """Whether the password is the one that was hashed. An empty ``kept`` takes as long, and matches nothing."""
    _, log_n, r, p, salt, key = (kept or f"scrypt${cost}${_R}${_P}${_text(bytes(16))}$").split("$")
    found = _scrypt(password[:_MAX_LENGTH], base64.b64decode(salt), int(log_n), int(r), int(p))
    return hmac.compare_digest(found, base64.b64decode(key)) and bool(kept)


def _scrypt(password: str, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    text = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    with _AT_ONCE:
        return hashlib.scrypt(text, salt=salt, n=1 << log_n, r=r, p=p, maxmem=256 * r * ((1 << log_n) + p), dklen=32)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
