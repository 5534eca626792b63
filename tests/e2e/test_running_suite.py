"""The server as an operator meets it."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.conftest import unavailable
from tests.e2e.conftest import Server, start_suite, stop_suite


def test_start_page_names_what_runs(suite: Server) -> None:
    english = httpx.get(suite.url, headers={"accept-language": "en"}).text
    chinese = httpx.get(suite.url, params={"lang": "zh"}).text
    assert "smollm2-135m-instruct" in english
    assert "Harbour Bank" in english
    assert "港湾银行" in chinese
    assert "Not a medical device" in english


def test_health_and_metrics(suite: Server) -> None:
    assert httpx.get(f"{suite.url}/healthz").json() == {"status": "ok"}
    ready = httpx.get(f"{suite.url}/readyz")
    assert ready.status_code == 200
    assert ready.json()["checks"] == {"database": "ok"}
    assert "r1_http_requests_total" in httpx.get(f"{suite.url}/metrics").text


def test_a_foreign_host_name_is_refused(suite: Server) -> None:
    assert httpx.get(suite.url, headers={"host": "rebound.example"}).status_code == 400


def test_security_headers(suite: Server) -> None:
    for path in ("/", "/support/", "/diagnosis/", "/healthz"):
        headers = httpx.get(suite.url + path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_access_token_guards_everything_but_health(tmp_path: Path, home: Path) -> None:
    token = "a-token-for-tests-only"
    database = f"sqlite:///{tmp_path / 'r1.db'}"
    server = start_suite(tmp_path / "log", home, R1_ACCESS_TOKEN=token, R1_DATABASE_URL=database)
    try:
        for path in ("/", "/support/", "/diagnosis/", "/metrics", "/support/gradio_api/info"):
            assert httpx.get(server.url + path).status_code == 401
            assert httpx.get(server.url + path, auth=("anyone", "wrong-token-for-tests")).status_code == 401
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        assert httpx.get(f"{server.url}/support/", auth=("anyone", token)).status_code == 200
    finally:
        code = stop_suite(server)
    assert code == 0
    assert token not in server.log.read_text("utf-8")


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


@pytest.mark.parametrize("variable", ["R1_HOST", "R1_PORT"])
def test_unsafe_or_malformed_settings_stop_the_start(variable: str, home: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", "from apps.cli import main; main()", "serve"],
        env={**os.environ, "R1_HOME": str(home), variable: "0.0.0.0"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 2
    assert variable in result.stderr
