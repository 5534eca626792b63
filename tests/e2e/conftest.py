"""The suite as a user has it: a server process, and a real browser."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.command import R1, ROOT
from tests.conftest import require_module, require_program
from tests.e2e.chat_page import open_chat
from tests.e2e.company_page import chat, company_page, opened
from tests.servers import free_port

__all__ = ["chat", "company_page", "opened"]  # of the widget's tests

_START_SECONDS = 120
# Chromium's own services would try to reach their maker.
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_QUIET += ["--disable-component-update", "--disable-sync", "--disable-features=OptimizationHints,MediaRouter"]


# Locale, width and height. What does not depend on them is tested on the phone alone.
VISITORS = {"english-desktop": ("en-US", 1440, 900), "chinese-phone": ("zh-CN", 390, 844)}


def on_the_phone(fixture: str) -> pytest.MarkDecorator:
    """Runs a test for one of the visitors only, who come by this fixture."""
    return pytest.mark.parametrize(fixture, [VISITORS["chinese-phone"]], ids=["chinese-phone"], indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser on a busy machine may be late: what fails is tried once more, and the summary names it."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))


@dataclass(frozen=True)
class Server:
    """A running suite and what it has printed."""

    url: str
    log: Path
    process: subprocess.Popen[bytes]


def start_suite(log: Path, home: Path, *, command: Sequence[str] = (*R1, "serve"), **environment: str) -> Server:
    """Starts ``r1 serve``, or another server that takes ``UVICORN_PORT``, and waits until it is ready."""
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "R1_HOME": str(home), "R1_PORT": str(port), "UVICORN_PORT": str(port), **environment},
            stdout=output,
            stderr=output,
        )
    server = Server(f"http://127.0.0.1:{port}", log, process)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{server.url}/readyz", timeout=5).status_code == 200:
                return server
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    process.kill()
    pytest.fail(f"the suite did not start:\n{log.read_text('utf-8', 'replace')[-3000:]}")


def stop_suite(server: Server) -> int:
    """Presses Ctrl-C and returns the exit code. Nothing was warned of: Gradio's warnings quote what the page shows."""
    server.process.send_signal(signal.SIGINT)
    code = server.process.wait(timeout=30)
    assert "warnings.warn" not in server.log.read_text("utf-8", "replace")
    return code


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Iterator[Server]:
    """One server for all browser tests, with a database of its own: ``r1.db`` beside its log."""
    folder = tmp_path_factory.mktemp("suite")
    database = f"sqlite:///{folder / 'r1.db'}"
    server = start_suite(folder / "log", home, R1_DATABASE_URL=database, R1_INBOX_VOLUME_ENCRYPTED="true")
    yield server
    stop_suite(server)


@pytest.fixture(scope="package")  # while playwright's event loop runs, no other test can run one
def browser() -> Iterator[Any]:
    """Debian's chromium, driven by playwright."""
    require_module("playwright")
    chromium = require_program("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=_QUIET)
        yield running
        running.close()


@dataclass
class Visit:
    """A browser page and what went wrong or out while it was open."""

    page: Any
    foreign: list[str]
    errors: list[str]


@pytest.fixture(params=list(VISITORS.values()), ids=list(VISITORS))
def visit(request: pytest.FixtureRequest, browser: Any, suite: Server) -> Iterator[Visit]:
    """A fresh visitor; afterwards nothing has left loopback, failed, or been kept in the browser."""
    locale, width, height = request.param
    context = browser.new_context(locale=locale, viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(60_000)
    opened = Visit(page, [], [])
    page.on("request", lambda sent: _is_local(sent.url, suite.url) or opened.foreign.append(sent.url))
    page.on("console", lambda line: line.type == "error" and opened.errors.append(line.text))
    page.on("pageerror", lambda error: opened.errors.append(str(error)))
    yield opened
    storage = page.evaluate("[Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]")
    context.close()
    assert opened.foreign == []
    assert opened.errors == []
    assert storage == [[], [], ""]


@pytest.fixture
def customer(visit: Visit, suite: Server) -> Any:
    """The chat's own page, once it has greeted."""
    return open_chat(visit.page, suite.url)


@pytest.fixture
def assistant(visit: Visit, suite: Server) -> Any:
    """The clinician's page, before a patient is chosen."""
    visit.page.goto(f"{suite.url}/diagnosis/")
    visit.page.wait_for_selector("#waiting .dx-empty")
    return visit.page


def _is_local(url: str, base: str) -> bool:
    return url.startswith((base, base.replace("http", "ws", 1), "data:", "blob:"))
