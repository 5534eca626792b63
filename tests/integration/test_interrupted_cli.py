"""Ctrl-C where a command has hardly begun, while modules are imported or a password is asked for; SIGTERM there."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import R1, ROOT
from tests.servers import free_port

INTERRUPTED = """
import signal, sys
module, number = sys.argv.pop(), int(sys.argv.pop())
class Interruption:
    def find_spec(name, path=None, target=None):
        if name == module:
            signal.raise_signal(number)
sys.meta_path.insert(0, Interruption)
from apps.cli import main
main()
"""


@pytest.mark.parametrize("module", ["typer", "pydantic", "apps.commands.hl7"])
def test_an_import_that_is_interrupted_ends_quietly(module: str) -> None:
    done = _interrupted(module, signal.SIGINT)

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Stopped.\n")


def test_sigterm_ends_the_suite_while_it_loads(tmp_path: Path) -> None:
    """By a handler, not by the default: that of a container's first process ignores it."""
    done = _interrupted("apps.api", signal.SIGTERM, "serve", R1_HOME=str(tmp_path), R1_PORT=str(free_port()))

    assert (done.returncode, done.stdout, done.stderr) == (143, "", "")


def _interrupted(module: str, number: int, *arguments: str, **given: str) -> "subprocess.CompletedProcess[str]":
    """A command that gets a signal when it imports a module."""
    command = [sys.executable, "-c", INTERRUPTED, *arguments, str(int(number)), module]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **given}, capture_output=True, text=True)


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


CHANGING = """
import apps.commands.root
from pathlib import Path
from adapters.fhir.audit import Access
from apps.commands.terminal import audited
from core.errors import AuditError
import signal, sys

class Trail:
    def append(self, access, *, user):
        print(access.stage or access.outcome.name, flush=True)
        if sys.argv[1] == "lost" and not access.stage:
            raise AuditError("The trail is full")

def app():
    audited(Trail, "a change", lambda: (signal.raise_signal(signal.SIGINT), print("changed")))

apps.commands.root.app = app
from apps.cli import main
main()
"""


@pytest.mark.parametrize(
    ("trail", "status", "told"), [("kept", 130, "Stopped."), ("lost", 1, "What was asked for may be done")]
)
def test_a_change_is_interrupted_at_once_and_recorded_as_failed(trail: str, status: int, told: str) -> None:
    """A trail that loses it is told rather than that the command has stopped."""
    done = subprocess.run([sys.executable, "-c", CHANGING, trail], cwd=ROOT, capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (status, "requested\nFAILURE\n")
    assert told in " ".join(done.stderr.split())
