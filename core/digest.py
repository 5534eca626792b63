"""Digests of values that are only compared for equality and never stored themselves."""

import hashlib


def digest(text: str) -> str:
    """SHA-256 in hex, for a random token or a name that is only compared for equality."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
