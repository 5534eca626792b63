"""The model hub against a server on loopback that imitates the Hugging Face hub, in a process of its own."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

ROOT = Path(__file__).parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
WEIGHTS = b"not really tensors" * 500
PULL = """
import sys
from pathlib import Path
from core.hub import ModelHub
hub = ModelHub(Path(sys.argv[1]))
try:
    folder = hub.pull(sys.argv[2])
    hub.verify(sys.argv[2])
    print(*sorted(path.name for path in folder.rglob("*") if path.is_file()))
    print(*sorted(set(hub.names()) - set(hub.manifest)))
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


class FakeHub(BaseHTTPRequestHandler):
    """Four repositories: a good one, one whose weights are not what it announces, a gated and a pickled one."""

    protocol_version = "HTTP/1.1"
    files: ClassVar[dict[str, dict[str, bytes]]] = {
        "org/good": {"config.json": b"{}", "model.safetensors": WEIGHTS, "run_me.py": b"raise SystemExit"},
        "org/swapped": {"config.json": b"{}", "model.safetensors": WEIGHTS[::-1]},
        "org/pickled": {"config.json": b"{}", "pytorch_model.bin": WEIGHTS},
    }

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        parts = self.path.partition("?")[0].strip("/").split("/")
        parts = parts[2:] if parts[0] == "api" else parts
        repo, rest = "/".join(parts[:2]), parts[2:]
        if repo == "org/gated":
            self._send(401, b"", {"X-Error-Code": "GatedRepo"})
        elif repo not in self.files:
            self._send(404, b"", {"X-Error-Code": "RepoNotFound"})
        elif rest[:1] == ["resolve"]:
            body = self.files[repo][rest[-1]]
            self._send(200, body, {"ETag": f'"{_announced(rest[-1], body)}"', "X-Repo-Commit": COMMIT})
        elif rest[:1] == ["tree"]:
            self._send_json([_tree_entry(name, body) for name, body in self.files[repo].items()])
        else:
            siblings = [_sibling(name, body) for name, body in self.files[repo].items()]
            self._send_json({"id": repo, "modelId": repo, "sha": COMMIT, "siblings": siblings, "tags": []})

    def _send_json(self, value: Any) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def _announced(name: str, body: bytes) -> str:
    """The SHA-256 that the hub states: for weights always that of the right ones."""
    return hashlib.sha256(WEIGHTS if name.endswith(".safetensors") else body).hexdigest()


def _large(name: str, body: bytes) -> dict[str, Any]:
    return {"oid": _announced(name, body), "sha256": _announced(name, body), "size": len(body), "pointerSize": 134}


def _sibling(name: str, body: bytes) -> dict[str, Any]:
    lfs = {"lfs": _large(name, body)} if name.endswith((".safetensors", ".bin")) else {}
    return {"rfilename": name, "size": len(body), "blobId": "0" * 40, **lfs}


def _tree_entry(name: str, body: bytes) -> dict[str, Any]:
    lfs = {"lfs": _large(name, body)} if name.endswith((".safetensors", ".bin")) else {}
    return {"type": "file", "path": name, "size": len(body), "oid": "0" * 40, **lfs}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeHub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def pull(repo: str, endpoint: str, home: Path) -> "subprocess.CompletedProcess[str]":
    """Pulls a hub id; the hub's address is read when its client is imported, hence the process."""
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= {"HF_ENDPOINT": endpoint, "HF_HOME": str(home / "hf"), "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    environment.pop("HF_HUB_OFFLINE", None)
    command = [sys.executable, "-c", PULL, str(home), repo]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def left_behind(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "models").glob("*") if path.suffix != ".lock")


def test_pull_takes_weights_and_data_but_no_code(endpoint: str, tmp_path: Path) -> None:
    done = pull("org/good", endpoint, tmp_path)
    assert done.stdout.splitlines() == ["config.json model.safetensors r1-receipt.json r1-verified", "org/good"], (
        done.stderr
    )
    assert (tmp_path / "models/org--good/model.safetensors").read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    ("repo", "error"),
    [
        ("org/swapped", "IntegrityError: model.safetensors of org/swapped"),
        ("org/pickled", "UnsupportedModelError: org/pickled has no safetensors"),
        ("org/gated", "DownloadError: org/gated asks for its terms"),
        ("org/absent", "UnknownModelError: There is no model 'org/absent'"),
    ],
)
def test_refusals_are_told_apart_and_keep_nothing(endpoint: str, tmp_path: Path, repo: str, error: str) -> None:
    done = pull(repo, endpoint, tmp_path)
    assert error in done.stderr
    assert left_behind(tmp_path) == []


def test_hub_out_of_reach(tmp_path: Path) -> None:
    done = pull("org/good", "http://127.0.0.1:9", tmp_path)
    assert "DownloadError: org/good could not be downloaded" in done.stderr
    assert "Check the network" in done.stderr
    assert left_behind(tmp_path) == []
