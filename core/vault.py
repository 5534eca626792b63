"""Messages and reports at rest: encrypted with AES-256-GCM, or plain on a disk declared encrypted by the operator."""

import base64
import binascii
import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .errors import SettingsError, StorageError
from .files import flush, replacing

_KEY_BYTES = 32
_NONCE_BYTES = 12
_ID_BYTES = 4


class Vault(Protocol):
    """Encrypts stored data, and derives names that reveal nothing about what they stand for."""

    def seal(self, data: bytes, context: bytes) -> bytes:
        """The stored form of ``data``; ``context`` binds it to its place and is needed to open it."""
        ...

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """The original data.

        Raises:
            StorageError: it was changed, or its key is missing.
        """
        ...

    def digest(self, data: bytes) -> str:
        """A name for ``data``, 64 hexadecimal digits: the same for the same data."""
        ...


class KeyVault:
    """AES-256-GCM (NIST SP 800-38D) with the keys of a file.

    Args:
        keys: 32 bytes each. The first encrypts; all decrypt; the last derives names, which thus survive a new key.
    """

    def __init__(self, keys: list[bytes]) -> None:
        self._keys = {_key_id(key): AESGCM(key) for key in keys}
        self._first = _key_id(keys[0])
        self._naming = hmac.digest(keys[-1], b"r1 inbox names", hashlib.sha256)

    def seal(self, data: bytes, context: bytes) -> bytes:
        """Key id, nonce, ciphertext and tag: 32 bytes more than ``data``."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return self._first + nonce + self._keys[self._first].encrypt(nonce, data, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """See :class:`Vault`.

        Raises:
            StorageError: it was sealed with another key, or changed since.
        """
        key = self._keys.get(sealed[:_ID_BYTES])
        if key is None:
            raise StorageError(
                "What is stored was sealed with another key", hint="Add the old key to the file R1_INBOX_KEY_FILE"
            )
        nonce, rest = sealed[_ID_BYTES:][:_NONCE_BYTES], sealed[_ID_BYTES + _NONCE_BYTES :]
        try:
            return key.decrypt(nonce, rest, context)
        except (InvalidTag, ValueError):
            raise StorageError("What is stored was changed on disk", hint="Restore it from a backup") from None

    def digest(self, data: bytes) -> str:
        """HMAC-SHA-256: without the key, nobody can find by trial which patient number a name stands for."""
        return hmac.digest(self._naming, data, hashlib.sha256).hex()


class PlainVault:
    """No encryption, for a volume that is itself encrypted."""

    def seal(self, data: bytes, context: bytes) -> bytes:
        """The data."""
        return data

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """The data."""
        return sealed

    def digest(self, data: bytes) -> str:
        """SHA-256."""
        return hashlib.sha256(data).hexdigest()


def open_vault(key_file: Path | None, *, volume_encrypted: bool) -> Vault:
    """The vault that the settings call for.

    Raises:
        SettingsError: neither a key file nor an encrypted volume, or the file cannot be used.
    """
    if key_file is None:
        if volume_encrypted:
            return PlainVault()
        raise SettingsError(
            "Messages would be stored unencrypted",
            hint="Make a key with `r1 ehr inbox key FILE` and set R1_INBOX_KEY_FILE, "
            "or set R1_INBOX_VOLUME_ENCRYPTED where the disk is encrypted",
        )
    try:
        lines = key_file.read_text("ascii").split()
        keys = [base64.b64decode(line, validate=True) for line in lines]
    except OSError as error:
        raise SettingsError(f"R1_INBOX_KEY_FILE cannot be read ({error.strerror})", hint="Check its name") from None
    except (UnicodeDecodeError, binascii.Error):
        keys = []
    if not keys or any(len(key) != _KEY_BYTES for key in keys):
        raise SettingsError("R1_INBOX_KEY_FILE holds no keys", hint="Make one with `r1 ehr inbox key FILE`")
    return KeyVault(keys)


def write_key(file: Path) -> None:
    """Writes a new key to the top of a file that only its owner can read; existing keys stay.

    Raises:
        StorageError: the file cannot be written.
    """
    try:
        older = file.read_text("ascii") if file.exists() else ""
        with replacing(file) as partial:
            partial.touch(mode=0o600)
            partial.write_text(f"{base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}\n{older}", "ascii")
            flush(partial)  # before any message that only this key opens
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"The key file cannot be written ({type(error).__name__})", hint="Check its name") from None


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"r1 inbox key" + key).digest()[:_ID_BYTES]
