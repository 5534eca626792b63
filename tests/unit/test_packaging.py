"""What an installed suite needs besides Python is in its wheel, not only in this folder."""

import os
import shutil
import subprocess
import sys
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


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not on this machine")
def test_make_says_what_to_do_where_there_is_no_index(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "MAKE"))}
    environment |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1"}
    command = ["make", "run", f"VENV={tmp_path / 'venv'}", f"PYTHON={sys.executable}"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert "Check that pip can reach its index (pip config list)" in done.stderr
    assert not (tmp_path / "venv" / ".installed").exists()
