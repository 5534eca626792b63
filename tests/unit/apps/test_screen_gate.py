"""What a screen answers of Gradio's addresses, and what it leaves in the log."""

import ast
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from apps.screen_gate import MAX_BODY, mount_screen

APPS = Path(__file__).parents[3] / "apps"
SECRET = "Zebulonia"
JOIN = "/page/gradio_api/queue/join"


def page() -> Any:
    with gr.Blocks(analytics_enabled=False) as blocks:
        chosen, shown = gr.Radio(["a", "b"]), gr.HTML()
        chosen.input(lambda value: f"<p>{value} {SECRET}</p>", chosen, shown)
        typed = gr.Textbox(max_length=10)
        typed.submit(lambda text: text or "", typed, shown)
    return blocks


@pytest.fixture(scope="module")
def uploads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="module")
def client(uploads: Path) -> Iterator[TestClient]:
    app = FastAPI()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GRADIO_TEMP_DIR", str(uploads))
        mount_screen(app, page(), "/page", public="suite.example")
        with TestClient(app, base_url="https://suite.example") as client:
            yield client


def event(value: object, session: str = "s1") -> dict[str, Any]:
    return {"fn_index": 0, "data": [value], "session_hash": session}


def heard(client: TestClient, session: str = "s1") -> str:
    with client.stream("GET", f"/page/gradio_api/queue/data?session_hash={session}") as stream:
        return next(line for line in stream.iter_lines() if "process_completed" in line)


def test_a_page_works(client: TestClient) -> None:
    for path in ("/page/", "/page/config", "/page/theme.css", "/page/gradio_api/info"):
        assert client.get(path).status_code == 200, path
    assert client.post(JOIN, json=event("a")).status_code == 200
    assert SECRET in heard(client)


@pytest.mark.parametrize(("language", "said"), [("en", "There is nothing here"), ("zh-CN", "此处没有内容")])
def test_an_unknown_address_is_a_page_for_a_browser_and_json_for_a_program(
    client: TestClient, language: str, said: str
) -> None:
    browser = client.get("/page/nope", headers={"accept": "text/html,*/*;q=0.8", "accept-language": language})
    assert (browser.status_code, f"<h1>{said}</h1>" in browser.text) == (404, True)
    program = client.get("/page/nope")
    assert (program.status_code, program.json()) == (404, {"detail": "Not Found"})


def test_nothing_of_a_page_goes_to_the_disk(client: TestClient, uploads: Path) -> None:
    client.post(JOIN, json=event("a"))
    heard(client)
    assert client.get("/page/gradio_api/deep_link?session_hash=s1").status_code == 404
    assert client.post("/page/gradio_api/upload", files={"files": ("x.html", b"a")}).status_code == 404
    assert not [file for file in uploads.rglob("*") if file.is_file()]


@pytest.mark.parametrize(
    "path",
    ["run/predict", "api/predict", "call/predict", "component_server", "process_recording", "vibe-edit", "stream/x"],
)
def test_no_other_address_takes_anything(client: TestClient, path: str) -> None:
    assert client.post(f"/page/gradio_api/{path}", json=event("a")).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "gradio_api/file=/etc/passwd",
        "gradio_api/proxy=https://a.hf.space",
        "gradio_api/app_id",  # by which a page loads itself anew, with what is typed in it
        "monitoring",
    ],
)
def test_no_other_address_gives_anything(client: TestClient, path: str) -> None:
    assert client.get(f"/page/{path}").status_code == 404


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://suite.example.evil.example"}]
)
def test_pages_of_other_sites_can_neither_act_nor_listen(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post(JOIN, json=event("a"), headers=headers).status_code == 403
    assert client.get("/page/gradio_api/queue/data?session_hash=s1", headers=headers).status_code == 403
    assert client.get("/page/config", headers=headers).status_code == 403
    assert client.get("/page/", headers=headers).status_code == 200  # a link


def test_large_events_are_refused_unread(client: TestClient) -> None:
    assert client.post(JOIN, json=event("a" * MAX_BODY)).status_code == 413
    in_chunks = client.post(JOIN, content=iter([b"{}"]), headers={"content-type": "application/json"})
    assert in_chunks.status_code == 411
    both = client.post(JOIN, content=b"{}", headers={"content-length": "2", "transfer-encoding": "chunked"})
    assert both.status_code == 411


def test_a_text_over_the_limit_of_its_field_reaches_nothing(client: TestClient) -> None:
    for text, taken in (("é" * 10, True), ("é" * 11, False), (["é" * 11], False), (None, True)):
        assert client.post(JOIN, json={**event(text), "fn_index": 1}).status_code == 200
        assert (f'"success":{str(taken).lower()}' in heard(client)) is True, text


def test_every_field_for_text_has_a_limit() -> None:
    """But for those of long texts: the browser would cut what is pasted, which the page counts and refuses."""
    calls = [
        (path.name, {keyword.arg: keyword.value for keyword in node.keywords})
        for path in APPS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("gr.Textbox", "gr.TextArea", "gr.Code")
    ]
    free = [(name, ast.unparse(given["elem_id"])) for name, given in calls if "max_length" not in given]
    assert (len(calls) > 8, sorted(free)) == (True, [("chooser.py", "'note'"), ("length.py", "elem_id")])


def test_a_refused_value_is_not_in_the_log(
    client: TestClient, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        client.post(JOIN, json=event(SECRET))
        assert '"success":false' in heard(client)
    assert "An event of a page failed: Error" in caplog.text
    assert SECRET not in caplog.text + "".join(capfd.readouterr())
