"""A real FHIR R4 server, sekmet-fhir, in a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.conftest import require_module

TOKEN = "a-token-for-tests"


@contextmanager
def fhir_server(folder: Path, port: int) -> Iterator[str]:
    """The base URL of a server that keeps its data in ``folder`` and wants ``TOKEN``."""
    require_module("sekmet")
    base = f"http://127.0.0.1:{port}/fhir"
    settings = {
        "base_url": base,
        "data_dir": str(folder),
        "simulator": {"enabled": False},
        "server_auth": {"types": ["bearer"], "tokens": [TOKEN]},
    }
    (folder / "settings.yaml").write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML
    command = [sys.executable, "-m", "uvicorn", "--factory", "sekmet.main:app_factory", "--port", str(port)]
    environment = {**os.environ, "SEKMET_CONFIG": str(folder / "settings.yaml")}
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            for _ in range(600):
                assert process.poll() is None, "the server did not start"
                try:
                    httpx.get(f"{base}/metadata", timeout=2, headers={"Authorization": f"Bearer {TOKEN}"})
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield base
        finally:
            process.terminate()
            process.wait(timeout=10)
