"""Figures in the documents are the measured ones."""

import datetime
import json
import re
from pathlib import Path

import pytest

from knowledge.medical.red_flag_rules import RULES
from tests.documents import CHINESE, ENGLISH, MEASURED, MEASURED_CHINESE, ROOT, all_rows, each_page, rows, text


def measured_figures() -> dict[str, float]:
    """Every figure of ``benchmarks/results`` by its name."""
    measured: dict[str, float] = {}
    for result in sorted((ROOT / "benchmarks" / "results").glob("*.json")):
        for name, figure in json.loads(result.read_text("utf-8"))["figures"].items():
            parts = figure.items() if isinstance(figure, dict) else [("", figure)]
            figures = {f"{name}.{part}".rstrip("."): value for part, value in parts}
            assert measured.keys().isdisjoint(figures), f"{name} is measured twice"
            measured |= figures
    return measured


@pytest.mark.parametrize(("page", "header"), [(MEASURED, "Figure"), (MEASURED_CHINESE, "指标")], ids=["en", "zh"])
def test_figures_are_the_measured_ones(page: Path, header: str) -> None:
    measured = measured_figures()
    table = all_rows(page.read_text("utf-8"), header)
    assert len(table) > 40
    for name, _, value in table:
        assert value == f"{measured[name]:.3f}", name


# What the READMEs print in bold in their section of figures, in its order, and how it is rounded there.
SHORT_VERSION = {
    "stackfaq_r1": ".0%",
    "covered_r1_5": ".0%",
    "answered_5": ".0%",
    "answered": ".0%",
    "answered_small": ".0%",
    "offered_small": ".0%",
    "answered_zh": ".0%",
    "wrong_shown_5": ".0%",
    "wrong_shown": ".0%",
    "wrong_shown_small": ".0%",
    "wrong_shown_zh": ".0%",
    "near_answered_5": ".0%",
    "near_answered": ".0%",
    "far_answered_5": ".1%",
    "followup_right_en": ".0%",
    "followup_titles_en": ".0%",
    "followup_wrong_en": ".0%",
    "followup_right_zh": ".0%",
    "followup_titles_zh": ".0%",
    "followup_wrong_zh": ".0%",
    "critical_recall_realistic_unseen_en": ".0%",
    "critical_recall_realistic_unseen_zh": ".0%",
    "critical_false_companies_unseen_en": ".0%",
    "critical_false_companies_unseen_zh": ".0%",
    "phenopackets_pmid_clean.top1": ".0%",
    "phenopackets_pmid_clean.top10": ".0%",
    "exam_cases_unread.top1": ".0%",
    "exam_cases_unread.top5": ".0%",
    "certificate.precision": ".0%",
    "certificate.bound": ".0%",
    "phenopackets_pmid_clean.shown": ".0%",
    "abstracts_gsc.precision": ".0%",
    "abstracts_gsc.recall": ".0%",
    "pages_per_minute": ",.0f",
    "p95_ms_10k": ".0f",
    "mllp_msg_s": ",.0f",
    "lost": ".0f",
    "speedup_vs_sdpa_16k": ".1f",
    "retained": ".0%",
    "worst_cell": ".0%",
}


@pytest.mark.parametrize(("page", "heading"), [(ENGLISH, "Measured"), (CHINESE, "测量结果")], ids=["en", "zh"])
def test_the_short_version_is_the_measured_one(page: Path, heading: str) -> None:
    measured = measured_figures()
    section = page.read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    table = "\n".join(line for line in section.splitlines() if line.startswith("|"))
    expected = [(name, format(measured[name], form)) for name, form in SHORT_VERSION.items()]
    assert [*zip(SHORT_VERSION, re.findall(r"\*\*(.+?)\*\*", table), strict=True)] == expected
    besides = re.sub(r"\*\*.+?\*\*|95% (?:confidence|置信)", "", section)
    assert re.findall(r"[\d.]+%", besides) == [], "a share that no test compares"


def figures_in_sentences(page: Path) -> list[tuple[str, str]]:
    """Values and the names behind them."""
    return re.findall(r"(\d\.\d{3})[^\d`。;]{0,40}[(（]`([\w.]+)`", " ".join(page.read_text("utf-8").split()))


@each_page
def test_figures_that_sentences_name_are_the_measured_ones(page: Path) -> None:
    measured = measured_figures()
    for value, name in figures_in_sentences(page):
        assert value == f"{measured[name]:.3f}", name


@each_page
def test_shares_that_sentences_name_are_the_measured_ones(page: Path) -> None:
    """As many digits as are printed."""
    measured = measured_figures()
    words = " ".join(page.read_text("utf-8").split())
    for value, decimals, name in re.findall(r"(\d+(?:\.(\d+))?)%[^%`。;]{0,60}[(（]`([\w.]+)`", words):
        if name in measured:
            assert value == f"{100 * measured[name]:.{len(decimals)}f}", name


def test_the_page_of_the_support_chat_names_shares() -> None:
    named = re.findall(r"%[^%`。;]{0,60}[(（]`([\w.]+)`", " ".join(text("docs/support.md").split()))
    assert {"apart_company_zh", "apart_banking77", "covered_r3_chinese_only", "covered_r3_english_only"} <= {*named}


@pytest.mark.parametrize("page", [MEASURED, MEASURED_CHINESE], ids=["en", "zh"])
def test_the_pages_of_figures_name_some_in_sentences(page: Path) -> None:
    named = {name for _, name in figures_in_sentences(page)}
    assert {"answered_5", "near_answered_5", "wrong_shown_small", "answered_zh"} <= named


@each_page
def test_figures_that_stand_behind_their_name_are_the_measured_ones(page: Path) -> None:
    measured = measured_figures()
    for name, value in re.findall(r"`([\w.]+)`[^`\d|;；.]{0,80}[:：]\s?(\d\.\d{3})", page.read_text("utf-8")):
        assert value == f"{measured[name]:.3f}", name


def test_the_readmes_count_the_rules_of_red_flags() -> None:
    assert f"{len(RULES)} fixed rules" in ENGLISH.read_text("utf-8")
    assert f"{len(RULES)} 条固定规则" in CHINESE.read_text("utf-8")


def test_the_examination_cases_that_were_not_read_are_told_as_measured() -> None:
    result = json.loads((ROOT / "benchmarks" / "results" / "diagnosis.json").read_text("utf-8"))
    unread = result["figures"]["exam_cases_unread"]
    told = f"{unread['top1']:.3f} and among the first five in {unread['top5']:.3f} ({unread['in_base']} cases)"
    assert told in " ".join(text("docs/diagnosis.md").split())


def test_the_last_certification_is_that_of_the_certificate() -> None:
    certificate = json.loads(text("knowledge/medical/fitted/certificate-structured.json"))
    page = text("docs/diagnosis.md")
    words = " ".join(page.split())
    table = rows(page, "No.")
    assert [row[0] for row in table] == [str(number) for number in range(1, len(table) + 1)]
    *_, (_, day, _, bound) = table
    date = datetime.date.fromisoformat(certificate["date"])
    assert day == f"{date.day} {date:%B}"
    assert bound == f"{certificate['bound']:.3f}"
    assert f"of {certificate['shown']} suggestions" in words
    assert f"with a lower bound of {bound}" in words
