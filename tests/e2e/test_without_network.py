"""Nothing leaves the machine."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import unavailable

_WITHOUT_NETWORK = Path(__file__).with_name("without_network.py")


def test_everything_works_with_the_network_cut(tmp_path: Path, home: Path) -> None:
    """In a network namespace that has loopback only, and where every attempt to leave it is recorded."""
    isolated = ["unshare", "--user", "--map-root-user", "--net"]
    if subprocess.run([*isolated, "true"], capture_output=True, timeout=30).returncode != 0:
        isolated = ["unshare", "--net"]
    if subprocess.run([*isolated, "true"], capture_output=True, timeout=30).returncode != 0:
        unavailable("this machine lets nobody make a network namespace (unshare --net)")
    environment = {**os.environ, "R1_HOME": str(home), "R1_DATABASE_URL": f"sqlite:///{tmp_path / 'r1.db'}"}
    result = subprocess.run(
        [*isolated, sys.executable, str(_WITHOUT_NETWORK)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert result.stdout.splitlines()[-1] == "all served, nothing left loopback"
