"""The clinician's page against WCAG 2.2 AA, as far as a browser can measure it; see docs/safety/accessibility.md."""

from typing import Any

from tests.e2e.accessibility import NOTHING_WRONG, SPACING, settled


def ranked(page: Any) -> None:
    """Amara's list, with everything unfolded."""
    page.get_by_role("button", name="Amara").click()
    page.wait_for_selector("#ranking .dx-stop")
    page.click("[data-do=accept]")
    page.wait_for_selector("#ranking .dx-list")
    page.evaluate("document.querySelectorAll('.dx details').forEach((details) => { details.open = true; })")


def test_texts_controls_and_references_hold_in_every_state(assistant: Any) -> None:
    """1.1.1, 1.3.1, 1.4.3, 2.4.6, 2.5.3, 2.5.8, 3.3.2 and 4.1.2."""
    found = {"empty": settled(assistant)}
    assistant.get_by_role("button", name="Amara").click()
    assistant.wait_for_selector("#ranking .dx-stop")
    found["stop"] = settled(assistant)
    assert assistant.evaluate("getComputedStyle(document.querySelector('#notice')).display") != "none"  # it is heard
    assert assistant.inner_text("#notice [role=status]")
    assistant.click("[data-do=accept]")
    assistant.wait_for_selector("#ranking .dx-list")
    assistant.evaluate("document.querySelectorAll('.dx details').forEach((details) => { details.open = true; })")
    found["ranked"] = settled(assistant)
    assert found == dict.fromkeys(found, NOTHING_WRONG)


def test_the_page_reflows_and_bears_wide_spacing(assistant: Any) -> None:
    """1.4.4, 1.4.10 and 1.4.12: at 320 px, which is 1280 px at 400%."""
    ranked(assistant)
    assistant.set_viewport_size({"width": 320, "height": 640})
    assert assistant.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assistant.add_style_tag(content=SPACING)
    assert assistant.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cut = """() => [...document.querySelectorAll('.dx *')].filter((e) => e.checkVisibility() && !e.closest('.r1-hidden')
      && getComputedStyle(e).overflowY === 'hidden' && e.innerText && e.scrollHeight > e.clientHeight + 2)
      .map((e) => e.outerHTML.slice(0, 90))"""
    assert assistant.evaluate(cut) == []


def test_the_document_names_its_language_and_itself(assistant: Any) -> None:
    """2.4.2, 3.1.1 and 3.1.2."""
    chinese = assistant.evaluate("navigator.language") == "zh-CN"
    code, other = ("zh-CN", "en") if chinese else ("en", "zh-CN")
    assistant.wait_for_function("code => document.documentElement.lang === code", arg=code)
    assert assistant.title()
    ranked(assistant)
    assert assistant.locator("#ranking h3[lang=en]").count() > 0
    assistant.click("#language")
    assistant.wait_for_function("code => document.documentElement.lang === code", arg=other)


def test_focus_is_seen_and_goes_through_the_page_without_a_trap(assistant: Any) -> None:
    """2.1.1, 2.1.2, 2.4.3, 2.4.7 and 2.4.11."""
    ranked(assistant)
    assistant.evaluate("document.activeElement.blur()")
    seen, hidden = [], []
    for _ in range(60):
        assistant.keyboard.press("Tab")
        place = assistant.evaluate(
            """() => {
              const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
              const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
              const near = e.closest('label, .wrap, .input-container') ?? e;
              const shown = ring || getComputedStyle(near).boxShadow !== 'none' || style.boxShadow !== 'none';
              const inside = box.bottom > 0 && box.top < innerHeight;
              if (e === document.body) return ['body', true];
              e.dataset.stop ??= String(document.querySelectorAll('[data-stop]').length);
              return [e.dataset.stop, shown && inside];
            }"""
        )
        seen.append(place[0])
        if not place[1]:
            hidden.append(assistant.evaluate("document.activeElement.outerHTML.slice(0, 90)"))
    assert hidden == []
    assert len(set(seen)) > 30  # it goes on, and does not turn in a circle


def test_the_key_that_works_alone_can_be_switched_off(assistant: Any) -> None:
    """2.1.4."""

    def slash_leads_to_search() -> bool:
        assistant.evaluate("document.activeElement.blur()")
        assistant.keyboard.press("/")
        return bool(assistant.evaluate("Boolean(document.activeElement.closest('#search'))"))

    assistant.get_by_role("button", name="Amara").click()
    assistant.wait_for_selector("#ranking .dx-stop")
    assert slash_leads_to_search()
    assistant.keyboard.type("/")
    assert assistant.input_value("#search input, #search textarea") == "/"  # where something is typed it is a letter
    assistant.click("#keys summary")
    assistant.uncheck("#keys input")
    assert not slash_leads_to_search()
    before = assistant.inner_text("#keys summary")
    assistant.click("#language")
    assistant.wait_for_function("before => document.querySelector('#keys summary').innerText !== before", arg=before)
    assert not assistant.is_checked("#keys input")
    assert not slash_leads_to_search()
    assistant.check("#keys input")
    assert slash_leads_to_search()
