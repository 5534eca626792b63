"""What an installed suite needs besides Python is in its wheel, not only in this folder."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]


@pytest.mark.parametrize("package", ["core", "knowledge", "adapters", "apps"])
def test_every_data_file_is_packaged(package: str) -> None:
    files = {path for path in (ROOT / package).rglob("*") if path.is_file() and path.suffix != ".py"}
    files = {path for path in files if "__pycache__" not in path.parts}
    packaged = {path for pattern in DATA[package] for path in (ROOT / package).glob(pattern)}
    assert files - packaged == set()
