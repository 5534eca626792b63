"""How an operator starts and stops the server."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.command import R1, ROOT
from tests.e2e.chat_page import open_chat
from tests.e2e.conftest import start_suite


def test_sigterm_lets_an_answer_finish_and_waits_for_no_open_page(tmp_path: Path, home: Path, browser: Any) -> None:
    server = start_suite(tmp_path / "log", home, R1_DATABASE_URL=f"sqlite:///{tmp_path / 'r1.db'}")
    page = open_chat(browser.new_page(), server.url)
    body = {"model": "smollm2-135m-instruct", "prompt": "Once upon a time", "max_tokens": 150, "stream": True}
    with httpx.stream("POST", f"{server.url}/v1/completions", json=body, timeout=60) as answer:
        lines = answer.iter_lines()
        next(lines)
        server.process.send_signal(signal.SIGTERM)
        assert [line for line in lines if line][-1] == "data: [DONE]"
    assert server.process.wait(timeout=20) == 0
    page.close()
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
