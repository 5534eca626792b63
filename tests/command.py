"""The command ``r1`` as a process, without a terminal."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
R1 = (sys.executable, "-c", "from apps.cli import main; main()")  # as `r1`, whether or not it is on the path


def r1(*arguments: str, home: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Runs a command to its end."""
    return subprocess.run(
        [*R1, *arguments],
        cwd=ROOT,
        env={**os.environ, "R1_HOME": str(home), "COLUMNS": "200", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def home_of_its_own(folder: Path, home: Path) -> Path:
    """Makes ``folder`` a home with the machine's models and what they have read; all else stays in it."""
    folder.mkdir(exist_ok=True)
    for shared in ("models", "cache"):
        (home / shared).mkdir(exist_ok=True)
        (folder / shared).symlink_to(home / shared)
    return folder
