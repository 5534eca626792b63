"""Names for what is looked up by equality alone, and not kept itself."""

import hashlib


def digest(text: str) -> str:
    """SHA-256 in hex, for a random token or a name of which only equality is of interest."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
