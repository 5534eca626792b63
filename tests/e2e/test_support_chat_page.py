"""How the page of the chat behaves: what is typed, what is in view, two languages, a server that is away."""

from typing import Any

from apps.ui.texts import t
from tests.e2e.chat_page import CRITICAL, FACT, OFF_TOPIC, QUESTION, ask, language, open_chat, send
from tests.e2e.conftest import Server, Visit, on_the_phone

HOURS = {"en": "Mon–Fri 08:00–20:00", "zh": "周一–周五 08:00–20:00"}
FOLLOW_UP = {"en": "And abroad?", "zh": "那境外呢？"}
HELLO = {"en": "Hello", "zh": "您好"}


def test_the_newest_reply_stays_in_view_where_the_form_opens_below(customer: Any) -> None:
    for _ in range(2):
        ask(customer, OFF_TOPIC[language(customer)])
    customer.locator("#email input").wait_for()
    customer.wait_for_function(
        "document.querySelector('#log .r1-log > :last-child').getBoundingClientRect().bottom"
        " <= document.querySelector('#log').getBoundingClientRect().bottom"
    )


def test_an_example_fills_the_composer_and_does_not_send(customer: Any) -> None:
    example = customer.locator("#examples button").first
    words = example.inner_text()
    example.click()
    customer.wait_for_function("words => document.querySelector('#composer textarea').value === words", arg=words)
    assert customer.locator("#log .r1-user").count() == 0


def test_a_pasted_text_is_counted_and_not_cut(customer: Any) -> None:
    lang = language(customer)
    ends = "🙂" * 1_990 + " PLEASE CANCEL IT"
    over = {"en": "At most 2,000 characters: 7 too many.", "zh": "最多 2,000 个字符，已超出 7 个。"}
    customer.focus("#composer textarea")
    customer.keyboard.insert_text(ends)
    customer.locator("#composer-count").filter(has_text=over[lang]).wait_for()
    assert customer.get_attribute("#composer textarea", "aria-describedby") == "composer-count"
    customer.keyboard.press("Enter")
    customer.wait_for_timeout(1_000)
    assert customer.locator("#log .r1-user").count() == 0
    assert customer.input_value("#composer textarea") == ends
    customer.click("#language")
    customer.locator("#composer-count").filter(has_text=over["zh" if lang == "en" else "en"]).wait_for()
    customer.fill("#composer textarea", ends[7:])
    customer.wait_for_function("document.querySelector('#composer-count').textContent === ''")
    customer.press("#composer textarea", "Enter")
    customer.locator("#log .r1-user").filter(has_text="PLEASE CANCEL IT").wait_for()


@on_the_phone("visit")
def test_a_note_that_is_too_long_is_not_sent(customer: Any) -> None:
    customer.click("#person")
    customer.fill("#email input", "customer@example.com")
    customer.fill("#note textarea", "a" * 2_001)
    customer.locator("#note-count").filter(has_text="已超出 1 个").wait_for()
    customer.click("#submit")
    customer.locator("#form-notice [role=alert]").filter(has_text="已超出 1 个").wait_for()
    assert customer.input_value("#note textarea") == "a" * 2_001
    customer.fill("#note textarea", "a" * 2_000)
    customer.click("#submit")
    customer.locator("#log .r1-hand_off").wait_for()


@on_the_phone("visit")
def test_the_keyboard_goes_on_in_the_composer(customer: Any) -> None:
    """2.4.3: the button that was pressed is gone with its row."""
    in_composer = "() => document.activeElement.matches('#composer textarea')"
    ask(customer, QUESTION["zh"])
    customer.locator("#solved").press("Enter")
    customer.wait_for_function(in_composer)
    customer.locator("#person").press("Enter")
    customer.wait_for_function("() => document.activeElement.matches('#email input')")
    customer.get_by_role("button", name=t("chat.cancel", "zh")).press("Enter")
    customer.wait_for_function(in_composer)


@on_the_phone("visit")
def test_what_is_pressed_before_the_greeting_counts(visit: Visit, suite: Server) -> None:
    visit.page.goto(f"{suite.url}/support/", wait_until="commit")
    send(visit.page, QUESTION["zh"])
    visit.page.wait_for_selector("#log .r1-answer")


def test_who_opens_the_page_can_type_at_once(customer: Any) -> None:
    customer.wait_for_function("() => document.activeElement.matches('#composer textarea')")


@on_the_phone("visit")
def test_on_a_low_screen_greeting_and_composer_are_in_view(visit: Visit, suite: Server) -> None:
    """A phone held sideways, or a laptop at 200%."""
    visit.page.set_viewport_size({"width": 720, "height": 400})
    open_chat(visit.page, suite.url)
    visit.page.wait_for_function("() => document.activeElement.matches('#composer textarea')")
    assert visit.page.locator("#log .r1-greeting").bounding_box()["y"] >= 0
    composer = visit.page.locator("#composer textarea").bounding_box()
    assert composer["y"] + composer["height"] <= 400


def test_a_question_stands_there_while_it_is_looked_up(customer: Any) -> None:
    question, held = QUESTION[language(customer)], []
    customer.route("**/queue/join*", lambda route: held.append(route))  # playwright takes no built-in method
    send(customer, question)
    customer.wait_for_selector("#log .r1-waiting.r1-meta")
    assert customer.inner_text("#log .r1-waiting.r1-user") == question
    for route in held:
        route.continue_()
    customer.wait_for_selector("#log .r1-answer")
    assert customer.locator("#log .r1-waiting").count() == 0
    assert customer.locator("#log .r1-user").count() == 1


