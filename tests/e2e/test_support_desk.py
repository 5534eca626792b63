"""The support desk in a browser: signing in, the queue, and an operator's answer on its way to customers."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from apps.desk.records import Records
from apps.support.store import SupportStore
from tests.desk_server import PASSWORD, DeskServer, desk_server
from tests.e2e.desk import filled_in, open_tab, opened, seeing_unanswered, sign_in
from tests.support_data import hand_off


@pytest.fixture(scope="module")
def server(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskServer]:
    with desk_server(home, tmp_path_factory.mktemp("desk")) as running:
        yield running


@contextmanager
def chatting(browser: Any, url: str, locale: str = "en-US", width: int = 1440) -> Iterator[Any]:
    """The chat of a new customer, once it has greeted: what is pressed before finds no listener."""
    with opened(browser, url, "/support/", locale, width) as page:
        page.locator("#log .r1-log").wait_for()
        yield page


def fits(page: Any) -> bool:
    """Whether nothing makes the whole page wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize(("locale", "width", "wrong"), [("en-US", 1440, "wrong"), ("zh-CN", 390, "不正确")])
def test_signing_in_by_keyboard(browser: Any, server: DeskServer, locale: str, width: int, wrong: str) -> None:
    with opened(browser, server.url, "/desk/", locale, width) as page:
        assert "/sign-in?next=/desk/" in page.url
        assert page.evaluate("document.activeElement.id") == "name"
        assert fits(page)
        sign_in(page, "Olga", "not the password of Olga")
        page.get_by_role("alert").filter(has_text=wrong).wait_for()
        assert page.input_value("#name") == "Olga"
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.locator("#who").filter(has_text="Olga").wait_for()
        assert page.url.endswith("/desk/")
        assert fits(page)
        page.locator("#who button").click()
        page.wait_for_url("**/sign-in")
        page.goto(f"{server.url}/desk/")
        assert "/sign-in" in page.url


def test_what_the_desk_answers_reaches_the_customer(browser: Any, server: DeskServer) -> None:
    with chatting(browser, server.url, "zh-CN", 390) as customer:
        customer.locator("#person").click()
        customer.locator("#email input").fill("li@example.com")
        customer.locator("#submit").click()
        shown = customer.locator("#log .r1-hand_off")
        shown.wait_for()
        found = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", shown.inner_text())
        assert found
        with opened(browser, server.url, "/desk/") as desk:
            sign_in(desk, "Olga")
            desk.locator("#waiting-list label").filter(has_text=found[0]).click()
            desk.locator("#thread").filter(has_text="li@example.com").wait_for()
            desk.locator("#answer textarea").fill("Yes, <b>we</b> can help.")
            desk.locator("#send").click()
            desk.locator("#thread .r1-user").filter(has_text="Yes, <b>we</b> can help.").wait_for()
            assert desk.locator("#answer textarea").input_value() == ""
            customer.locator("#log .r1-desk").filter(has_text="Yes, <b>we</b> can help.").wait_for()
            customer.evaluate(
                "Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })"
            )
            hand_off = next(each for each in Records(server.database).open_hand_offs()[0] if each.reference == found[0])
            server.chat.answer(found[0], "In the background")
            customer.wait_for_timeout(7_000)  # two looks of the page
            thread = server.chat.store.thread(hand_off.conversation_id)
            assert thread
            assert thread.seen < server.chat.store.messages(thread.id)[-1].id
            customer.evaluate("delete document.visibilityState")
            customer.locator("#log .r1-desk").filter(has_text="In the background").wait_for()
            desk.locator("#close").click()
            desk.locator("#notice [role=status]").filter(has_text="Closed.").wait_for()
            desk.locator("#waiting-list label").filter(has_text=found[0]).wait_for(state="detached")
            customer.locator("#log .r1-handed_back").filter(has_text="同事已结束服务").wait_for()


