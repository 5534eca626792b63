"""Opening hours in plain words."""

from pathlib import Path

import pytest

from apps.support.company import Company, Day, read_company
from apps.support.words import weekly_hours

SAMPLE = Path(__file__).parents[3] / "apps/support/sample_company/company.toml"


@pytest.fixture(scope="module")
def company() -> Company:
    return read_company(SAMPLE)


def test_each_block_has_its_hours(company: Company) -> None:
    assert weekly_hours(company, "en") == "Mon–Fri 08:00–20:00, Sat 09:00–17:00 (Europe/London)"
    assert weekly_hours(company, "zh") == "周一–周五 08:00–20:00, 周六 09:00–17:00 (Europe/London)"


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
    assert weekly_hours(open_, "en") == f"{english} 08:00–20:00 (Europe/London)"
    assert weekly_hours(open_, "zh") == f"{chinese} 08:00–20:00 (Europe/London)"
