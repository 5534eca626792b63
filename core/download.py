"""Downloads models: a wheel from the package index, or a repository from the Hugging Face hub."""

import errno
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

from .errors import DownloadError, IntegrityError, R1Error, StorageError, UnknownModelError, UnsupportedModelError

_STALL_SECONDS = 120
_CHUNK = 1 << 20
_HUB_FILES = ["*.safetensors", "*.json", "*.jinja", "*.txt", "*.model", "LICENSE*", "README.md"]

# Errors of the operating system for a full disk or a folder that cannot be written to.
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

Progress = Callable[[str, int, int], None]
"""Called with a step's name, bytes done and total bytes (0 if unknown)."""


def silent(step: str, done: int, total: int) -> None:
    """Reports no progress."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel on the package index; ``size`` in bytes. ``platform``, if set, selects the wheel for that platform, even
    on another: nothing in it is executed."""

    project: str
    version: str
    sha256: str
    size: int
    platform: str = ""


def download_wheel(wheel: Wheel, partial: Path, progress: Progress) -> Path:
    """Has pip download a wheel, so that the user's index, proxy and certificates apply, and returns its path.

    Args:
        partial: folder to work in; the caller removes it.

    Raises:
        DownloadError: the index cannot be reached, refuses, or sends nothing for two minutes.
        StorageError: the disk is full.
    """
    if importlib.util.find_spec("pip") is None:
        raise DownloadError("pip is not installed in this environment", hint="Run: python -m ensurepip")
    scratch, target = partial / "tmp", partial / "wheel"
    scratch.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"]
    command += ["--no-input", "--disable-pip-version-check", "--ignore-requires-python", "--timeout=30", "--retries=2"]
    command += ["--platform", wheel.platform] if wheel.platform else []
    command += ["--dest", str(target), f"{wheel.project}=={wheel.version}"]
    # In its own session: Ctrl-C reaches only this process, which then kills pip.
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
        now = sum(map(_size_of, folders))
        if now > done:
            done, moved = now, time.monotonic()
        elif time.monotonic() - moved > _STALL_SECONDS:
            raise DownloadError(
                f"No byte of {wheel.project} {wheel.version} came for {_STALL_SECONDS} s",
                hint="Check the network and try again",
            )
        progress("download", min(done, wheel.size), wheel.size)
        time.sleep(0.1)
    progress("download", wheel.size, wheel.size)


def _size_of(folder: Path) -> int:
    try:
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    except FileNotFoundError:  # pip moves its files in the meantime
        return 0


def _pip_error(wheel: Wheel, log: str) -> R1Error:
    if any(f"[Errno {code}]" in log for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)):
        return StorageError("The disk filled up during the download", hint="Free some space or set R1_HOME elsewhere")
    reason = next((line for line in reversed(log.splitlines()) if line.startswith("ERROR")), "pip gave no reason")
    return DownloadError(
        f"{wheel.project} {wheel.version} could not be downloaded ({reason.removeprefix('ERROR: ')})",
        hint="Check the network and pip's index settings (pip config list), then run the command again",
    )


def download_repository(repo: str, folder: Path, progress: Progress) -> None:
    """Downloads a model repository from the Hugging Face hub, without pickled weights.

    Takes the newest revision and checks its weights against the SHA-256 that the hub publishes for them.

    Raises:
        UnknownModelError: no such repository.
        UnsupportedModelError: it has no safetensors weights.
        DownloadError: the hub cannot be reached or refuses.
        IntegrityError: the bytes received do not match the published hash.
    """
    import httpx2  # the HTTP client of huggingface_hub
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

    try:
        info = HfApi().model_info(repo, files_metadata=True, timeout=30)
        wanted = [file for file in info.siblings or [] if any(map(PurePath(file.rfilename).match, _HUB_FILES))]
        if not any(file.rfilename.endswith(".safetensors") for file in wanted):
            raise UnsupportedModelError(f"{repo} has no safetensors weights", hint="Pickled weights are never opened")
        with _reported(folder, sum(file.size or 0 for file in wanted), progress):
            snapshot_download(repo, revision=info.sha, allow_patterns=_HUB_FILES, local_dir=folder, etag_timeout=30)
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
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    pinned = {file.rfilename: file.lfs.sha256 for file in wanted if file.lfs}
    for path in sorted(folder.rglob("*.safetensors")):
        if sha256_of(path) != pinned.get(str(path.relative_to(folder))):
            raise IntegrityError(f"{path.name} of {repo} is not what the hub announced", hint="Run the command again")


@contextmanager
def _reported(folder: Path, total: int, progress: Progress) -> Iterator[None]:
    """Reports the size of the files in ``folder`` while the body downloads into it."""
    done = threading.Event()

    def report() -> None:
        while not done.wait(0.2):
            progress("download", min(total, _size_of(folder)), total)

    reporter = threading.Thread(target=report, daemon=True)
    reporter.start()
    try:
        yield
    finally:
        done.set()
        reporter.join()


def sha256_of(path: Path, progress: Progress = silent) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest, done, size = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            done += len(chunk)
            progress("verify", done, size)
    return digest.hexdigest()
