"""Opening hours in plain words."""

from pathlib import Path
from typing import get_args
from zoneinfo import available_timezones

import pytest

from apps.support.company import Company, Day, read_company
from apps.support.words import _CITIES, weekly_hours, zone
from knowledge.retrieval.language import Language

SAMPLE = Path(__file__).parents[3] / "apps/support/sample_company/company.toml"


@pytest.fixture(scope="module")
def company() -> Company:
    return read_company(SAMPLE)


def test_each_block_has_its_hours(company: Company) -> None:
    assert weekly_hours(company, "en") == "Mon–Fri 08:00–20:00, Sat 09:00–17:00 (London time)"
    assert weekly_hours(company, "zh") == "周一–周五 08:00–20:00, 周六 09:00–17:00 (伦敦时间)"


@pytest.mark.parametrize(
    ("days", "english", "chinese"),
    [
        (("mon", "wed", "fri"), "Mon, Wed, Fri", "周一, 周三, 周五"),
        (("sat", "sun"), "Sat, Sun", "周六, 周日"),
        (("mon", "tue", "thu", "fri", "sat"), "Mon, Tue, Thu–Sat", "周一, 周二, 周四–周六"),
        (("fri", "thu", "wed"), "Wed–Fri", "周三–周五"),
        (("sun",), "Sun", "周日"),
    ],
)
def test_only_days_in_a_row_get_a_dash(company: Company, days: tuple[Day, ...], english: str, chinese: str) -> None:
    open_ = company.model_copy(update={"hours": (company.hours[0].model_copy(update={"days": days}),)})
    assert weekly_hours(open_, "en") == f"{english} 08:00–20:00 (London time)"
    assert weekly_hours(open_, "zh") == f"{chinese} 08:00–20:00 (伦敦时间)"


@pytest.mark.parametrize(
    ("name", "english", "chinese"),
    [
        ("Asia/Shanghai", "Beijing time", "北京时间"),
        ("America/New_York", "New York time", "纽约时间"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("UTC", "UTC", "UTC"),
        ("Etc/GMT+5", "Etc/GMT+5", "Etc/GMT+5"),  # no city
    ],
)
def test_a_time_zone_is_called_by_its_city(company: Company, name: str, english: str, chinese: str) -> None:
    there = company.model_copy(update={"timezone": name})
    assert (zone(there, "en"), zone(there, "zh")) == (english, chinese)


@pytest.mark.parametrize("language", get_args(Language))
def test_every_city_that_has_a_name_is_one_of_a_zone(company: Company, language: Language) -> None:
    zones = {name.rpartition("/")[2].lower(): name for name in available_timezones() if "/" in name}
    for city in _CITIES:
        assert zone(company.model_copy(update={"timezone": zones[city]}), language)
