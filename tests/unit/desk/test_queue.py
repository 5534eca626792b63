"""The list of who waits for a person."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pytest

from apps.auth.accounts import Account, Role
from apps.desk.desk import Desk
from apps.desk.html import hand_off_html, shortened, when
from apps.desk.queue import QueueTab, _line
from apps.desk.records import Records
from apps.support.chat import SupportChat
from apps.support.company import read_company
from apps.support.conversation import Citation, Reply, Turn
from apps.support.policy import Action
from apps.support.service import SupportService
from apps.support.store import HandOff, SupportStore
from apps.ui.labels import Labels
from apps.ui.parts import notice
from apps.ui.texts import t
from core.errors import InputFormatError
from knowledge.retrieval.language import Language
from tests.databases import sqlite_database

SAMPLE = read_company(Path(__file__).parents[3] / "apps/support/sample_company/company.toml")
HAND_OFF = HandOff(
    reference="K7QM-2XJ4",
    created_at=datetime.now(UTC),
    language="zh",
    email="ann@example.com",
    note="",
    transcript=(),
    library_version="v1",
    summary="紧急事项：自伤风险。",
    topic="self_harm",
)


def test_an_answer_that_cannot_be_sent_is_refused_for_its_own_reason(tmp_path: Path) -> None:
    database = sqlite_database(tmp_path)
    chat = SupportChat(cast(SupportService, SimpleNamespace(company=SAMPLE)), SupportStore(database))
    with gr.Blocks():
        services: Any = (chat, Records(database), None, None, None)
        tab = QueueTab(Desk(*services, Labels(), gr.State("en"), said := gr.HTML()))
    account = Account("Olga", frozenset({Role.OPERATOR}), disabled=False, signed_in_at=None, issuer=None)
    (nothing,) = tab.answer(account, "en", "K7QM-2XJ4", "K7QM-2XJ4", " ", {}, end=False).items()
    assert nothing == (said, notice(t("desk.write_first", "en")))
    with pytest.raises(InputFormatError, match="no hand-off"):  # it was deleted meanwhile
        tab.answer(account, "en", "K7QM-2XJ4", "K7QM-2XJ4", "Hello", {}, end=False)


@pytest.mark.parametrize(
    ("note", "shown"), [("Call me.", "Call me."), ("a" * 90, "a" * 90), ("请" * 91, "请" * 90 + "…")]
)
def test_a_long_note_is_seen_to_go_on(note: str, shown: str) -> None:
    hand_off = SimpleNamespace(
        reference="K7QM-2XJ4", topic="", state="waiting", note=note, transcript=(), created_at=datetime.now(UTC)
    )
    assert _line(hand_off, SAMPLE, "en").splitlines()[1] == shown


def test_a_time_in_the_list_is_not_broken() -> None:
    line = _line(replace(HAND_OFF, created_at=datetime(2026, 12, 1, 9, tzinfo=UTC)), SAMPLE, "en").splitlines()[0]
    assert line.endswith("2026\N{NON-BREAKING HYPHEN}12\N{NON-BREAKING HYPHEN}01\xa009:00\xa0UTC")


@pytest.mark.parametrize(
    ("zone", "at", "shown"),
    [
        ("Europe/London", datetime(2026, 7, 1, 23, 5, tzinfo=UTC), "2026-07-02 00:05 UTC+1"),
        ("Europe/London", datetime(2026, 12, 1, 23, 5, tzinfo=UTC), "2026-12-01 23:05 UTC"),
        ("Asia/Shanghai", datetime(2026, 12, 31, 16, tzinfo=UTC), "2027-01-01 00:00 UTC+8"),
        ("America/Sao_Paulo", datetime(2026, 7, 1, 12, tzinfo=UTC), "2026-07-01 09:00 UTC-3"),
    ],
)
def test_times_are_the_companys(zone: str, at: datetime, shown: str) -> None:
    assert when(at, SAMPLE.model_copy(update={"timezone": zone})) == shown


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_summary_is_in_the_operators_language(language: Language) -> None:
    greeted = [Turn("你好", "你好", Reply(Action.GREET, "zh"))]
    said = hand_off_html(HAND_OFF, greeted, language, sends_mail=True)
    assert said.count(t("topics.self_harm", language)) == 1  # in the heading
    assert t("summary.counts", language, messages=1, answered=0) in said
    assert ("紧急事项" in said) is (language == "zh")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_the_customer_wrote_stands_first_and_apart(language: Language) -> None:
    said = hand_off_html(replace(HAND_OFF, note="Call <me>."), [], language, sends_mail=True)
    whose = t("desk.note", language)
    note = f'<div class="desk-note"><strong>{whose}</strong><span lang="en">Call &lt;me&gt;.</span></div>'
    assert f"</h3>{note}" in said
    assert said.index("Call &lt;me&gt;.") < said.index(t("summary.nothing", language))
    assert whose not in hand_off_html(HAND_OFF, [], language, sends_mail=True)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_message_that_was_the_last_stands_there_once(language: Language) -> None:
    turns = [Turn("Call me.", "Call me.", Reply(Action.ABSTAIN, "en"))]
    assert hand_off_html(replace(HAND_OFF, note="Call me."), turns, language, sends_mail=True).count("Call me.") == 1
    assert t("summary.last", language, question="Call me.") in hand_off_html(HAND_OFF, turns, language, sends_mail=True)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_entries_are_named_by_title_and_once(language: Language) -> None:
    closing, limit = (
        Citation(id, title, "…", "", date(2026, 1, 2))
        for id, title in (("account-close", "How do I close my account?"), ("transfer-limit", "What is the limit?"))
    )
    turns = [
        Turn("a", "a", Reply(Action.ANSWER, "en", citations=cited)) for cited in ((closing,), (limit,), (closing,), ())
    ]
    said = hand_off_html(HAND_OFF, turns, language, sends_mail=True)
    assert t("summary.entries", language, entries=f"{closing.title} · {limit.title}") in said
    assert "account-close" not in said


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("sends_mail", [True, False])
def test_without_a_mail_server_the_desk_is_told_that_it_must_write_itself(language: Language, sends_mail: bool) -> None:
    said = hand_off_html(HAND_OFF, [], language, sends_mail=sends_mail)
    assert (t("desk.no_mail", language, email="ann@example.com") in said) is not sends_mail


def test_a_line_shows_where_a_text_is_cut() -> None:
    assert shortened("when is my bin collected") == "when is my bin collected"
    assert shortened("when is my bin collected", 8) == "when is…"
