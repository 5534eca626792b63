"""A company's own page with the widget, on an origin of its own."""

import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from apps.support.service import SupportService
from tests.support_server import SupportServer, support_server

QUESTION = {"en": "How do I close my account?", "zh": "怎么注销账户？"}
CRITICAL = {"en": "I lost my card", "zh": "我的銀行卡丟了"}
SOLVED = {"en": "That solved it", "zh": "已解决"}
SUBMIT = {"en": "Send to the team", "zh": "提交"}
PERSON = {"en": "Talk to a person", "zh": "联系人工客服"}
HOURS = {"en": "Mon–Fri 08:00–20:00", "zh": "周一–周五 08:00–20:00"}


def company_html(url: str, language: str) -> str:
    """A page of the company's own, with the widget."""
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Company</title><h1>Our company</h1>'
        f'<link rel="icon" href="data:,"><script src="{url}/widget.js" async></script></html>'
    )


def write_pages(folder: Path, url: str) -> None:
    """The page in both languages, with the widget of a server."""
    for language in ("en", "zh"):
        (folder / f"{language}.html").write_text(company_html(url, language), "utf-8")


@pytest.fixture(scope="module")
def company_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The company's own web server, on an origin of its own."""
    folder = tmp_path_factory.mktemp("company")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def chat(
    support_service: SupportService, company_page: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SupportServer]:
    folder, origin = company_page
    with support_server(support_service, tmp_path_factory.mktemp("chat"), [origin]) as server:
        write_pages(folder, server.url)
        yield server


@dataclass
class Opened:
    """The company's page with the widget open."""

    page: Any
    language: str
    errors: list[str] = field(default_factory=list)

    def ask(self, text: str) -> Any:
        before = self.page.locator(".bot").count()
        self.page.fill("#composer", text)
        self.page.press("#composer", "Enter")
        bubble = self.page.locator(".bot").nth(before)
        bubble.wait_for()
        return bubble

    def hand_off(self, chat: SupportServer) -> tuple[str, str]:
        """By the form; the conversation's id and the reference."""
        form = self.page.locator(".hand-off")
        if not form.is_visible():
            self.page.get_by_role("button", name=PERSON[self.language]).click()
        before = self.page.locator(".bubble.desk").count()
        self.page.fill(".hand-off input", "ann@example.com")
        self.page.get_by_role("button", name=SUBMIT[self.language]).click()
        self.page.locator(".bubble.desk").nth(before).wait_for()
        newest = chat.support.store.waiting()[-1]
        return newest.conversation_id, newest.reference

    def see_page(self, visible: bool) -> None:
        """Brings the tab into the foreground or the background, as the page is told it."""
        state = "visible" if visible else "hidden"
        self.page.evaluate(
            """state => {
              Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
              document.dispatchEvent(new Event("visibilitychange"));
            }""",
            state,
        )

    def seen(self, chat: SupportServer, id: str) -> int:
        thread = chat.support.store.thread(id)
        assert thread
        return thread.seen

    def wait_until_seen(self, chat: SupportServer, id: str) -> None:
        newest = chat.support.store.messages(id)[-1].id
        for _ in range(100):
            if self.seen(chat, id) == newest:
                return
            self.page.wait_for_timeout(100)
        pytest.fail("the page did not say that its customer has seen the message")


@pytest.fixture(params=[("en", 1280, 800), ("zh", 390, 844)], ids=["english-desktop", "chinese-phone"])
def opened(
    request: pytest.FixtureRequest, browser: Any, chat: SupportServer, company_page: tuple[Path, str]
) -> Iterator[Opened]:
    language, width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(60_000)
    view = Opened(page, language)
    page.on("pageerror", lambda error: view.errors.append(str(error)))
    page.goto(f"{company_page[1]}/{language}.html")
    page.locator(".launch").click()
    yield view
    kept = page.evaluate("[{...localStorage}, {...sessionStorage}, document.cookie]")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
    assert view.errors == []
    assert (kept[0], kept[2]) == ({}, "")
    assert set(kept[1]) <= {"r1-support"}
    assert QUESTION[language] not in str(kept[1])
