"""What is wrong with a page for those who cannot see it well, or hear it only."""

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
