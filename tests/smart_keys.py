"""Keys that the suite signs in with at a FHIR server."""

from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from adapters.fhir.auth import SiteKeys


def pem(key: Any) -> bytes:
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


KEYS = {
    "ES384": pem(ec.generate_private_key(ec.SECP384R1())),
    "RS384": pem(rsa.generate_private_key(65537, 2048)),
}


def keys_of(folder: Path, content: bytes) -> SiteKeys:
    (folder / "keys").write_bytes(content)
    return SiteKeys(folder / "keys")


def site_keys(folder: Path, algorithm: str = "ES384") -> SiteKeys:
    return keys_of(folder, KEYS[algorithm])
