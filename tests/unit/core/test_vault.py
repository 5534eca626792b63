"""What is stored is sealed with keys of a file, to which newer keys are added."""

import errno
from pathlib import Path

import pytest

from core.errors import SettingsError, StorageError
from core.vault import open_vault, write_key


def test_vault(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="unencrypted"):
        open_vault(None, volume_encrypted=False)
    assert open_vault(None, volume_encrypted=True).seal(b"x", b"") == b"x"
    file = tmp_path / "keys"
    write_key(file)
    assert file.stat().st_mode & 0o777 == 0o600
    old = open_vault(file, volume_encrypted=False)
    sealed = old.seal(b"secret", b"place")
    assert b"secret" not in sealed
    write_key(file)
    new = open_vault(file, volume_encrypted=False)
    assert new.open(sealed, b"place") == b"secret"
    assert new.digest(b"a") == old.digest(b"a") != new.digest(b"b")
    for wrong, place in ((sealed, b"elsewhere"), (sealed[:-1] + b"?", b"place"), (b"", b"place")):
        with pytest.raises(StorageError):
            new.open(wrong, place)
    with pytest.raises(StorageError, match="another key"):
        old.open(new.seal(b"x", b""), b"")
    file.write_text("c2hvcnQ=")
    with pytest.raises(SettingsError, match="no keys"):
        open_vault(file, volume_encrypted=False)
    with pytest.raises(SettingsError, match="cannot be read"):
        open_vault(tmp_path / "absent", volume_encrypted=False)


def test_a_key_that_found_the_disk_full_is_written_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: Path, *_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = tmp_path / "keys"
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", full)
        with pytest.raises(StorageError, match="cannot be written"):
            write_key(file)
    assert list(tmp_path.iterdir()) == []
    write_key(file)
    assert list(tmp_path.iterdir()) == [file]
