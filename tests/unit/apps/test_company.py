"""Reading ``company.toml``, and when its team is there."""

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from apps.company_folder import company_faq
from apps.support.company import Company, read_company
from apps.support.service import SupportService
from core.errors import InputError, KnowledgeError
from core.settings import Settings
from knowledge.faq.critical_topics import TOPICS, critical_topics
from knowledge.faq.dialogue_acts import DialogueActs
from knowledge.faq.live import ServedFaq
from knowledge.faq.meaning import MessageReader
from tests.unit.faq.word_models import models

SAMPLE = Path(__file__).parents[3] / "apps/support/sample_company/company.toml"
LONDON = ZoneInfo("Europe/London")


@pytest.fixture(scope="module")
def company() -> Company:
    return read_company(SAMPLE)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-03-02 12:00", None),  # Monday noon
        ("2026-03-02 08:00", None),
        ("2026-03-02 07:59", "2026-03-02 08:00"),
        ("2026-03-02 20:00", "2026-03-03 08:00"),
        ("2026-03-06 21:00", "2026-03-07 09:00"),  # Friday evening: Saturday, with its own hours
        ("2026-03-07 17:00", "2026-03-09 08:00"),  # Saturday evening: Monday
        ("2026-03-28 18:00", "2026-03-30 08:00"),  # over the change to summer time
        ("2026-12-24 20:30", "2026-12-26 09:00"),  # Christmas Eve: the day after is a holiday
        ("2026-12-25 12:00", "2026-12-26 09:00"),
        ("2026-12-26 18:00", "2026-12-29 08:00"),  # Sunday, and a holiday on Monday
    ],
)
def test_next_opening(company: Company, now: str, opens: str | None) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=LONDON)
    expected = datetime.fromisoformat(opens).replace(tzinfo=LONDON) if opens else None
    assert company.next_opening(at) == expected
    assert company.next_opening(at.astimezone(ZoneInfo("Asia/Shanghai"))) == expected


def test_once_a_week_is_found_on_the_day_after(company: Company) -> None:
    hours = company.hours[1].model_copy(update={"days": ("sat",)})
    weekly = company.model_copy(update={"hours": (hours,)})
    at = datetime(2026, 3, 7, 18, tzinfo=LONDON)
    assert weekly.next_opening(at) == datetime(2026, 3, 14, 9, tzinfo=LONDON)


def test_however_many_holidays_there_is_a_next_opening(company: Company) -> None:
    hours = company.hours[1].model_copy(update={"days": ("sat",)})
    saturdays = frozenset(date(2026, 3, 7) + timedelta(weeks=week) for week in range(50))
    weekly = company.model_copy(update={"hours": (hours,), "holidays": saturdays})
    assert weekly.next_opening(datetime(2026, 3, 7, 12, tzinfo=LONDON)) == datetime(2027, 2, 20, 9, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('phone = "0800 555 0100"', "", "phone"),
        ('phone = "0800 555 0100"', 'phone = "1"\ntelefon = "2"', "telefon"),
        ('phone = "0800 555 0100"', 'phone = "call us"', "phone: it has no number that can be dialled"),
        ("[critical.fraud.text]", '[critical.fraud]\nphone = ""\n[critical.fraud.text]', "critical.fraud.phone"),
        (
            "Please call us now: {phone}",
            "Please call {phone_number}",
            "text.en: nothing in braces is filled in but {phone}",
        ),
        ("Please call us now: {phone}", "Please call {{phone}}", "text.en: nothing in braces"),
        (
            "请立即拨打 {phone}（境外 +44 20 7946 0100），按 1，全天",
            "请拨打｛phone｝，全天",
            "text.zh: nothing in braces",
        ),
        ("Europe/London", "Europe/Atlantis", "timezone"),
        ("help@example.com", "help", "email"),
        ("open = 08:00:00", "open = 21:00:00", "hours.0"),
        ("open = 08:00:00", "open = 25:00:00", "not TOML"),
        ('"mon"', '"lundi"', "hours.0.days"),
        ('[name]\nen = "Harbour Bank"\nzh = "港湾银行"', "name = {}", "name: it is empty"),
        ("close = 20:00:00", "", "hours.0.close"),
        ("holidays = [2026-12-25", 'holidays = ["Christmas"', "holidays"),
        ("holidays = [", 'topics = ["frood"]\nholidays = [', "topics"),
        ("[critical.fraud.text]", "[critical.frood.text]", "critical"),
        ('days = ["sat"]', "days = []", "hours.1.days"),
    ],
)
def test_malformed_file_is_named_with_its_field(tmp_path: Path, old: str, new: str, problem: str) -> None:
    text = SAMPLE.read_text("utf-8")
    assert old in text
    (tmp_path / "company.toml").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(KnowledgeError) as caught:
        read_company(tmp_path / "company.toml")
    assert "company.toml" in str(caught.value)
    assert problem in str(caught.value)


