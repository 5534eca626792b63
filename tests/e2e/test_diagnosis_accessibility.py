"""The clinician's page against WCAG 2.2 AA, as far as a browser can measure it; see docs/safety/accessibility.md."""

from typing import Any

READ = """() => {
  const root = [...document.body.children].find((e) => e.shadowRoot)?.shadowRoot ?? document;  // the widget has one
  const visible = (e) => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })
    && e.getBoundingClientRect().width > 1 && e.getBoundingClientRect().height > 1;
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const [r, g, b, a = 1] = parts(getComputedStyle(e).backgroundColor);
      if (a > .99) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(root.body ?? root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement, words = walker.currentNode.textContent.trim();
    if (!words || !visible(e) || e.closest('[disabled], script, style, option, .r1-hidden')) continue;
    const style = getComputedStyle(e), size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const both = [light(parts(style.color)), light(ground(e))].sort((a, b) => b - a);
    const ratio = (both[0] + .05) / (both[1] + .05);
    if (ratio < (large ? 3 : 4.5)) faint.push(`${ratio.toFixed(2)} ${words.slice(0, 40)}`);
  }
  const controls = [...root.querySelectorAll('a[href], button, input, select, textarea, summary, [role=tab]')]
    .filter((e) => visible(e) && !e.closest('.r1-hidden'));
  const name = (e) => [e.ariaLabel, e.innerText, e.title, ...[...(e.labels ?? [])].map((l) => l.innerText),
    ...(e.getAttribute('aria-labelledby') ?? '').split(' ').filter(Boolean)
      .map((id) => root.getElementById(id)?.innerText)].find((words) => words?.trim());
  const say = (e) => e.outerHTML.slice(0, 90);
  const small = (e) => { const box = e.getBoundingClientRect(); return box.width < 24 || box.height < 24; };
  const inline = (e) => e.tagName === 'A' && getComputedStyle(e).display === 'inline';  // excepted by 2.5.8
  const label = (e) => e.closest('label')?.getBoundingClientRect().height >= 24;
  const ids = [...root.querySelectorAll('[id]')].map((e) => e.id);
  const pointed = [...root.querySelectorAll('[aria-labelledby], [aria-controls], label[for]')].flatMap((e) =>
    [e.getAttribute('aria-labelledby'), e.getAttribute('aria-controls'), e.getAttribute('for')]
      .filter(Boolean).flatMap((ids) => ids.split(' ')));
  return {
    faint,
    nameless: controls.filter((e) => !name(e)).map(say),
    small: controls.filter((e) => small(e) && !inline(e) && !label(e)).map(say),
    twice: ids.filter((id, i) => id.startsWith('dx-') && ids.indexOf(id) !== i),
    astray: pointed.filter((id) => id.startsWith('dx-') && !document.getElementById(id)),
    pictures: [...root.querySelectorAll('[role=img]')].filter((e) => !e.ariaLabel).map(say),
    heads: [...document.querySelectorAll('h1')].filter(visible).length,
  };
}"""
SPACING = "*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em}"
NOTHING_WRONG = {"faint": [], "nameless": [], "small": [], "twice": [], "astray": [], "pictures": [], "heads": 1}


def settled(page: Any) -> Any:
    """What :data:`READ` finds wrong once the page has settled: Gradio lays its tabs out anew after each change."""
    found = page.evaluate(READ)
    for _ in range(50):
        if found == NOTHING_WRONG:
            break
        page.wait_for_timeout(200)
        found = page.evaluate(READ)
    return found


def ranked(page: Any) -> None:
    """Amara's list, with everything unfolded."""
    page.get_by_role("button", name="Amara").click()
    page.wait_for_selector("#ranking .dx-stop")
    page.click("[data-do=accept]")
    page.wait_for_selector("#ranking .dx-list")
    page.evaluate("document.querySelectorAll('#board details').forEach((details) => { details.open = true; })")


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
    assistant.evaluate("document.querySelectorAll('#board details').forEach((details) => { details.open = true; })")
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
