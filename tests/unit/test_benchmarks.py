"""Benchmarks run too seldom to tell that what they import has moved: names are compared with the files they are in."""

import ast
import re
import symtable
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = ("core", "knowledge", "adapters", "apps", "benchmarks", "tests")


def names_of(module: str) -> set[str]:
    """What can be imported from a module of ours: what its file binds, and for a folder the modules in it."""
    path = ROOT.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    table = symtable.symtable(file.read_text("utf-8"), str(file), "exec")
    bound = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    return bound | {each.stem for each in path.glob("*")}


def test_what_benchmarks_import_is_there() -> None:
    missing = [
        f"{file.name}: {node.module}.{alias.name}"
        for file in sorted((ROOT / "benchmarks").rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in OURS
        for alias in node.names
        if alias.name not in names_of(node.module)
    ]
    assert missing == []


def test_no_benchmark_imports_a_test() -> None:
    """What both need stands in a helper of ``tests``: a test may change without a look at who measures with it."""
    imported = [
        f"{file.name}: {module}"
        for file in sorted((ROOT / "benchmarks").rglob("*.py"))
        for module in re.findall(r"^\s*(?:from|import) (tests\.\S+)", file.read_text("utf-8"), re.MULTILINE)
        if module.rpartition(".")[2].startswith(("test_", "conftest"))
    ]
    assert imported == []


def test_who_reads_public_data_is_documented() -> None:
    page = (ROOT / "benchmarks" / "data" / "README.md").read_text("utf-8")
    readers = {
        file.stem.replace("ehr_fhir", "ehr")
        for file in (ROOT / "benchmarks").glob("*.py")
        if file.stem != "common" and re.search(r"\b(?:data_folder|data_path|public_data)\(", file.read_text("utf-8"))
    }
    names = {reader: reader if reader.startswith("fit_") else f"bench_{reader}" for reader in readers}
    assert [
        reader
        for reader, name in sorted(names.items())
        if f"`{name.replace('_', '-')}`" not in page and f"`python -m benchmarks.{reader}`" not in page
    ] == []


def test_the_public_data_of_tests_are_documented() -> None:
    page = (ROOT / "benchmarks" / "data" / "README.md").read_text("utf-8")
    folders = set(re.findall(r"`((?:faq|diagnosis|domains|ehr)\b[\w/-]*)`", page))
    read = {
        "/".join(re.findall(r'"([^"]+)"', named))
        for file in (ROOT / "tests").rglob("test_*.py")
        for named in re.findall(r'public_data\(((?:"[^"]+"(?:, )?)+)', file.read_text("utf-8"))
    }
    assert [path for path in read if not any(path.startswith(each) or each.startswith(path) for each in folders)] == []


def test_what_can_be_run_is_documented() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    run = {file.stem for file in (ROOT / "benchmarks").glob("*.py") if "__main__" in file.read_text("utf-8")}
    run.remove("fhir_judges")  # runs in an environment of its own, for bench-ehr
    targets = {name: name if name.startswith("fit_") else f"bench_{name}" for name in run}
    assert [
        name
        for name, target in sorted(targets.items())
        if f"`make {target.replace('_', '-')}`" not in page and f"`python -m benchmarks.{name} " not in page
    ] == []
