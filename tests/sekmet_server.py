"""sekmet-fhir, a real FHIR R4 server, in a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import require_module
from tests.servers import free_port

TOKEN = "a-token-for-tests"


@contextmanager
def sekmet(folder: Path, *transactions: dict[str, Any], port: int = 0, **server_auth: Any) -> Iterator[str]:
    """Base URL of a server that holds what the transactions brought, and wants a bearer token.

    Args:
        port: to listen on; 0 takes a free one.
        server_auth: further ways to sign in, as sekmet's settings name them.
    """
    require_module("sekmet")
    port = port or free_port()
    base = f"http://127.0.0.1:{port}/fhir"
    settings = {
        "base_url": base,
        "data_dir": str(folder),
        "simulator": {"enabled": False},
        "server_auth": {"types": ["bearer"], "tokens": [TOKEN], **server_auth},
    }
    (folder / "settings.yaml").write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML
    command = [sys.executable, "-m", "uvicorn", "--factory", "sekmet.main:app_factory", "--port", str(port)]
    environment = {**os.environ, "SEKMET_CONFIG": str(folder / "settings.yaml")}
    with (folder / "log").open("wb") as log, http(base) as client:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(client, process)
            for transaction in transactions:
                answer = client.post("", json=transaction, timeout=60)
                assert answer.status_code == 200, answer.text
            yield base
        finally:
            process.terminate()
            process.wait(timeout=10)


def http(base: str) -> httpx.Client:
    """A plain client with the token, to look and to change things behind the suite's back."""
    return httpx.Client(base_url=base, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)


def transaction(*resources: dict[str, Any]) -> dict[str, Any]:
    """A Bundle that puts the resources under their ids."""
    entries = [
        {"resource": resource, "request": {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"}}
        for resource in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _wait_for(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        assert process.poll() is None, "the server did not start"
        try:
            if client.get("metadata", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail("the server gave no answer within 60 s")