def test_what_is_sent_before_the_answer_is_there_stays_in_the_composer(customer: Any) -> None:
    lang, held = language(customer), []
    ask(customer, OFF_TOPIC[lang])
    customer.route("**/queue/join*", lambda route: route.continue_() if held else held.append(route))
    send(customer, QUESTION[lang])
    customer.wait_for_selector("#log .r1-waiting.r1-meta")
    customer.click("#language")  # draws the log anew
    customer.wait_for_function("words => !document.querySelector('#log').innerText.includes(words)", arg=HELLO[lang])
    send(customer, CRITICAL[lang])
    customer.locator("#suggestions button:visible").first.click()
    customer.wait_for_timeout(1_000)
    assert customer.input_value("#composer textarea") == CRITICAL[lang]
    assert QUESTION[lang] in customer.locator("#log .r1-user").last.inner_text()
    assert customer.locator("#log .r1-user").count() == 2
    held[0].continue_()
    customer.wait_for_selector("#log .r1-answer")
    assert customer.input_value("#composer textarea") == CRITICAL[lang]
    customer.press("#composer textarea", "Enter")
    customer.wait_for_selector("#log .r1-critical")
    assert customer.locator("#log .r1-user").count() == 3
    assert customer.input_value("#composer textarea") == ""


@on_the_phone("visit")
def test_what_the_server_refuses_comes_back(visit: Visit, customer: Any) -> None:
    """As when too many wait already."""
    customer.route("**/queue/join*", lambda route: route.fulfill(status=503, json={"detail": "Queue is full."}))
    send(customer, QUESTION["zh"])
    customer.wait_for_selector("#log .r1-down a[href^='tel:']")
    assert customer.input_value("#composer textarea") == QUESTION["zh"]
    assert customer.locator("#log .r1-waiting").count() == 0
    customer.unroute("**/queue/join*")
    customer.press("#composer textarea", "Enter")
    customer.wait_for_selector("#log .r1-answer")
    visit.errors.clear()


def test_without_its_server_it_shows_telephone_and_hours(visit: Visit, customer: Any) -> None:
    question, lang = QUESTION[language(customer)], language(customer)
    ask(customer, question)
    customer.context.set_offline(True)
    send(customer, question)
    customer.wait_for_selector("#log .r1-down a[href^='tel:']")
    assert HOURS[lang] in customer.inner_text("#log .r1-down")
    assert customer.input_value("#composer textarea") == question  # nothing typed is lost
    assert customer.locator(".toast-wrap:visible").count() == 0  # Gradio's own words, which are English
    lost = customer.locator(".r1-lost")
    lost.wait_for()
    customer.context.set_offline(False)
    customer.wait_for_timeout(5_000)  # in which Gradio would look twice, and load the page anew
    assert customer.input_value("#composer textarea") == question
    lost.locator("button").click()
    customer.wait_for_function(
        "() => !document.querySelector('.r1-lost') && document.querySelector('#log .r1-greeting')"
    )
    customer.locator("#log .r1-answer").wait_for()  # what was said before is there again
    assert question in customer.locator("#log .r1-user").inner_text()
    assert customer.evaluate("Object.keys(sessionStorage)") == []
    ask(customer, FOLLOW_UP[lang])
    assert customer.locator("#log .r1-user").count() == 2
    visit.errors.clear()


def test_the_newest_bubble_is_in_view(customer: Any) -> None:
    lang = language(customer)
    for question in (QUESTION[lang], OFF_TOPIC[lang], QUESTION[lang], OFF_TOPIC[lang]):
        ask(customer, question)
    customer.wait_for_function(
        """() => {
          const log = document.querySelector("#log").getBoundingClientRect();
          const newest = document.querySelector("#log .r1-log > :last-child").getBoundingClientRect();
          return newest.top >= log.top - 1 && newest.bottom <= log.bottom + 1;
        }"""
    )


def test_the_language_changes_in_place(customer: Any) -> None:
    lang = language(customer)
    ask(customer, QUESTION[lang])
    customer.click("#language")
    other = "zh" if lang == "en" else "en"
    customer.wait_for_function("words => document.querySelector('#log').innerText.includes(words)", arg=HELLO[other])
    assert FACT[lang] in customer.inner_text("#log")  # what was said stays


def test_nothing_is_wider_than_the_screen(customer: Any) -> None:
    chip = customer.locator("#examples button").first
    chip.evaluate("(chip) => { chip.textContent = `https://example.org/${'x'.repeat(280)}`; }")  # a title may be long
    assert chip.evaluate("({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth")
    ask(customer, QUESTION[language(customer)])
    assert customer.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_works_where_site_storage_is_blocked(visit: Visit, suite: Server) -> None:
    visit.page.add_init_script("""
      for (const name of ["getItem", "setItem", "removeItem"]) {
        const real = Storage.prototype[name];
        Storage.prototype[name] = function (...given) {
          if (this === sessionStorage) throw new DOMException("blocked", "SecurityError");
          return real.apply(this, given);
        };
      }
    """)
    open_chat(visit.page, suite.url)
    ask(visit.page, QUESTION[language(visit.page)])
