"""Takes the README's pictures from a running suite that nobody needs to sign in to: ``take.py http://127.0.0.1:8000``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

_CHROMIUM = "/usr/bin/chromium"


def main() -> None:
    """Writes them into this folder."""
    url = sys.argv[1].rstrip("/")
    with _page("en-US", 1280, 1000) as page:
        page.goto(f"{url}/support/")
        _ask(page, "How much can I transfer in a day?")
        _ask(page, "What is the weather like in Rome?")
        _save(page, "support")
    with _page("zh-CN", 390, 720) as page:
        page.goto(f"{url}/support/")
        _ask(page, "每天最多能转账多少钱？")
        _save(page, "phone")
    with _page("en-US", 1440, 1240) as page:
        page.goto(f"{url}/diagnosis/")
        page.get_by_role("button", name="Amara").click()
        page.wait_for_selector("#ranking .dx-stop")
        page.click("[data-do=accept]")
        page.wait_for_selector("#ranking .dx-ranking")
        page.locator("#ranking .dx-ranking details summary").first.click()
        page.evaluate("scrollTo(0, 0)")
        _save(page, "diagnosis")


@contextmanager
def _page(locale: str, width: int, height: int) -> Iterator[Any]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page(locale=locale, viewport={"width": width, "height": height})
        browser.close()


def _ask(page: Any, question: str) -> None:
    before = page.locator("#log .r1-bot").count()
    page.fill("#composer textarea", question)
    page.press("#composer textarea", "Enter")
    page.locator("#log .r1-bot").nth(before).wait_for()
    page.wait_for_timeout(1500)  # until the page takes the next question


def _save(page: Any, name: str) -> None:
    """In 256 colours, which is enough for these pages."""
    page.wait_for_timeout(1500)
    path = Path(__file__).with_name(f"{name}.png")
    page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(256, kmeans=3).save(path, optimize=True)


if __name__ == "__main__":
    main()