def test_a_question_that_needs_no_entry_leaves_the_list(browser: Any, server: DeskServer) -> None:
    question = "Will penguins ever rule over Antarctica?"
    with seeing_unanswered(browser, server, question) as (_, operator):
        row = operator.locator("#clusters label").filter(has_text=question)
        assert not operator.locator("#dismiss").is_visible()
        row.click()
        filled_in(operator)
        operator.locator("#dismiss").click()
        operator.locator("#notice [role=status]").filter(has_text="Taken off the list").wait_for()
        row.wait_for(state="detached")
        assert operator.locator("#draft-question textarea").input_value() == ""
        assert not operator.locator("#dismiss").is_visible()


def test_only_wordings_that_are_ticked_go_into_a_draft(browser: Any, server: DeskServer) -> None:
    asked = (
        "Do you sell rowing boats?",
        "Do you sell rowing boats to order 4839201123?",
        "You sell rowing boats, do you?",
    )
    with seeing_unanswered(browser, server, asked[0]) as (_, operator):
        for question in asked[1:]:
            server.chat.say(server.chat.start("en")[0], question)
        operator.reload()
        operator.locator("#who form").wait_for()
        open_tab(operator, "Unanswered")
        operator.locator("#clusters label").filter(has_text="rowing boats").click()
        filled_in(operator)
        ticks = operator.locator("#wordings label")
        ticks.nth(2).wait_for()
        assert sorted(ticks.all_inner_texts()) == sorted(asked)
        ticked = operator.locator("#wordings label:has(input:checked)")
        assert sorted(ticked.all_inner_texts()) == sorted([asked[0], asked[2]])
        other = asked[0] if operator.input_value("#draft-question textarea") == asked[2] else asked[2]
        ticks.get_by_text(other, exact=True).click()
        operator.fill("#draft-question textarea", "Are there rowing boats?")
        operator.fill("#draft-answer textarea", "There are none.")
        operator.locator("#save-draft").click()
        operator.locator("#notice .r1-done").wait_for()
        ticks.first.wait_for(state="hidden")
        operator.locator("#clusters label").filter(has_text="rowing boats").filter(has_text="a draft waits").wait_for()
    draft = next(each.entry for each in server.drafts.open() if each.entry.title == "Are there rowing boats?")
    assert draft.questions[1:] == tuple(text for text in (asked[0], asked[2]) if text != other)


def test_an_answer_goes_from_an_operator_by_an_approver_to_the_chat(browser: Any, server: DeskServer) -> None:
    question = "Do you sell gold bars and jewellery?"
    with seeing_unanswered(browser, server, question) as (id, operator):
        operator.locator("#clusters label").filter(has_text=question).click()
        filled_in(operator)
        operator.locator("#draft-answer textarea").fill("No, we trade neither gold nor jewellery.")
        operator.locator("#save-draft").click()
        operator.locator(".r1-done").wait_for()
        open_tab(operator, "FAQ")
        operator.locator("#drafts label").filter(has_text=question).click()
        operator.locator("#draft").filter(has_text="neither gold nor jewellery").wait_for()
        assert not operator.locator("#publish-draft").is_visible()
    with opened(browser, server.url, "/desk/") as approver:
        sign_in(approver, "Pavel")
        approver.locator("#who form").wait_for()
        open_tab(approver, "FAQ")
        approver.locator("#drafts label").filter(has_text=question).click()
        approver.locator("#publish-draft").click()
        approver.locator("#publishing [role=status]").filter(has_text="tests are running").wait_for()
        assert approver.evaluate("document.activeElement.parentElement.closest('#publishing') !== null")
        assert approver.locator(".desk-deciding button:visible:enabled").count() == 0
        with opened(browser, server.url, "/desk/") as other:
            sign_in(other, "Pavel")
            other.locator("#who form").wait_for()
            open_tab(other, "FAQ")
            other.locator("#publishing-now").filter(has_text="Pavel is publishing, since 20").wait_for()
        approver.locator("#notice .r1-done").wait_for(timeout=300_000)
        approver.wait_for_function("document.querySelector('#publishing p').textContent === ''")
        assert approver.locator(".desk-deciding button:visible:disabled").count() == 0
        assert len(server.drafts.library.publications()) == 1
        approver.locator("#versions").filter(has_text="Pavel").wait_for()
        assert not approver.locator("#publish-version").is_visible()  # customers get it already
        assert not approver.locator("#roll-back").is_visible()
    for _ in range(60):  # servers look for a new version every second, and read it
        if server.chat.say(id, question).action.value == "answer":
            break
        time.sleep(1)
    else:
        pytest.fail("the chat never read the new version")
    with opened(browser, server.url, "/desk/") as operator:
        sign_in(operator, "Olga")
        operator.locator("#who form").wait_for()
        open_tab(operator, "Unanswered")
        operator.get_by_text("Nothing was left").or_(operator.locator("#clusters label")).first.wait_for()
        assert operator.locator("#clusters label").filter(has_text=question).count() == 0
    with chatting(browser, server.url) as customer:
        customer.locator("#composer textarea").fill(question)
        customer.keyboard.press("Enter")
        customer.locator(".r1-answer").filter(has_text="neither gold nor jewellery").wait_for()


