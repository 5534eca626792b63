"""The documents say what is there: every setting, command, metric and dependency, and nothing that does not exist."""

import importlib.resources
import inspect
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main
from prometheus_client import CollectorRegistry
from sqlalchemy import create_engine

from adapters.cds_hooks.request import FEEDBACK_OUTCOMES
from adapters.hl7v2.inbox import Inbox
from adapters.hl7v2.inbox_tables import State
from adapters.hl7v2.metrics import OUTCOMES, InboxGauges, InboxMetrics
from apps import api, cli
from apps.commands import root
from apps.diagnosis.visit import Source
from apps.support import outbox_metrics
from apps.support.api import support_api
from apps.support.company import Company, read_company
from apps.support.policy import Action
from core import errors
from core.hub import read_manifest
from core.model.decoder import ARCHITECTURES
from core.server.drain import Drain
from core.server.metrics import METHODS, Metrics
from core.server.openai import problems
from core.server.openai.app import openai_api
from core.server.openai.bodies import ChatBody, CompletionBody, EmbeddingBody
from core.settings import Settings
from core.vault import PlainVault
from knowledge.faq.answer_tests import MUST_NOT_ANSWER, on_topic, read_tests
from knowledge.faq.critical_topics import critical_topics
from knowledge.faq.sources import Entry, read_faq
from knowledge.retrieval.language import Language
from tests.documents import (
    CHINESE,
    ENGLISH,
    MEASURED,
    MEASURED_CHINESE,
    ROOT,
    all_rows,
    each_page,
    fences,
    prose,
    rows,
    text,
)

LAYERS = ("apps", "adapters", "knowledge", "core")
NAMING = (".py", ".toml", ".yaml", ".yml", ".js")
MADE = (r"\.PHONY:", "BENCHES :=", "FITS :=")
DEFAULTS = {None: "unset", "": "empty"}  # of a setting, in words
FOR_DEVELOPERS = {"R1_DATA", "R1_REQUIRE_ALL", "R1_TEST_POSTGRES"}  # read by tests and benchmarks, not by the suite


def names(cell: str) -> set[str]:
    """Everything in backticks."""
    return set(re.findall(r"`([^`]+)`", f"`{cell}`" if "`" not in cell and cell else cell))


def commands() -> dict[str, Any]:
    """``{"r1 models pull": click command}`` of everything that can be run."""

    def below(group: Any, name: str) -> dict[str, Any]:
        found = {}
        for key, command in group.commands.items():
            inner = below(command, f"{name} {key}") if hasattr(command, "commands") else {}
            found |= inner if inner and not command.invoke_without_command else {f"{name} {key}": command, **inner}
        return found

    return below(typer.main.get_command(root.app), "r1")


def make_targets() -> set[str]:
    makefile = text("Makefile")
    phony, benches, fits = (re.search(rf"^{name} (.*)$", makefile, re.MULTILINE) for name in MADE)
    assert phony
    assert benches
    assert fits
    listed = {f"bench-{name}" for name in benches[1].split()} | {f"fit-{name}" for name in fits[1].split()}
    return listed | {target for target in phony[1].split() if "$" not in target}


def requirement(line: str) -> str:
    """``pydantic[email]>=2.10`` -> ``pydantic``"""
    name = re.match(r"[\w.-]+", line)
    assert name
    return name[0]


# Settings


def test_settings_are_documented_word_for_word() -> None:
    fields = {
        f"R1_{name.upper()}": [DEFAULTS.get(field.default, str(field.default)), field.description]
        for name, field in Settings.model_fields.items()
    }
    fields["R1_HOME"][0] = "~/.cache/r1-suite"  # made when asked for
    table = all_rows(text("docs/settings.md"), "Variable")
    assert {name: [default.strip("`"), meaning] for name, default, meaning in table} == fields
    assert len(table) == len(fields), "one stands in two tables"


@each_page
def test_no_variable_is_invented(page: Path) -> None:
    known = {f"R1_{name.upper()}" for name in Settings.model_fields} | FOR_DEVELOPERS
    assert set(re.findall(r"\bR1_[A-Z0-9_]+", page.read_text("utf-8"))) <= known


# Commands


