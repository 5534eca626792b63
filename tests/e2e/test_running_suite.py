"""The server as an operator meets it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
import torch

from core.lora.adapter import Adapter, write_adapter
from tests.command import R1, ROOT
from tests.conftest import unavailable
from tests.e2e.conftest import Server, start_suite, stop_suite


def test_start_page_names_what_runs(suite: Server) -> None:
    english = httpx.get(suite.url, headers={"accept-language": "en"}).text
    chinese = httpx.get(suite.url, params={"lang": "zh"}).text
    assert "smollm2-135m-instruct" in english
    assert "Harbour Bank" in english
    assert "港湾银行" in chinese
    assert '<span lang="en">This product uses' in chinese
    assert "Not a medical device" in english


def test_where_nothing_is_people_get_a_page_and_programs_json(suite: Server) -> None:
    browser = {"accept": "text/html,*/*;q=0.8", "accept-language": "zh-CN"}
    for path in ("/suport", "/diagnosis/files/fetched-before"):
        page = httpx.get(suite.url + path, headers=browser)
        assert page.status_code == 404
        assert "此处没有内容" in page.text
    assert httpx.get(f"{suite.url}/suport").json() == {"detail": "Not Found"}


def test_health_and_metrics(suite: Server) -> None:
    assert httpx.get(f"{suite.url}/healthz").json() == {"status": "ok"}
    ready = httpx.get(f"{suite.url}/readyz")
    assert ready.status_code == 200
    assert ready.json()["checks"] == {"database": "ok", "engine": "ok"}
    assert "r1_http_requests_total" in httpx.get(f"{suite.url}/metrics").text


def test_a_foreign_host_name_is_refused(suite: Server) -> None:
    for path in ("", "/v1/models"):
        assert httpx.get(suite.url + path, headers={"host": "rebound.example"}).status_code == 400


def test_the_models_answer_openais_client(suite: Server) -> None:
    with openai.OpenAI(base_url=f"{suite.url}/v1", api_key="none is needed", timeout=60) as client:
        names = [model.id for model in client.models.list()]
        adapters = ["finance", "legal", "medical", "support"]
        assert names == ["smollm2-135m-instruct", *adapters, "use-multilingual-v3"]
        asked: Any = {"model": names[0], "messages": [{"role": "user", "content": "Hi"}], "temperature": 0}
        answer = client.chat.completions.create(**asked, max_tokens=8)
        stream = client.chat.completions.create(**asked, max_tokens=8, stream=True)
        assert "".join(event.choices[0].delta.content or "" for event in stream) == answer.choices[0].message.content
        assert len(client.embeddings.create(model=names[-1], input="hello").data[0].embedding) == 512
    assert "r1_generation_tokens_total" in httpx.get(f"{suite.url}/metrics").text


def test_security_headers(suite: Server) -> None:
    for path in ("/", "/support/", "/diagnosis/", "/healthz", "/desk/config"):
        headers = httpx.get(suite.url + path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


ATTACKED = ["/etc/passwd", "/proc/self/environ"]


@pytest.mark.parametrize("page", ["support", "diagnosis"])
def test_no_visitor_reads_a_file_of_this_machine(suite: Server, tmp_path: Path, page: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Recurrent singultus.", "utf-8")  # a finding that no sample patient has
    base = f"{suite.url}/{page}/gradio_api"
    events = httpx.get(f"{suite.url}/{page}/config").json()["dependencies"]
    for path in [*ATTACKED, str(secret)]:
        for event in events:
            forged = {"path": path, "meta": {"_type": "gradio.FileData"}}
            data = [forged if place == 0 else None for place in range(len(event["inputs"]))]
            call = {"data": data, "fn_index": event["id"], "session_hash": f"attack{event['id']}"}
            if httpx.post(f"{base}/queue/join", json=call).status_code != 200:
                continue
            with httpx.stream("GET", f"{base}/queue/data?session_hash={call['session_hash']}", timeout=30) as stream:
                heard = next((line for line in stream.iter_lines() if "process_completed" in line), "")
            assert "singultus" not in heard.lower()
            assert "root:" not in heard
            for copy in re.findall(r"/[^\"\\\\ ]+/(?:passwd|environ|secret\.txt)", heard):
                assert httpx.get(f"{base}/file={copy}").status_code in (403, 404)


def test_ctrl_c_with_an_open_page_is_quick_and_quiet(tmp_path: Path, home: Path, browser: Any) -> None:
    server = start_suite(tmp_path / "log", home, R1_DATABASE_URL=f"sqlite:///{tmp_path / 'r1.db'}")
    page = browser.new_page()
    page.goto(f"{server.url}/support/")
    page.wait_for_selector("#log .r1-greeting")
    begin = time.monotonic()
    code = stop_suite(server)
    page.close()
    assert code == 0
    assert time.monotonic() - begin < 20  # it does not wait for the open page
    assert "Traceback" not in server.log.read_text("utf-8")


def test_sigterm_lets_an_answer_finish(tmp_path: Path, home: Path) -> None:
    server = start_suite(tmp_path / "log", home, R1_DATABASE_URL=f"sqlite:///{tmp_path / 'r1.db'}")
    body = {"model": "smollm2-135m-instruct", "prompt": "Once upon a time", "max_tokens": 150, "stream": True}
    with httpx.stream("POST", f"{server.url}/v1/completions", json=body, timeout=60) as answer:
        lines = answer.iter_lines()
        next(lines)
        server.process.send_signal(signal.SIGTERM)
        assert [line for line in lines if line][-1] == "data: [DONE]"
    assert server.process.wait(timeout=30) == 0
    assert "Traceback" not in server.log.read_text("utf-8")


def test_another_server_as_documented_ends_with_an_open_page_and_logs(tmp_path: Path, home: Path) -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    (line,) = re.findall(r"^uvicorn (.+)$", page, re.MULTILINE)
    command = (sys.executable, "-m", "uvicorn", *line.split())
    server = start_suite(tmp_path / "log", home, command=command, R1_DATABASE_URL=f"sqlite:///{tmp_path / 'r1.db'}")
    with httpx.stream("GET", f"{server.url}/support/gradio_api/heartbeat/page") as opened:
        assert opened.status_code == 200
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(timeout=30)
    assert re.search(r"^\d{4}-.* INFO core\.model\.load: ", server.log.read_text("utf-8"), re.MULTILINE)


TOKEN, KEY = "a-token-for-tests-only", "a-key-for-tests-only-too"


@dataclass(frozen=True)
class GuardedServer:
    """A suite with an access token, an API key, an adapter of its own, and its database."""

    server: Server
    database: Path


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Iterator[GuardedServer]:
    folder = tmp_path_factory.mktemp("guarded")
    random = torch.Generator().manual_seed(0)
    pair = torch.randn(8, 576, generator=random), torch.randn(576, 8, generator=random)
    write_adapter(Adapter("letters", 1.0, {"layers.3.self_attn.o_proj": pair}), folder / "adapters" / "letters")
    server = start_suite(
        folder / "log",
        home,
        R1_ACCESS_TOKEN=TOKEN,
        R1_API_KEYS=KEY,
        R1_ADAPTERS=str(folder / "adapters"),
        R1_DATABASE_URL=f"sqlite:///{folder / 'r1.db'}",
    )
    yield GuardedServer(server, folder / "r1.db")
    assert stop_suite(server) == 0


def test_access_token_guards_everything_but_health(guarded: GuardedServer) -> None:
    url = guarded.server.url
    for path in ("/", "/support/", "/diagnosis/", "/metrics", "/support/gradio_api/info", "/v1/models"):
        assert httpx.get(url + path).status_code == 401
        assert httpx.get(url + path, auth=("anyone", "wrong-token-for-tests")).status_code == 401
    assert httpx.get(f"{url}/healthz").status_code == 200
    assert httpx.get(f"{url}/support/", auth=("anyone", TOKEN)).status_code == 200
    assert httpx.get(f"{url}/v1/models", headers={"authorization": f"Bearer {KEY}"}).status_code == 200
    log = guarded.server.log.read_text("utf-8")
    assert TOKEN not in log
    assert KEY not in log


def test_adapters_appear_as_models(guarded: GuardedServer) -> None:
    with openai.OpenAI(base_url=f"{guarded.server.url}/v1", api_key=KEY, timeout=60) as client:
        names = [model.id for model in client.models.list()]
        assert names == ["smollm2-135m-instruct", "letters", "use-multilingual-v3"]
        answers = []
        for name in names[:2]:
            asked: Any = {"model": name, "messages": [{"role": "user", "content": "Hi"}], "temperature": 0}
            answers.append(client.chat.completions.create(**asked, max_tokens=8).choices[0].message.content)
    assert answers[0] != answers[1]


def test_without_its_database_the_suite_is_not_ready(guarded: GuardedServer) -> None:
    url, database = guarded.server.url, guarded.database
    elsewhere = database.with_name("gone")
    database.rename(elsewhere)
    try:
        assert httpx.get(f"{url}/readyz").status_code == 503
    finally:
        elsewhere.replace(database)
    assert httpx.get(f"{url}/readyz").status_code == 200


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
        [*R1, "serve"],
        env={**os.environ, "R1_HOME": str(home), variable: "0.0.0.0"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 2
    assert variable in result.stderr
