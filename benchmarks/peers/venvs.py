"""Virtual environments below ``build/peers`` for packages that are not R1's own dependencies: peers and validators."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

PEERS = Path(__file__).parents[2] / "build" / "peers"

_REQUIREMENTS = {
    "openvino": ("openvino-genai==2026.4.1.0",),
    "llama_cpp": ("xllamacpp==2026.10.11549",),
    "fhir_judges": ("pyfhircheck==0.2.0", "fhirkit-rs==0.1.0", "fhir.resources==8.3.0"),
}
_TIME_LIMIT_S = 1800


class PeerError(Exception):
    """Why a peer cannot be measured."""


def python_of(peer: str) -> Path:
    """The interpreter of a peer's environment, created on first use, or again if that was interrupted.

    ``PIP_FLAGS`` in the environment is passed to pip, as in the Makefile.

    Raises:
        PeerError: it could not be created.
    """
    folder, requirements = PEERS / peer, _REQUIREMENTS[peer]
    python, installed = folder / "bin" / "python", folder / "installed.txt"
    wanted = shlex.join(requirements)
    if not installed.is_file() or installed.read_text("utf-8") != wanted:
        print(f"making {folder}: pip install {wanted}", flush=True)
        pip = [str(python), "-m", "pip", "install", *shlex.split(os.environ.get("PIP_FLAGS", "")), *requirements]
        try:
            for command in ([sys.executable, "-m", "venv", "--clear", str(folder)], pip):
                subprocess.run(command, capture_output=True, text=True, timeout=_TIME_LIMIT_S, check=True)
            installed.write_text(wanted, "utf-8")
        except (OSError, subprocess.SubprocessError) as error:
            raise PeerError(f"{requirements[0]} could not be installed ({reason(error)})") from error
    return python


def reason(error: Exception) -> str:
    """The line of output that says why a process failed."""
    if isinstance(error, subprocess.TimeoutExpired):
        return f"no end after {error.timeout:.0f} s"
    lines = str(error.stderr).strip().splitlines() if isinstance(error, subprocess.CalledProcessError) else []
    errors = [line for line in lines if line.lower().startswith("error")]  # pip writes notes after them
    return (errors or lines or [str(error)])[-1]
