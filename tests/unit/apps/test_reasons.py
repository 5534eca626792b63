"""Why a message was not delivered or a FHIR server did not do what it was asked, in the language of the page."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.ui.reasons import reason_html

ROOT = Path(__file__).parents[3]
CATALOGUE = tomllib.loads((ROOT / "apps/ui/reasons.toml").read_text("utf-8"))
# What delivering a message, or reading and writing a record, goes through.
STEPS = [
    *(
        ROOT / f"adapters/fhir/{name}.py"
        for name in ("auth", "capability", "client", "connection", "failures", "launch", "writeback")
    ),
    ROOT / "core/vault.py",
    *(
        ROOT / f"adapters/hl7v2/{name}.py"
        for name in ("deliver", "identify", "inbox", "merging", "message", "overlay", "reconcile", "searches")
    ),
    *(ROOT / "adapters/hl7v2/to_fhir").glob("*.py"),
]
SINGLE = ("hint", "message_text", "_TO_DO", "START_AGAIN", "_REGISTRATION", "_SCOPES", "_CLIENT", "_LATER")
SAID_BY_COMMANDS = {
    "Message {} does not wait, or is being delivered",
    "The key file cannot be written ({})",
    "Check its name",
}


def text_of(node: ast.expr) -> str:
    """A string, in which each value is ``{}``; empty for anything else."""
    if isinstance(node, ast.JoinedStr):
        parts = (str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        return "".join(parts).replace("{}{}", "{}")
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def sentences(path: Path) -> Iterator[str]:
    """The messages and hints of errors in a module, and what a name with such a meaning is given."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in SINGLE:
            yield text_of(node.value)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and "HINT" in ast.unparse(node.targets[0]):
            yield from map(text_of, node.value.values)
        if (
            isinstance(node, ast.Call)
            and re.search(
                r"(?<!Settings)Error$|_unclear$|_NotDelivered$|(warnings|sentences).append$|_retry$",
                ast.unparse(node.func),
            )
            and not any(keyword.arg == "kind" for keyword in node.keywords)
        ):  # those have a text of their own
            given = (*node.args, *(keyword.value for keyword in node.keywords))
            yield from map(text_of, given)


def test_every_reason_that_a_delivery_may_give_has_a_translation() -> None:
    known = {re.sub(r"\{\w+\}", "{}", sentence) for sentence in CATALOGUE} | SAID_BY_COMMANDS
    said = {
        part for path in STEPS for text in sentences(path) for part in text.removesuffix(".").split(". ") if " " in part
    }
    assert len(said) > 60
    assert said - known == set()


def test_a_translation_has_the_values_of_its_sentence() -> None:
    for sentence, chinese in CATALOGUE.items():
        assert set(re.findall(r"\{\w+\}", sentence)) == set(re.findall(r"\{\w+\}", chinese)), sentence


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        ("The patient has no number. Fill PID-3", "患者没有编号。请填写 PID-3。"),
        (
            "The FHIR server answered with HTTP 422 (value). The server's own rules refuse the resource: see its log",
            "FHIR 服务器返回 HTTP 422 (value)。服务器自身的规则拒绝了该资源：请查看其日志。",
        ),
        ("Something of an older version", '<span lang="en">Something of an older version. </span>'),
        ("It took too long. <b>", '投递用时过长。<span lang="en">&lt;b&gt;. </span>'),
        ("", ""),
    ],
)
def test_a_reason_is_worded_in_chinese_sentence_by_sentence(reason: str, chinese: str) -> None:
    assert reason_html(reason, "zh") == chinese
    if reason:
        assert reason_html(f"{reason}.", "zh") == chinese  # as an error is shown


def test_in_english_a_reason_stays_as_the_inbox_keeps_it() -> None:
    assert reason_html("The patient has no number. Fill PID-3", "en").endswith(
        ">The patient has no number. Fill PID-3</span>"
    )
