"""The repository's documents, and the examples in them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("docs", "benchmarks", "adapters", "knowledge")
PAGES = sorted([*ROOT.glob("*.md"), *(page for of in FOLDERS for page in (ROOT / of).rglob("*.md"))])
ENGLISH, CHINESE = (ROOT / name for name in ("README.md", "README.zh-CN.md"))
MEASURED, MEASURED_CHINESE = (ROOT / "docs" / name for name in ("measured.md", "measured.zh-CN.md"))

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def fences(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def prose(page: str) -> str:
    return re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL)


def rows(page: str, first_header: str) -> list[list[str]]:
    """Cells of the first table whose first column has this header; a name in backticks loses them."""
    lines = iter(page.splitlines())
    next(line for line in lines if line.startswith(f"| {first_header} |"))
    next(lines)  # the rule below the header
    table = []
    for line in lines:
        if not line.startswith("|"):
            break
        table.append([re.sub(r"^`([^`]*)`$", r"\1", cell.strip()) for cell in line.strip("|").split("|")])
    return table


def all_rows(page: str, first_header: str) -> list[list[str]]:
    """The same of every table with this header, one after the other."""
    start = f"| {first_header} |"
    parts = re.split(rf"^(?={re.escape(start)})", page, flags=re.MULTILINE)
    return [row for part in parts if part.startswith(start) for row in rows(part, first_header)]