def test_a_company_may_have_one_language() -> None:
    values = tomllib.loads(SAMPLE.read_text("utf-8"))
    for texts in (values["name"], values["examples"], values["greeting"], values["critical"]["fraud"]["text"]):
        del texts["zh"]
    company = Company.model_validate(values)
    assert company.name == {"en": "Harbour Bank", "zh": "Harbour Bank"}
    assert company.examples["zh"] == company.examples["en"] != ()
    assert company.description["zh"] != company.description["en"]
    acts = DialogueActs(MessageReader(models()))
    service = SupportService(company, lambda: ServedFaq("", (), None), critical_topics(), acts, models().multilingual)
    own, suites = values["critical"]["fraud"]["text"]["en"], critical_topics().texts["fraud"]["zh"]
    assert service.critical.text("fraud", "en") == own.replace("{phone}", company.phone)
    assert service.critical.text("fraud", "zh") == suites.replace("{phone}", company.phone)


def test_a_byte_order_mark_and_the_form_of_times(tmp_path: Path) -> None:
    text, path = SAMPLE.read_text("utf-8"), tmp_path / "company.toml"
    path.write_text(text, "utf-8-sig")
    assert read_company(path) == read_company(SAMPLE)
    for wrong in ("open = 08:00\n", "open = 24:00:00\n"):
        path.write_text(text.replace("open = 08:00:00\n", wrong, 1), "utf-8")
        with pytest.raises(KnowledgeError) as caught:
            read_company(path)
        assert "Times have seconds, from 00:00:00 to 23:59:59" in caught.value.hint
    path.write_text(text.replace("open = 08:00:00\n", "open = 22:00:00\n", 1), "utf-8")
    with pytest.raises(KnowledgeError, match="midnight is close = 23:59:59, and hours beyond it begin another block"):
        read_company(path)


@pytest.mark.parametrize("phone", ["999", "105", "400-555-0155", "+44 (0)20 7946 0100", "１１０", "0800 HARBOUR"])
def test_a_number_that_can_be_dialled_is_taken(tmp_path: Path, phone: str) -> None:
    text = SAMPLE.read_text("utf-8").replace('"0800 555 0100"', f'"{phone}"', 1)
    (tmp_path / "company.toml").write_text(text, "utf-8")
    assert read_company(tmp_path / "company.toml").phone == phone


def test_absent_or_unreadable_file(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="cannot be read"):
        read_company(tmp_path / "company.toml")
    (tmp_path / "company.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(KnowledgeError, match="not TOML"):
        read_company(tmp_path / "company.toml")


def test_a_company_names_its_topics_and_danger_always_counts(tmp_path: Path, company: Company) -> None:
    text = SAMPLE.read_text("utf-8").replace("holidays = [", 'topics = ["complaint"]\nholidays = [', 1)
    (tmp_path / "company.toml").write_text(text, "utf-8")
    assert read_company(tmp_path / "company.toml").topics == {"complaint", "self_harm", "emergency"}
    assert company.topics == TOPICS


def test_an_absent_faq_is_told_with_what_needs_none(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"faq\.json is not there\. .* until a version is published: r1 faq import, r1"
    ):
        company_faq(Settings(home=tmp_path, company=tmp_path))