def test_commands_and_options_are_documented() -> None:
    sections = dict(re.findall(r"^## (r1 .*?)\n(.*?)(?=^## |\Z)", text("docs/commands.md"), re.MULTILINE | re.DOTALL))
    there = {
        name: {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        for name, command in commands().items()
    }
    documented = {
        name: {row[0] for row in rows(section, "Option")} if "| Option |" in section else set()
        for name, section in sections.items()
    }
    assert documented == there


@each_page
def test_no_command_or_option_is_invented(page: Path) -> None:
    there = commands()
    groups = {name.rpartition(" ")[0] for name in there}
    code = [*re.findall(r"`(r1 [^`\n]+)`", page.read_text("utf-8"))]
    code += [line for block in fences(page.read_text("utf-8"), "sh") for line in block.splitlines()]
    for line in code:
        for called in re.findall(r"(?<![\w./-])r1 [a-z].*", line):
            name = max((name for name in there if f"{called} ".startswith(f"{name} ")), key=len, default="")
            assert name or called in groups, f"no such command: {called}"
            options = {option for parameter in there[name].params for option in parameter.opts} if name else set()
            assert set(re.findall(r"(?<!\S)--[a-z-]+", called)) <= options | {"--help"}, called


def test_exit_codes_are_documented() -> None:
    source = inspect.getsource(cli)
    codes = {int(code) for call in re.findall(r"sys\.exit\((.*)\)", source) for code in re.findall(r"\b\d+\b", call)}
    at_fault = re.search(r"sys\.exit\(2 if isinstance\(error, ([\w |]+)\)", source)
    assert at_fault
    documented = {int(code): meaning for code, meaning in rows(text("docs/commands.md"), "Code")}
    assert set(documented) == codes | {0}
    failed, faulty = names(documented[1]), names(documented[2])
    assert faulty == set(at_fault[1].split(" | "))
    for _, kind in inspect.getmembers(errors, inspect.isclass):
        if not kind.__subclasses__():
            above = {parent.__name__ for parent in kind.__mro__}
            assert bool(above & failed) != bool(above & faulty), f"{kind} stands under both codes or neither"


def test_make_targets_are_documented() -> None:
    page, targets = text("CONTRIBUTING.md"), make_targets()
    of_kind = {
        "Target": {target for target in targets if not target.startswith(("bench-", "fit-"))},
        "Target that measures": {target for target in targets if target.startswith("bench-")},
        "Target that fits": {target for target in targets if target.startswith("fit-")},
    }
    for header, expected in of_kind.items():
        documented = [row[0].removeprefix("make ") for row in rows(page, header)]
        assert sorted(documented) == sorted(expected), header


@each_page
def test_no_make_target_is_invented(page: Path) -> None:
    code = [*re.findall(r"`(make [^`\n]+)`", page.read_text("utf-8"))]
    code += [line for block in fences(page.read_text("utf-8"), "sh") for line in block.splitlines()]
    short = set(re.findall(r"`((?:bench|fit)-[a-z-]+)`", page.read_text("utf-8")))
    assert short | {target for line in code for target in re.findall(r"\bmake ([a-z-]+)", line)} <= make_targets()


# Metrics


def test_metrics_are_documented() -> None:
    there = {}
    inbox = Inbox(create_engine("sqlite://"), PlainVault())
    counted = (
        Metrics(),
        InboxMetrics(),
        InboxGauges(inbox, CollectorRegistry()),
        outbox_metrics.OutboxGauges(inbox.database, CollectorRegistry()),
    )
    inbox.close()
    metrics = (value for part in counted for value in vars(part).values() if not isinstance(value, CollectorRegistry))
    for metric in metrics:
        for family in metric.collect() if hasattr(metric, "collect") else ():
            name = f"{family.name}_total" if family.type == "counter" else family.name
            there[name] = [family.type, set(getattr(metric, "_labelnames", ())), family.documentation]
    documented = {
        name: [kind, names(labels), meaning] for name, kind, labels, meaning in rows(text("docs/metrics.md"), "Metric")
    }
    assert documented == there


def test_label_values_are_documented() -> None:
    documented = {label: names(values) for label, values in rows(text("docs/metrics.md"), "Label")}
    assert documented["area"] == api._AREAS | {"other"}
    assert documented["method"] == METHODS | {"other"}
    assert documented["action"] == set(Action)
    assert documented["`state` of HL7 v2 messages"] == set(State)
    assert documented["`state` of the outbox"] == set(outbox_metrics.STATES)
    assert documented["`outcome` of messages"] == set(OUTCOMES)
    assert documented["feedback"] == set(FEEDBACK_OUTCOMES)
    assert documented["language"] == set(get_args(Language))
    assert documented["source"] == set(get_args(Source))
    page = (importlib.resources.files("apps.diagnosis") / "reading.py").read_text("utf-8")
    outcomes = set(re.findall(r'(?:\boutcome = |\breturn |\belse )"(\w+)"', page))
    assert {value for value in documented["outcome"] if value not in outcomes} == set()
    assert outcomes <= documented["outcome"]


# The API


def test_the_api_is_documented() -> None:
    page = text("docs/api.md")
    app = openai_api(None, None, Metrics(), Drain())  # type: ignore[arg-type]
    paths = app.openapi()["paths"]
    there = {f"{method.upper()} /v1{path}" for path, methods in paths.items() for method in methods}
    documented = {row[0].replace("{id}", "{model}") for row in rows(page, "Endpoint")}
    assert documented == there | {"GET /v1/openapi.json"}
    fields = {name for row in rows(page, "Field") for name in names(row[0])}
    told_elsewhere = {"model", "messages", "prompt", "max_completion_tokens"}
    assert fields == {*ChatBody.model_fields, *CompletionBody.model_fields} - told_elsewhere
    for body in (ChatBody, CompletionBody, EmbeddingBody):
        assert {field for field in body.IGNORED | body.REFUSED if f"`{field}`" not in page} == set()


def test_the_support_chat_is_documented() -> None:
    page = text("docs/support.md")
    paths = support_api(None, Metrics(), Drain()).openapi()["paths"]  # type: ignore[arg-type]
    there = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert {row[0] for row in rows(page, "Endpoint")} == there | {"GET /openapi.json"}
    assert [row[0] for row in rows(page, "Topic")] == list(critical_topics().texts)


def test_error_codes_of_the_api_are_documented() -> None:
    source = inspect.getsource(problems)
    codes = set(re.findall(r'code="(\w+)"', source))
    assert {code for row in rows(text("docs/api.md"), "Status") for code in names(row[1])} == codes


# The FAQ's format


def test_the_example_company_and_faq_can_be_read(tmp_path: Path) -> None:
    page = text("docs/faq-format.md")
    company, faq = tmp_path / "company.toml", tmp_path / "faq.json"
    company.write_text(*fences(page, "toml"), encoding="utf-8")
    faq.write_text(*fences(page, "json"), encoding="utf-8")
    entries = read_faq(faq)
    assert {entry.language for entry in entries} == set(get_args(Language))
    shown = {field for row in rows(page.partition("## faq.json")[0], "Field") for field in names(row[0])}
    assert shown == set(Company.model_fields) == read_company(company).model_fields_set
    assert {row[0] for row in rows(page.partition("## faq.json")[2], "Field")} == set(Entry.model_fields)
    assert set(Entry.model_fields) in [entry.model_fields_set for entry in entries]


def test_the_examples_of_other_formats_can_be_read(tmp_path: Path) -> None:
    page = text("docs/faq-format.md")
    table, tests = fences(page, "csv")
    examples = {"csv": table, "md": fences(page, "markdown")[0], "html": fences(page, "html")[0]}
    for ending, example in examples.items():
        (tmp_path / f"faq.{ending}").write_text(example, encoding="utf-8")
        assert "returns" in {entry.id for entry in read_faq(tmp_path / f"faq.{ending}")}
    (tmp_path / "tests.csv").write_text(tests, encoding="utf-8")
    expected = ["returns", MUST_NOT_ANSWER, on_topic("complaint")]
    assert [test.expect for test in read_tests(tmp_path / "tests.csv")] == expected


# Models and dependencies


def test_models_and_data_are_documented() -> None:
    manifest = read_manifest()
    assert {row[0] for row in rows(text("docs/models.md"), "Name")} == set(manifest)
    missing = [entry.upstream for entry in manifest.values() if entry.upstream not in text("NOTICE")]
    assert missing == []
    release = re.search(r"\d{4}-\d\d-\d\d", manifest["hpo"].description)
    assert release
    assert all(release[0] in text(name) for name in ("README.md", "README.zh-CN.md", "NOTICE"))
    assert all(f"`{name}`" in text("docs/models.md") for name in ARCHITECTURES)


def test_the_newest_change_is_of_this_version() -> None:
    newest = text("CHANGELOG.md").split("\n## ")[1]
    version = re.match(r"\[(\S+)\] - \d{4}-\d\d-\d\d\n|\[Unreleased\]\n\nThis becomes (\d\S*\d)\b", newest)
    assert version
    assert tomllib.loads(text("pyproject.toml"))["project"]["version"] in version.groups()


def test_dependencies_have_a_reason() -> None:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    declared = {requirement(line) for line in [*project["dependencies"], *extras]} - {project["name"]}
    section = text("CONTRIBUTING.md").partition("## Dependencies")[2]
    assert set(re.findall(r"^- `([\w.-]+)`: \S", section, re.MULTILINE)) == declared


# All pages


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    for target, _, anchor in re.findall(r"\]\(([^)#\s]*)(#([^)\s]+))?\)", prose(page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        linked = page.parent / target if target else page
        assert linked.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", prose(linked.read_text("utf-8")), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings], anchor


@each_page
def test_named_files_exist(page: Path) -> None:
    """Whatever in backticks looks like a path of this repository."""
    top = "|".join(re.escape(path.name) for path in ROOT.iterdir() if path.is_dir())
    paths = re.findall(rf"`((?:{top})/[\w./-]*)`", page.read_text("utf-8"))
    for block in fences(page.read_text("utf-8"), "sh"):
        paths += re.findall(rf"(?<!\S)((?:{top})/[\w./-]+)", block)
    made = {path for path in paths if path.startswith(".venv/")}
    assert [path for path in paths if path not in made and not (ROOT / path).exists()] == []


def test_documents_that_the_code_names_exist() -> None:
    """In hints and docstrings."""
    code = [
        file
        for of in (*LAYERS, "tests", "benchmarks", "deploy")
        for file in (ROOT / of).rglob("*")
        if file.suffix in NAMING
    ]
    named = {
        (file.name, path)
        for file in code
        for path in re.findall(r"(?<![\w/])docs/[\w/-]+\.md", file.read_text("utf-8"))
    }
    assert named
    assert [pair for pair in sorted(named) if not (ROOT / pair[1]).exists()] == []


@each_page
def test_no_path_of_a_machine(page: Path) -> None:
    found = re.findall(r"(?<![\w/.~:])/(?:work|home|root|tmp|opt|Users|mnt|srv|usr)\b", page.read_text("utf-8"))
    assert found == []


@each_page
def test_python_snippets_compile(page: Path) -> None:
    for snippet in fences(page.read_text("utf-8"), "python"):
        compile(snippet, str(page), "exec")
        for module, imported in re.findall(r"^from (deepseek_r1) import (.+)$", snippet, re.MULTILINE):
            assert {name.strip() for name in imported.split(",")} <= set(__import__(module).__all__)


@pytest.mark.parametrize(
    ("one", "other"), [(ENGLISH, CHINESE), (MEASURED, MEASURED_CHINESE)], ids=["README", "measured"]
)
def test_pages_in_both_languages_say_the_same(one: Path, other: Path) -> None:
    english, chinese = one.read_text("utf-8"), other.read_text("utf-8")

    def shape(page: str) -> dict[str, Any]:
        return {
            "headings": re.findall(r"^#+(?= )", prose(page), re.MULTILINE),
            "commands": [fences(page, language) for language in ("sh", "python")],
            "images": re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page),
            "tables": [line.count("|") for line in prose(page).splitlines() if line.startswith("|")],
            "points": [line[:2] for line in page.splitlines() if re.match(r"- |\d\.", line)],
            "figures": [row[0] for header in ("Figure", "指标") for row in all_rows(page, header)],
            "settings": sorted(set(re.findall(r"\bR1_[A-Z0-9_]+", page))),
        }

    assert shape(english) == shape(chinese)
    assert f"({other.name})" in english.split("\n\n")[1]
    assert f"({one.name})" in chinese.split("\n\n")[1]
