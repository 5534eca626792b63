"""The server as an operator meets it."""

import re
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from tests.e2e.conftest import Server


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
    for path, told in (("/suport", "此处没有内容"), ("/diagnosis/files/fetched-before", "每个文件只能下载一次")):
        page = httpx.get(suite.url + path, headers=browser)
        assert page.status_code == 404
        assert told in page.text
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
