"""Checkpoints of a training: whole or not at all."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.errors import InputError, StorageError
from core.files import storage_errors
from core.lora import checkpoint

# In a process of its own: the limit would also meet the file that the tests' own output goes to.
_SAVE_ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
import torch
from core.errors import StorageError
from core.lora import checkpoint

folder = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
checkpoint.save(folder, checkpoint.Progress("f", step=1), {"x": torch.ones(10)})
try:
    checkpoint.save(folder, checkpoint.Progress("f", step=2), {"x": torch.ones(10_000)})
except StorageError as error:
    sys.exit(0 if "cannot be written (File too large)" in str(error) else f"another message: {error}")
sys.exit("it was written")
"""


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-c", _SAVE_ON_A_FULL_DISK, str(tmp_path)], capture_output=True, text=True, timeout=120
    )
    assert child.returncode == 0, child.stderr
    saved = checkpoint.latest(tmp_path)
    assert saved == tmp_path / "checkpoint-000001"
    progress, tensors = checkpoint.load(saved)
    assert progress == checkpoint.Progress("f", step=1)
    assert torch.equal(tensors["x"], torch.ones(10))


def test_a_copy_that_fails_tells_why(tmp_path: Path) -> None:
    failed = shutil.Error([("a", "b", "[Errno 28] No space left on device: 'b'")])
    with pytest.raises(StorageError, match=r"\(No space left on device\)"), storage_errors(tmp_path):
        raise failed


def test_a_checkpoint_of_an_earlier_version_is_taken_up(tmp_path: Path) -> None:
    """Which did not note how long the validation rows take."""
    checkpoint.save(tmp_path, checkpoint.Progress("f", step=1), {"x": torch.ones(2)})
    state = tmp_path / "checkpoint-000001" / "state.json"
    fields = json.loads(state.read_text())
    del fields["reading"]
    state.write_text(json.dumps(fields))
    assert checkpoint.load(state.parent)[0] == checkpoint.Progress("f", step=1)


def test_only_the_newest_checkpoint_stays(tmp_path: Path) -> None:
    for step in (999_999, 1_000_000):
        checkpoint.save(tmp_path, checkpoint.Progress("f", step=step), {"x": torch.full((2,), step)})
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-1000000"]
    checkpoint.save(tmp_path, checkpoint.Progress("f", step=1_000_000), {"x": torch.ones(2)})
    saved = checkpoint.latest(tmp_path)
    assert saved is not None
    assert checkpoint.load(saved)[1]["x"][0] == 1_000_000, "what is whole is not written again"
    damaged = (b'{"step": 1}', b'{"fingerprint": "f", "unknown": 1}', b"[]", b"[")
    for name, content in (("state.safetensors", b"{}"), *(("state.json", content) for content in damaged)):
        (saved / name).write_bytes(content)
        with pytest.raises(InputError, match="damaged"):
            checkpoint.load(saved)
