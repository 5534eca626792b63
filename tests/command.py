"""The command ``r1`` without a terminal, as a process of its own or in this one."""

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from apps.cli import main

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


def r1_here(*arguments: str, home: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The same in this process, which has loaded everything already; for what is no matter of processes."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as here, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        for name, value in {"R1_HOME": str(home), "COLUMNS": "200", **environment}.items():
            here.setenv(name, value)
        here.setattr(sys, "argv", ["r1", *arguments])
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def home_of_its_own(folder: Path, home: Path) -> Path:
    """Makes ``folder`` a home with the machine's models and what they have read; all else stays in it."""
    folder.mkdir(exist_ok=True)
    for shared in ("models", "cache"):
        (home / shared).mkdir(exist_ok=True)
        (folder / shared).symlink_to(home / shared)
    return folder
