"""Ctrl-C where a command has hardly begun: while modules are imported, and where a password is asked for."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import R1, ROOT

INTERRUPTED = """
import signal, sys
class CtrlC:
    def find_spec(name, path=None, target=None):
        if name == sys.argv[1]:
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, CtrlC)
from apps.cli import main
main()
"""


@pytest.mark.parametrize("module", ["typer", "pydantic", "apps.commands.hl7"])
def test_an_import_that_is_interrupted_ends_quietly(module: str) -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED, module], cwd=ROOT, capture_output=True, text=True)

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Stopped.\n")


def test_a_password_that_is_not_given_ends_as_interrupted(tmp_path: Path) -> None:
    ours, terminal = os.openpty()
    process = subprocess.Popen(
        [*R1, "account", "add", "Ada", "--role", "operator"],
        cwd=ROOT,
        env={**os.environ, "R1_HOME": str(tmp_path)},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,  # else the password is asked for on the terminal of the tests
    )
    os.close(terminal)
    said = b""
    while b"Password" not in said:
        said += os.read(ours, 1000)
    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=60) == 130
    os.close(ours)
