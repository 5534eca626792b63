"""Every text of the screens is there in both languages, is complete, and is used."""

import ast
import re
import string
import tomllib
from pathlib import Path

import pytest

from apps.ui.texts import t
from knowledge.domains.prompts import prompt_templates

ROOT = Path(__file__).parents[3]
TEXTS = {
    f"{section}.{name}": text
    for section, names in tomllib.loads((ROOT / "apps/ui/texts.toml").read_text("utf-8")).items()
    for name, text in names.items()
}
SECTIONS = {key.partition(".")[0] for key in TEXTS}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def nodes(package: str) -> list[ast.AST]:
    return [node for path in (ROOT / package).rglob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8")))]


def constants(tree: list[ast.AST]) -> set[str]:
    """Whole strings, not the pieces of f-strings."""
    pieces = {id(piece) for node in tree if isinstance(node, ast.JoinedStr) for piece in node.values}
    whole = (node for node in tree if isinstance(node, ast.Constant) and id(node) not in pieces)
    return {node.value for node in whole if isinstance(node.value, str)}


SCREENS = nodes("apps")
CONSTANTS = constants([*SCREENS, *nodes("adapters"), *nodes("knowledge")])


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_have_the_same_placeholders(key: str) -> None:
    text = TEXTS[key]
    assert set(text) == {"en", "zh"}
    assert text["en"].strip()
    assert text["zh"].strip()
    assert placeholders(text["en"]) == placeholders(text["zh"])


def test_every_text_is_used() -> None:
    """By its key, or by an f-string whose filling is a string of the program: ``days.{day}`` with ``"mon"``."""
    patterns = [_pattern(node) for node in SCREENS if isinstance(node, ast.JoinedStr)]
    # The bands of the HPO fill keys too, "Very rare (1-4%)" as very_rare, and codes of FHIR, on-hold as on_hold.
    bands = {text.partition(" (")[0].lower().replace(" ", "_") for text in CONSTANTS}
    fillings = CONSTANTS | bands | {text.replace("-", "_") for text in CONSTANTS}
    matches = [(key, pattern.fullmatch(key)) for key in TEXTS for pattern in patterns]
    made = {key for key, match in matches if match and match[1] in fillings}
    made |= {key for key in TEXTS if key.removesuffix("_one") in CONSTANTS | made and key.endswith("_one")}
    assert set(TEXTS) - CONSTANTS - made == set()


def _pattern(node: ast.JoinedStr) -> re.Pattern[str]:
    """Matches what an f-string with one placeholder after a section can become; others match nothing."""
    parts = [str(part.value) if isinstance(part, ast.Constant) else None for part in node.values]
    if parts.count(None) != 1 or not parts[0] or parts[0].partition(".")[0] not in SECTIONS:
        return re.compile(r"()(?!)")
    return re.compile("".join("([A-Za-z0-9_]+)" if part is None else re.escape(part) for part in parts))


def test_every_key_exists() -> None:
    shaped = re.compile(rf"({'|'.join(SECTIONS)})\.[a-z0-9_]+")
    asked = {text for text in CONSTANTS if shaped.fullmatch(text)}
    assert asked - set(TEXTS) - set(prompt_templates()) == set()


def test_every_placeholder_is_filled() -> None:
    """Where ``t`` is called with a plain key, its keyword arguments are the placeholders of the text."""
    wrong = {
        node.args[0].value: placeholders(TEXTS[node.args[0].value]["en"]) ^ {word.arg for word in node.keywords}
        for node in SCREENS
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "t"
        and isinstance(node.args[0], ast.Constant)
        and None not in {word.arg for word in node.keywords}
    }
    assert len(wrong) > 20, "the calls of t are no longer found"
    assert {key: names for key, names in wrong.items() if names} == {}


def test_texts_are_filled() -> None:
    assert t("chat.sources", "zh", count=2) == "来源（2）"
    with pytest.raises(KeyError):
        t("support.nonsense", "en")