def test_what_is_typed_stays_with_its_customer(browser: Any, server: DeskServer) -> None:
    """By arrow keys, on a phone."""
    ann, bo = (f"{name}{time.time_ns()}" for name in ("ann", "bo"))  # others than a run before had
    for name in (ann, bo):
        id, _ = server.chat.start("en")
        server.chat.hand_off(id, email=f"{name}@example.com", note=name, language="en")
    with opened(browser, server.url, "/desk/", width=390) as page:
        sign_in(page, "Olga")
        page.locator("#waiting-list label").filter(has_text=f"\n{ann}").click()
        page.locator("#thread").filter(has_text=f"{ann}@example.com").wait_for()
        page.fill("#answer textarea", "half an ans")
        page.locator("#waiting-list input:checked").focus()
        page.keyboard.press("ArrowDown")
        page.locator("#thread").filter(has_text=f"{bo}@example.com").wait_for()
        page.wait_for_function("document.querySelector('#answer textarea').value === ''")
        page.locator("#send").click()
        page.wait_for_function("document.activeElement.matches('#notice [role=alert]')")
        assert page.evaluate("document.activeElement.getBoundingClientRect().top >= 0")
        page.locator("#waiting-list input:checked").focus()
        page.keyboard.press("ArrowUp")
        page.locator("#thread").filter(has_text=f"{ann}@example.com").wait_for()
        page.wait_for_function("document.querySelector('#answer textarea').value === 'half an ans'")
        page.locator("#send").click()
        page.wait_for_function("document.activeElement.matches('#notice [role=status]')")
        assert "No e-mail goes out" in page.inner_text("#notice")


def test_an_answer_is_counted_and_not_cut(browser: Any, server: DeskServer) -> None:
    ann, bo = (f"{name}{time.time_ns()}" for name in ("ann", "bo"))
    ids = {name: server.chat.start("en")[0] for name in (ann, bo)}
    for name, id in ids.items():
        server.chat.hand_off(id, email=f"{name}@example.com", note=name, language="en")
    with opened(browser, server.url, "/desk/", width=390) as page:
        sign_in(page, "Olga")
        page.locator("#waiting-list label").filter(has_text=ann).click()
        page.locator("#thread").filter(has_text=f"{ann}@example.com").wait_for()
        page.fill("#answer textarea", "a" * 2_001)
        page.locator("#answer-count").filter(has_text="1 too many").wait_for()
        page.click("#send")
        page.locator("#notice [role=alert]").filter(has_text="1 too many").wait_for()
        assert len(page.input_value("#answer textarea")) == 2_001
        assert fits(page)
        page.locator("#waiting-list label").filter(has_text=bo).click()
        page.locator("#thread").filter(has_text=f"{bo}@example.com").wait_for()
        page.wait_for_function("document.querySelector('#answer-count').textContent === ''")
    assert [each.author for each in server.chat.store.messages(ids[ann])] == []


