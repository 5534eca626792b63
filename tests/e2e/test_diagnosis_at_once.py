"""Two patients, pages or decisions at once: what is shown and done belongs to the patient who is open."""

from typing import Any

from tests.e2e.conftest import Server, on_the_phone
from tests.e2e.ranked import RANKING, chip, rank_sample


@on_the_phone("visit")
def test_two_pages_never_mix_patients(assistant: Any, suite: Server) -> None:
    other = assistant.context.new_page()
    other.set_default_timeout(60_000)
    other.goto(f"{suite.url}/diagnosis/")
    rank_sample(assistant, "Amara")
    rank_sample(other, "Tomas")
    # A button of the other page's patient, as a confused browser would send it.
    foreign = other.get_attribute(".dx-banner", "data-visit")
    button = chip(assistant, "HP:0001083").locator("[data-do=pause]")
    button.evaluate("(element, visit) => element.dataset.visit = visit", foreign)
    button.click()
    assistant.wait_for_selector("#notice [role=alert]")
    assert assistant.locator(".dx-paused").count() == 0
    assert "Okafor" in assistant.inner_text(".dx-banner")
    assert "Lindqvist" in other.inner_text(".dx-banner")
    other.close()


def test_another_patient_replaces_the_first(assistant: Any) -> None:
    rank_sample(assistant, "Amara")
    assistant.fill("#search input, #search textarea", "fever")
    assistant.wait_for_selector("#hits [data-do=add]")
    assistant.locator("#choose button").first.click()
    assistant.get_by_role("button", name="Tomas").click()
    assistant.wait_for_function("() => document.querySelector('.dx-banner')?.innerText.includes('Lindqvist')")
    assistant.wait_for_selector("#hits [data-do=add]", state="detached")
    assert assistant.input_value("#search input, #search textarea") == ""
    assert "Okafor" not in assistant.inner_text("#result")
    assert assistant.locator(RANKING).count() == 0 or not assistant.locator(RANKING).is_visible()


@on_the_phone("visit")
def test_of_two_patients_chosen_at_once_the_last_one_stays(assistant: Any) -> None:
    amara, tomas = (assistant.get_by_role("button", name=name).element_handle() for name in ("Amara", "Tomas"))
    assistant.evaluate("([one, two]) => { one.click(); setTimeout(() => two.click(), 300); }", [amara, tomas])
    assistant.wait_for_selector("#ranking .dx-stop, #ranking .dx-ranking")
    assistant.wait_for_timeout(2_000)  # in which a reading that was left would show itself
    assert "Lindqvist" in assistant.inner_text(".dx-banner")


@on_the_phone("visit")
def test_of_two_decisions_at_once_both_count(assistant: Any) -> None:
    rank_sample(assistant, "Amara")
    pause, deny = "[data-do=pause]", "[data-do=decide][data-to=absent]"
    one, two = assistant.evaluate(
        """([pause, deny]) => {
          const all = [...document.querySelectorAll('#findings [data-chip]')];
          const chips = all.filter((chip) => chip.querySelector(deny));
          chips[0].querySelector(pause).click();
          chips[1].querySelector(deny).click();
          return chips.slice(0, 2).map((chip) => chip.dataset.chip);
        }""",
        [pause, deny],
    )
    assistant.wait_for_selector(f"#findings .dx-paused [data-chip='{one}']")
    assistant.wait_for_selector(f"#findings .dx-absent [data-chip='{two}']")
