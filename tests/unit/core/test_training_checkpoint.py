"""Checkpoints of a training: whole or not at all."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from core.errors import InputError, StorageError
from core.lora import checkpoint


@pytest.fixture
def small_files() -> Iterator[None]:
    """The disk takes no file of more than 4 KiB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path: Path, small_files: None) -> None:
    checkpoint.save(tmp_path, checkpoint.Progress("f", step=1), {"x": torch.ones(10)})
    with pytest.raises(StorageError, match="cannot be written"):
        checkpoint.save(tmp_path, checkpoint.Progress("f", step=2), {"x": torch.ones(10_000)})
    saved = checkpoint.latest(tmp_path)
    assert saved == tmp_path / "checkpoint-000001"
    progress, tensors = checkpoint.load(saved)
    assert progress == checkpoint.Progress("f", step=1)
    assert torch.equal(tensors["x"], torch.ones(10))


def test_only_the_newest_checkpoint_stays(tmp_path: Path) -> None:
    for step in (999_999, 1_000_000):
        checkpoint.save(tmp_path, checkpoint.Progress("f", step=step), {"x": torch.full((2,), step)})
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-1000000"]
    checkpoint.save(tmp_path, checkpoint.Progress("f", step=1_000_000), {"x": torch.ones(2)})
    saved = checkpoint.latest(tmp_path)
    assert saved is not None
    assert checkpoint.load(saved)[1]["x"][0] == 1_000_000, "what is whole is not written again"
    for name, content in (("state.safetensors", b"{}"), ("state.json", b'{"step": 1}'), ("state.json", b"[")):
        (saved / name).write_bytes(content)
        with pytest.raises(InputError, match="damaged"):
            checkpoint.load(saved)
