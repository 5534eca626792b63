"""Which files the chatbot of a program is given, told before anything is loaded."""

from pathlib import Path

import pytest

from apps.support.bot import CustomerServiceBot
from core.errors import KnowledgeError


@pytest.mark.parametrize("name", ["faq.json", "", "help.json"])
def test_a_path_without_a_company_says_what_is_expected(tmp_path: Path, name: str) -> None:
    (tmp_path / "help.json").write_text("{}", "utf-8")
    with pytest.raises(KnowledgeError, match=r"^There is no company\.toml in ") as raised:
        CustomerServiceBot(tmp_path / name)
    assert raised.value.hint.startswith("faq_path is a faq.json"), "the path was an argument, no setting"


def test_a_path_without_its_faq_does_not_speak_of_published_versions(tmp_path: Path) -> None:
    (tmp_path / "company.toml").write_text("", "utf-8")
    with pytest.raises(KnowledgeError, match=r"^There is no faq\.json in ") as raised:
        CustomerServiceBot(str(tmp_path / "faq.json"))
    assert "publish" not in raised.value.hint
