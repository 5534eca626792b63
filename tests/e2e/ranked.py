"""A sample patient whose diseases are ranked, in a browser."""

from typing import Any

RANKING = "#ranking .dx-ranking"
LIKELY = "#dx-panel-likely > ol:first-of-type"
"""The list of the likeliest diseases."""


def open_sample(page: Any, name: str) -> None:
    """Up to the required stop."""
    page.get_by_role("button", name=name).click()
    page.wait_for_selector("#ranking .dx-stop")


def rank_sample(page: Any, name: str) -> None:
    open_sample(page, name)
    page.click("[data-do=accept]")
    page.wait_for_selector(RANKING)


def chip(page: Any, code: str) -> Any:
    """The buttons of a finding, opened."""
    found = page.locator(f"#findings [data-chip='{code}']")
    if found.locator("details").get_attribute("open") is None:
        found.locator("summary").click()
    return found
