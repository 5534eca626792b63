"""What docs/python.md shows, run as it stands there."""

import re
from pathlib import Path
from typing import Any

import pytest

import deepseek_r1
from core.engine.request import Engine

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def test_the_examples_run(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Each goes on from those before it."""
    monkeypatch.setenv("R1_HOME", str(home))
    names: dict[str, Any] = {}
    for number, example in enumerate(re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)):
        exec(compile(example, f"{PAGE.name}, example {number + 1}", "exec"), names)
        assert capsys.readouterr().out.strip()
    engine: Engine = names["engine"]
    engine.close()


def test_every_public_name_is_there() -> None:
    named = set(re.findall(r"`(\w+)`", PAGE.read_text("utf-8")))
    assert {*deepseek_r1.__all__} <= named
