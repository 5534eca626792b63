"""What is said of the layers is so: packages name their files, and the files on the ways through the suite exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
LAYERS = ("core", "knowledge")
PACKAGES = (
    *("core/engine", "core/lora", "core/model", "knowledge/faq", "knowledge/medical"),
    *("adapters/fhir", "adapters/hl7v2", "apps/diagnosis", "apps/support"),
)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_names_its_files(package: str) -> None:
    folder = ROOT / package
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or ""
    there = [path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()]
    assert sorted(re.findall(r"^    (\w+)  +\S", docstring, re.MULTILINE)) == sorted({*there} - {"__init__"})


def test_the_files_on_the_ways_exist() -> None:
    """A name alone is of the folder of the path before it."""
    blocks = PAGE.split("```")[1::2]
    folder, missing = ROOT, []
    for name in re.findall(r"[\w/]+\.py\b", "".join(block for block in blocks if block.startswith("\n"))):
        path = ROOT / name if "/" in name else folder / name
        folder = path.parent
        if not path.is_file():
            missing.append(name)
    assert missing == []


def test_every_package_of_core_and_knowledge_has_its_place() -> None:
    packages = [f"{layer}/{file.parent.name}" for layer in LAYERS for file in (ROOT / layer).glob("*/__init__.py")]
    assert [package for package in packages if package not in PAGE] == []


def test_every_client_of_httpx_is_made_in_one_place() -> None:
    made = r"httpx\.(?:Async)?Client\(|httpx\.(?:get|post|put|patch|delete|head|options|request|stream)\("
    files = (file for layer in (*LAYERS, "adapters", "apps") for file in (ROOT / layer).rglob("*.py"))
    assert {file.name for file in files if re.search(made, file.read_text("utf-8"))} == {"http_clients.py"}