def test_on_a_low_screen_the_chosen_customer_comes_into_view(browser: Any, server: DeskServer) -> None:
    """At 200%; who goes on by arrow keys stays in the list."""
    cy, di = (f"{name}{time.time_ns()}" for name in ("cy", "di"))
    for name in (cy, di):
        server.chat.hand_off(server.chat.start("en")[0], email=f"{name}@example.com", note=name, language="en")
    with opened(browser, server.url, "/desk/", width=640) as page:
        page.set_viewport_size({"width": 640, "height": 400})
        sign_in(page, "Olga")
        page.locator("#waiting-list label").filter(has_text=cy).click()
        card = page.locator("#thread .desk-card")
        card.filter(has_text=cy).wait_for()
        page.wait_for_function("document.querySelector('#thread h3').getBoundingClientRect().bottom < innerHeight / 2")
        page.locator("#waiting-list input:checked").focus()
        page.keyboard.press("ArrowDown")
        card.filter(has_text=di).wait_for()
        page.wait_for_timeout(500)
        assert page.locator("#waiting-list input:checked").evaluate("e => e.getBoundingClientRect().top") >= 0


def test_a_second_draft_has_no_wordings_of_the_first(browser: Any, server: DeskServer) -> None:
    id, _ = server.chat.start("en")
    server.chat.say(id, "What is the weather like in Rome?")
    with opened(browser, server.url, "/desk/") as page:
        sign_in(page, "Olga")
        page.locator("#who form").wait_for()
        open_tab(page, "Unanswered")
        page.locator("#clusters label").filter(has_text="Rome").click()
        filled_in(page)
        for question in ("", "Do you lend umbrellas?"):
            if question:
                page.fill("#draft-question :is(input, textarea)", question)
            page.fill("#draft-answer textarea", "We do not.")
            page.locator("#save-draft").click()
            page.wait_for_function("document.querySelector('#draft-answer textarea').value === ''")
    umbrellas = next(
        entry for entry in (draft.entry for draft in server.drafts.open()) if entry.title == "Do you lend umbrellas?"
    )
    assert umbrellas.questions == ("Do you lend umbrellas?",)


@pytest.mark.parametrize(
    ("locale", "width", "names"),
    [
        ("en-US", 1440, ["Unanswered", "Conversations", "FAQ", "Figures", "Try a question"]),
        ("zh-CN", 390, ["未回答", "对话记录", "常见问题库", "数据", "测试提问"]),
    ],
)
def test_every_tab_shows_something_and_fits(
    browser: Any, server: DeskServer, locale: str, width: int, names: list[str]
) -> None:
    id, _ = server.chat.start("en")
    server.chat.say(id, "How do I open a current account?")
    server.chat.store.rate_newest(id, -1)
    with opened(browser, server.url, "/desk/", locale, width) as page:
        sign_in(page, "Pavel")
        page.locator("#who form").wait_for()
        unanswered, conversations, faq, figures, trial = names
        open_tab(page, unanswered)
        page.locator("#draft-question").wait_for()
        assert fits(page)
        open_tab(page, conversations)
        page.locator("#which label").nth(1).click()
        page.locator("#talks label").filter(has_text="current account").first.click()
        page.locator("#talk .r1-answer").filter(has_text="account-open").first.wait_for()
        assert fits(page)
        open_tab(page, faq)
        page.locator("#versions p").first.wait_for()
        assert fits(page)
        open_tab(page, figures)
        page.locator("#figures svg").first.wait_for()
        assert fits(page)
        edges = "[...document.querySelectorAll('#figures rect')].map((bar) => getComputedStyle(bar).stroke)"
        assert set(page.evaluate(edges)) == {"rgb(123, 138, 153)"}  # 3 to 1 to the ground, whatever a bar's colour
        open_tab(page, trial)
        page.locator("#try textarea, #try input").first.fill("How do I open a current account?")
        page.keyboard.press("Enter")
        page.locator("#tried").filter(has_text="account-open").wait_for()
        assert fits(page)


def test_customers_beyond_the_height_of_the_list_stand_below_the_others(browser: Any, server: DeskServer) -> None:
    store = SupportStore(server.database)
    waiting = [hand_off(conversation_id=store.start("en")[0]) for _ in range(12)]
    for each in waiting:
        store.hand_off(each)
    with opened(browser, server.url, "/desk/", width=390) as operator:
        sign_in(operator, "Olga")
        rows = operator.locator("#waiting-list label")
        rows.nth(11).wait_for(state="attached")
        assert len({row.bounding_box()["x"] for row in rows.all()}) == 1
    for each in waiting:
        store.close(each.reference)
