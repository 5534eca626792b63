"""The inbox for its engineers: the page's service, retention, metrics, and that looking is audited."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio.helpers import special_args
from prometheus_client import generate_latest
from sqlalchemy import Engine, text, update

from adapters.fhir.audit import AuditTrail
from adapters.fhir.capability import missing
from adapters.hl7v2.deliver import delete_old
from adapters.hl7v2.inbox import Inbox, Listed
from adapters.hl7v2.inbox_tables import MessageRow, State
from adapters.hl7v2.message import parse
from adapters.hl7v2.metrics import OUTCOMES, InboxGauges, InboxMetrics, lag_of
from adapters.hl7v2.receive import Receiver
from apps.auth.sessions import Sessions
from apps.inbox.html import conversion_html, error_html, messages_html, overview_html, raw_html, server_html
from apps.inbox.service import FhirServer, InboxService
from apps.inbox.ui import InboxPage
from core.errors import FhirUnreachableError, InputError, SettingsError
from core.settings import Settings
from tests.sekmet_server import TOKEN, sekmet
from tests.servers import free_port
from tests.unit.hl7v2.hl7_data import ADMIT, message
from tests.unit.hl7v2.hl7_fakes import MemoryInbox

PATIENT = ("Okafor", "Amara", "Nkechi", "Mill Lane", "5550100", "Penicillin")


@pytest.fixture
def database(each_database: Engine) -> Engine:
    return each_database


def admit(number: int, patient: int) -> bytes:
    return ADMIT.replace(b"|C1|", f"|C{number}|".encode()).replace(b"||77^", f"||{patient}^".encode())


def fill(inbox: Inbox, *patients: int) -> None:
    """One message a patient, numbered from 1."""

    async def run() -> None:
        for number, patient in enumerate(patients, start=1):
            await inbox.put(admit(number, patient), parse(admit(number, patient)))

    asyncio.run(run())


def finish(inbox: Inbox, states: dict[int, State], reason: str = "") -> None:
    async def run() -> None:
        while claimed := await inbox.claim(16):
            for item in claimed:
                state = states.get(item.id, State.DONE)
                await inbox.finish(item, state, reason if state is State.QUARANTINED else "")

    asyncio.run(run())


def service_of(inbox: Inbox, fhir_url: str | None = None) -> InboxService:
    settings = Settings(fhir_url=fhir_url, fhir_token=TOKEN, inbox_volume_encrypted=True)
    return InboxService(inbox, settings, AuditTrail(inbox.database, b"k" * 32))


# Retention


def age(database: Engine, days: float, *numbers: int) -> None:
    finished = update(MessageRow).where(MessageRow.id.in_(numbers))
    with database.begin() as connection:
        connection.execute(finished.values(finished_at=datetime.now(UTC) - timedelta(days=days)))


def numbers(inbox: Inbox) -> set[int]:
    return {item.id for item in inbox.listed()}


def test_only_delivered_messages_are_deleted_when_their_days_are_over(inbox: Inbox, database: Engine) -> None:
    fill(inbox, 1, 2, 3, 4)
    finish(inbox, {2: State.QUARANTINED})
    age(database, 91, 1, 2)
    age(database, 89, 3)

    assert asyncio.run(inbox.delete_delivered(90)) == 1
    assert numbers(inbox) == {2, 3, 4}
    with database.connect() as connection:
        lanes = set(connection.execute(text("SELECT message_id FROM hl7_lane")).scalars())
    assert lanes == {2, 3, 4}


def test_a_message_stays_while_an_earlier_one_of_its_patient_is_quarantined(inbox: Inbox, database: Engine) -> None:
    fill(inbox, 1, 1, 2)
    finish(inbox, {1: State.QUARANTINED})
    age(database, 400, 1, 2, 3)

    assert asyncio.run(inbox.delete_delivered(90)) == 1
    assert numbers(inbox) == {1, 2}
    with pytest.raises(InputError, match="Message 2 of the same patient came later"):
        asyncio.run(inbox.replay(1))

    asyncio.run(inbox.replay(1, out_of_order=True))
    finish(inbox, {})
    age(database, 400, 1)
    assert asyncio.run(inbox.delete_delivered(90)) == 2


def test_deleting_goes_on_by_itself_and_nothing_is_deleted_with_0_days(inbox: Inbox, database: Engine) -> None:
    fill(inbox, 1)
    finish(inbox, {})
    age(database, 4000, 1)

    asyncio.run(asyncio.wait_for(delete_old(inbox, 0), 10))
    assert numbers(inbox) == {1}

    async def run() -> None:
        task = asyncio.create_task(delete_old(inbox, 3000))
        async with asyncio.timeout(30):
            while await asyncio.to_thread(numbers, inbox):
                await asyncio.sleep(0.05)
        task.cancel()

    asyncio.run(run())


# The page


def test_the_overview_says_nothing_of_a_patient(inbox: Inbox) -> None:
    fill(inbox, 1, 2, 3)
    finish(inbox, {2: State.QUARANTINED}, reason="The FHIR server answered with HTTP 422 <b>")
    service = service_of(inbox)

    seen = service.overview(State.QUARANTINED)
    assert seen.counts == {State.WAITING: 0, State.DONE: 2, State.QUARANTINED: 1}
    assert (seen.lag, [item.id for item in seen.messages]) == (0.0, [2])
    for language in ("en", "zh"):
        html = overview_html(seen, language) + messages_html(seen.messages, language)
        html += conversion_html(2, service.look(2), language)
        assert [word for word in PATIENT if word in html] == []
        assert "HTTP 422 &lt;b&gt;" in html
        assert "1 Patient" in html


def test_the_page_says_in_which_zone_times_are_read(inbox: Inbox) -> None:
    service = service_of(inbox)
    berlin = replace(service, settings=service.settings.model_copy(update={"message_timezone": "Europe/Berlin"}))
    for language in ("en", "zh"):
        assert "UTC" in overview_html(service.overview(State.DONE), language)
        assert "Europe/Berlin" in overview_html(berlin.overview(State.DONE), language)


def test_a_message_without_a_control_id_keeps_its_columns() -> None:
    broken = Listed(1, datetime(2026, 3, 1, tzinfo=UTC), "", "", "", State.QUARANTINED, 1, "No control id")
    html = messages_html([broken], "en")
    assert html.count("<td") == html.count("<th ") == 7
    assert '<td data-name="Control id"></td>' in html


def test_a_message_that_is_to_be_tried_again_says_when() -> None:
    received, due = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, 7, 8, 9, tzinfo=UTC)
    held = Listed(1, received, "LAB", "C1", "ORU^R01", State.WAITING, 0, "The server is busy", due)
    assert ">The server is busy</span> Next try at 07:08:09 UTC.</td>" in messages_html([held], "en")
    assert "将于 07:08:09（UTC）再次尝试" in messages_html([held], "zh")


def test_a_message_is_shown_as_it_came_once_the_trail_knows(inbox: Inbox) -> None:
    fill(inbox, 1)
    service = service_of(inbox)

    raw = asyncio.run(service.raw(1, "somebody"))

    assert raw.encode() == admit(1, 1)
    assert "Okafor" in raw_html(1, raw, "en")
    (event,) = service.trail.events()
    assert event["agent"][1]["who"]["identifier"]["value"] == "somebody"
    assert (event["subtype"][0]["code"], event["outcomeDesc"]) == ("read", "HL7 v2 message 1")
    with pytest.raises(InputError, match="no message 9"):
        asyncio.run(service.raw(9, "somebody"))
    assert service.trail.verify().events == 1


def test_a_message_is_shown_in_its_own_character_set(inbox: Inbox) -> None:
    header = "MSH|^~\\&|HIS|EAST|R1|R1|20260102||ADT^A08|C1|P|2.5||||||GB 18030-2000"
    raw = message("PID|1||77^^^EAST||\u738b^\u5c0f\u660e", header=header).decode().encode("gb18030")
    asyncio.run(inbox.put(raw, parse(raw)))

    assert "\u738b^\u5c0f\u660e" in asyncio.run(service_of(inbox).raw(1, "somebody"))


def test_all_quarantined_messages_wait_again_but_those_that_are_overtaken(inbox: Inbox) -> None:
    fill(inbox, 1, 2, 2, 3)
    finish(inbox, {1: State.QUARANTINED, 2: State.QUARANTINED, 4: State.QUARANTINED}, reason="no")

    assert asyncio.run(service_of(inbox).replay_quarantined("somebody")) == (2, 1)
    assert {item.id for item in inbox.listed(State.WAITING)} == {1, 4}
    assert 0 <= lag_of(inbox) < 600


def test_however_many_are_quarantined_all_wait_again_in_their_order(inbox: Inbox, database: Engine) -> None:
    many = 1_200

    async def run() -> tuple[int, int]:
        raws = [admit(number, number % 7) for number in range(many)]
        await asyncio.gather(*(inbox.put(raw, parse(raw)) for raw in raws))
        with database.begin() as connection:
            connection.execute(update(MessageRow).values(state=State.QUARANTINED))
            connection.execute(text("UPDATE hl7_lane SET open = false"))
        return await service_of(inbox).replay_quarantined("somebody")

    assert asyncio.run(run()) == (many, 0)
    assert inbox.numbers(State.WAITING) == list(range(1, many + 1))


def test_the_page_says_what_the_server_is(inbox: Inbox, tmp_path: Path) -> None:
    with sekmet(tmp_path) as base:
        told = asyncio.run(service_of(inbox, base).server("somebody"))
    assert told is not None
    assert "FHIR" in told.software
    assert not any("HL7 v2" in sentence for sentence in told.missing)
    assert told.url in server_html(told, "en")
    with pytest.raises(FhirUnreachableError) as caught:
        asyncio.run(service_of(inbox, f"http://127.0.0.1:{free_port()}/fhir").server("somebody"))
    lacking = server_html(FhirServer("http://a", "", missing({})), "zh")
    assert lacking.count("<li>") > 10
    assert 'lang="en"' not in lacking
    assert "messages wait" in server_html(caught.value, "en")
    assert asyncio.run(service_of(inbox).server("somebody")) is None
    assert "&lt;i&gt;" in server_html(FhirServer("http://a", "<i>", ["<b>"]), "zh")
    assert "无法连接 FHIR 服务器" in error_html(caught.value, "zh")


def test_the_page_says_why_it_cannot_list(inbox: Inbox, database: Engine) -> None:
    page = InboxPage(service_of(inbox), lambda _: "Ada", Sessions(database, timedelta(minutes=30), secure=False))
    with database.begin() as connection:
        connection.execute(text("ALTER TABLE hl7_message RENAME TO gone"))
    told, listed = page.see("en", State.QUARANTINED.value)
    assert "database" in told
    assert listed == ""


# Metrics


def test_each_fate_of_a_message_is_counted() -> None:
    metrics = InboxMetrics()
    before = generate_latest(metrics.registry).decode()
    assert all(f'r1_inbox_received_total{{outcome="{outcome}"}} 0.0' in before for outcome in OUTCOMES)

    async def run() -> None:
        receiver = Receiver(MemoryInbox(), metrics=metrics)
        for raw in (ADMIT, ADMIT, message("PID|1"), b"nonsense"):
            await receiver.receive(raw)
        await Receiver(MemoryInbox(broken=True), metrics=metrics).receive(ADMIT)

    asyncio.run(run())
    text_format = generate_latest(metrics.registry).decode()
    for outcome, count in {"kept": 2, "known": 1, "refused": 1, "failed": 1}.items():
        assert f'r1_inbox_received_total{{outcome="{outcome}"}} {count}.0' in text_format
    assert "r1_inbox_ack_seconds_count 5.0" in text_format
    assert [word for word in PATIENT if word in text_format] == []


def test_the_gauges_are_asked_at_each_scrape_and_served(inbox: Inbox, database: Engine) -> None:
    metrics = InboxMetrics()
    InboxGauges(inbox, metrics.registry)
    port = free_port()
    metrics.serve("127.0.0.1", port)

    fill(inbox, 1, 2)
    told = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    assert 'r1_inbox_messages{state="waiting"} 2.0' in told

    for host in ("127.0.0.1", "192.0.2.1", "no.such.host.invalid"):
        with pytest.raises(SettingsError, match="cannot be listened on"):
            InboxMetrics().serve(host, port)

    with database.begin() as connection:
        connection.execute(text("ALTER TABLE hl7_message RENAME TO gone"))
    assert 'r1_inbox_messages{state="waiting"} NaN' in httpx.get(f"http://127.0.0.1:{port}/metrics").text


def test_a_page_that_merely_stays_open_does_not_count_as_use_of_the_session(inbox: Inbox) -> None:
    """Its timer would keep an engineer signed in for ever, beside the messages of patients."""
    asked: list[object] = []

    def who(cookies: Mapping[str, str]) -> str:
        asked.append(cookies)
        return "Ada"

    sessions = Sessions(inbox.database, timedelta(minutes=30), secure=False)
    page = InboxPage(service_of(inbox), who, sessions).blocks
    request: Any = SimpleNamespace(cookies={}, query_params={}, headers={})
    timers = {block._id for block in page.blocks.values() if isinstance(block, gr.Timer)}
    ticks = [event for event in page.fns.values() if timers & {id for id, _ in event.targets}]
    assert len(ticks) == 1
    given, *_ = special_args(ticks[0].fn, ["en", State.QUARANTINED.value], request)
    assert len(ticks[0].fn(*given)) == 2
    assert asked == []
