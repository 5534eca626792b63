"""Opening hours in plain words."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import available_timezones

import pytest

from apps.support.company import WEEK, Company, Day, Hours, read_company
from apps.support.conversation import Reply
from apps.support.policy import Action
from apps.support.words import _CITIES, hours, in_words, opening_times, sentence, weekly_hours, zone
from apps.ui.texts import t
from knowledge.faq.critical_topics import DANGER
from knowledge.retrieval.language import Language

SAMPLE = Path(__file__).parents[3] / "apps/support/sample_company/company.toml"


@pytest.fixture(scope="module")
def company() -> Company:
    return read_company(SAMPLE)


def test_each_block_has_its_hours(company: Company) -> None:
    assert weekly_hours(company, "en") == "Mon–Fri 08:00–20:00, Sat 09:00–17:00 (London time)"
    assert weekly_hours(company, "zh") == "周一–周五 08:00–20:00，周六 09:00–17:00（伦敦时间）"


@pytest.mark.parametrize(
    ("days", "english", "chinese"),
    [
        (("mon", "wed", "fri"), "Mon, Wed, Fri", "周一、周三、周五"),
        (("sat", "sun"), "Sat, Sun", "周六、周日"),
        (("mon", "tue", "thu", "fri", "sat"), "Mon, Tue, Thu–Sat", "周一、周二、周四–周六"),
        (("fri", "thu", "wed"), "Wed–Fri", "周三–周五"),
        (("sun",), "Sun", "周日"),
    ],
)
def test_only_days_in_a_row_get_a_dash(company: Company, days: tuple[Day, ...], english: str, chinese: str) -> None:
    open_ = company.model_copy(update={"hours": (company.hours[0].model_copy(update={"days": days}),)})
    assert weekly_hours(open_, "en") == f"{english} 08:00–20:00 (London time)"
    assert weekly_hours(open_, "zh") == f"{chinese} 08:00–20:00（伦敦时间）"


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


def at_its_hours(company: Company, *, is_open: bool) -> Company:
    """The company, open all week, or not before the day after tomorrow."""
    days = WEEK if is_open else (WEEK[(datetime.now(UTC).weekday() + 2) % 7],)
    changed = {"hours": (Hours(days=days, open=time.min, close=time.max),), "holidays": frozenset(), "timezone": "UTC"}
    return company.model_copy(update=changed)


@pytest.mark.parametrize("language", get_args(Language))
def test_a_critical_text_that_names_the_teams_telephone_says_when_nobody_answers_it(
    company: Company, language: Language
) -> None:
    lost = Reply(Action.CRITICAL, language, "text", topic="lost_card")
    complaint = replace(lost, topic="complaint")
    for there in (at_its_hours(company, is_open=True), at_its_hours(company, is_open=False)):
        assert sentence(there, lost) == "text", "the company's own text says when its number is answered"
    there = at_its_hours(company, is_open=False).model_copy(update={"critical": {}})
    assert sentence(there, lost) == sentence(there, complaint) == f"text\n{hours(there, language)}"
    assert sentence(at_its_hours(company, is_open=True), complaint) == "text"
    for danger in DANGER:
        assert sentence(there, replace(lost, topic=danger)) == "text", "nobody waits until the team is there again"


@pytest.mark.parametrize("language", get_args(Language))
def test_hours_do_not_speak_against_numbers_for_urgent_matters(company: Company, language: Language) -> None:
    closed, urgent = at_its_hours(company, is_open=False), t("support.urgent", language)
    assert hours(closed, language).endswith(urgent)
    assert urgent not in hours(at_its_hours(company, is_open=True), language)
    assert urgent not in hours(closed.model_copy(update={"critical": {}}), language)


@pytest.mark.parametrize(("language", "today"), [("en", "today at 12:00"), ("zh", "今天 12:00")])
def test_an_opening_of_the_same_day_is_told_as_one(company: Company, language: Language, today: str) -> None:
    ahead = (6 - datetime.now(UTC).hour + 12) % 24 - 12  # where it is past six in the morning
    noon = Hours(days=WEEK, open=time(12), close=time.max)
    changed = {"hours": (noon,), "holidays": frozenset(), "timezone": f"Etc/GMT{-ahead:+d}"}
    assert today in hours(company.model_copy(update=changed), language)


@pytest.mark.parametrize("language", get_args(Language))
def test_opening_times_name_the_next_holidays(company: Company, language: Language) -> None:
    days = [company.today() + timedelta(days=ahead) for ahead in (-1, 0, 9, 5, 300)]
    told = opening_times(company.model_copy(update={"holidays": frozenset(days)}), language)
    assert weekly_hours(company, language) in told
    assert [day.isoformat() in told for day in days] == [False, True, True, True, False]
    assert "20" not in opening_times(company.model_copy(update={"holidays": frozenset()}), language).replace(
        "20:00", ""
    )


@pytest.mark.parametrize("language", get_args(Language))
def test_nothing_is_said_to_be_found_only_where_no_title_is_shown(company: Company, language: Language) -> None:
    nothing, offer = t("support.abstain", language), t("support.offer", language)
    reply = Reply(Action.ABSTAIN, language, offers_person=True)
    assert sentence(company, reply) == f"{nothing}\n{offer}"
    shown = replace(reply, suggestions=("Title",))
    assert sentence(company, shown) == t("support.nearest", language)


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("action", [Action.CLARIFY, Action.ABSTAIN, Action.SIGN_IN])
def test_a_person_is_offered_after_the_titles(company: Company, action: Action, language: Language) -> None:
    reply = Reply(action, language, suggestions=("Title",), offers_person=True)
    assert in_words(company, reply).endswith(f"\n- Title\n{t('support.offer', language)}")
    alone = replace(reply, suggestions=())
    assert in_words(company, alone).count(t("support.offer", language)) == 1


@pytest.mark.parametrize("language", get_args(Language))
def test_an_opening_after_a_week_of_holidays_is_told_by_its_date(company: Company, language: Language) -> None:
    closed = at_its_hours(company, is_open=False)
    holiday = datetime.now(UTC).date() + timedelta(days=2)
    date = (holiday + timedelta(days=7)).isoformat()
    assert date not in hours(closed, language)
    assert date in hours(closed.model_copy(update={"holidays": frozenset({holiday})}), language)


def test_the_chat_writes_traditional_characters_and_leaves_names_and_answers_as_the_company_wrote_them(
    company: Company,
) -> None:
    machine = Reply(Action.GREET, "zh", small_talk="machine", is_traditional=True)
    assert sentence(company, machine).startswith("我是自動助手，不是真人。我根據港湾银行的幫助中心回答問題")
    answer = Reply(Action.ANSWER, "zh", text="可在 App 中冻结银行卡。", is_likely=True, is_traditional=True)
    assert sentence(company, answer) == "您想問的可能是：\n可在 App 中冻结银行卡。"
    assert "倫敦時間" in weekly_hours(company, "zh-Hant")
