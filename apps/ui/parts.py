"""What the screens do alike: their events, and what they say when something went well or wrong."""

import logging
import secrets
from collections.abc import Callable, Iterable
from html import escape
from typing import Any, Final

import gradio as gr

from core.errors import R1Error
from knowledge.retrieval.language import Language

from .labels import Labels
from .language import english, language_tag
from .page import IDLE, SESSION, sign_out_button
from .texts import t

PRIVATE: Final[dict[str, Any]] = {"api_visibility": "private", "show_progress": "hidden"}
"""Options of every event of a screen: not in the public API, and no progress display that flickers."""

WATCH: Final = f"""
let used = Date.now(), asked = 0;
const warning = document.createElement("div"), stay = document.createElement("button");
warning.className = "r1-notice r1-lost";
warning.role = "alert";
stay.className = "r1-button";
for (const kind of ["pointerdown", "keydown", "wheel", "click"])
  addEventListener(kind, () => {{ used = Date.now(); warning.remove(); }}, {{ passive: true }});
setInterval(async () => {{
  if (!element.querySelector("form")) return;
  const before = asked;
  asked = Date.now();
  const answer = await fetch(`{SESSION}?used=${{used > before}}`).catch(() => null);
  if (answer && answer.status === 401) location.reload();
  const end = used + 1000 * (answer?.headers.get("{IDLE}") ?? Infinity);
  if (warning.isConnected || Date.now() < end - 120000) return;
  const said = document.querySelector("[data-idle]").dataset;
  stay.textContent = said.stay;
  warning.replaceChildren(said.idle, stay);
  element.closest(".gradio-container").append(warning);
}}, 20000);
"""
"""Script of a page's sign-out button: reloads the page once its session has ended, so that nothing stays in view.

Reading and typing count as use of the session, although they send nothing by themselves. Two minutes before an unused
session ends, the page says so; any use of it is enough to stay.
"""


def notice(html: str) -> str:
    """A message that screen readers say at once; ``html`` is escaped already."""
    return f'<div class="r1-notice" role="alert" tabindex="-1">{html}</div>'


def done_html(html: str) -> str:
    """That something went well, which screen readers say; ``html`` is escaped already."""
    return f'<div class="r1-done" role="status" tabindex="-1">{html}</div>'


def legend(colours: Iterable[tuple[str, str]]) -> str:
    """What each colour of a chart means.

    Args:
        colours: with their names as text.
    """
    keys = "".join(f'<span><i style="background:{colour}"></i>{escape(name)}</span>' for colour, name in colours)
    return f'<p class="r1-key">{keys}</p>'


def english_error(error: R1Error) -> str:
    """HTML of an error's own words, what failed and what to do, as sentences."""
    return english(" ".join(f"{part.rstrip('.')}." for part in (error.message, error.hint) if part))


# A page's own script cannot be run again, so it watches the element that changes with the language.
_DOCUMENT = """
// What Gradio draws itself: words in another language than the page's, what the desk's trial and comparison
// bring, radio buttons, and the menu of the tabs that have no room.
const mark = () => {
  const about = element.querySelector('[data-title]');
  if (!about) return;
  document.documentElement.lang = about.lang;
  if (document.title !== about.dataset.title) document.title = about.dataset.title;
  document.querySelectorAll('#language, #suggestions button, .op-list label').forEach((each) => {
    each.lang = /\\p{Script=Han}/u.test(each.textContent) ? 'zh-CN' : 'en';
  });
  document.querySelectorAll('#tried, #changes').forEach((each) => { each.ariaLive = 'polite'; });
  // Gradio names every radio button anew, so each would be a stop of the Tab key and none be reached by an arrow key.
  document.querySelectorAll('.wrap:has(> label > input[type=radio])').forEach((box) => {
    const [first, ...others] = box.querySelectorAll('input');
    box.role = 'radiogroup';
    box.ariaLabel = box.closest('.block').querySelector('[data-testid=block-info]')?.textContent.trim() ?? '';
    others.filter(({ name }) => name !== first.name).forEach((input) => { input.name = first.name; });
  });
  document.querySelectorAll('.overflow-menu').forEach(({ children: [button, list] }) => {
    button.ariaLabel = about.dataset.tabs;
    button.ariaExpanded = String(!list.classList.contains('hide'));
  });
};
mark();
watch('value', mark);
new MutationObserver(mark)
  .observe(document.body, { childList: true, characterData: true, subtree: true, attributeFilter: ['class', 'name'] });
document.addEventListener('click', ({ target }) => {  // the button that was pressed is gone with its menu
  const tabs = target.closest('.overflow-dropdown')?.closest('.tabs');
  if (tabs) setTimeout(() => tabs.querySelector('[role=tab][aria-selected=true]')?.focus(), 100);
});
// A page of Gradio that has lost its connection once does nothing more until it is loaded again.
new MutationObserver((_, observer) => {
  if (!document.querySelector('.toast-wrap')?.textContent.includes('Connection to the server was lost')) return;
  observer.disconnect();
  const about = element.querySelector('[data-title]'), said = document.createElement('div');
  const again = document.createElement('button');
  said.className = 'r1-notice r1-lost';
  said.role = 'alert';
  again.className = 'r1-button';
  again.textContent = about.dataset.again;
  again.onclick = () => {
    const key = document.querySelector('[data-key]')?.dataset.key;  // of what the server still has
    // Where site storage is blocked, touching it throws.
    try { if (key) sessionStorage.setItem('r1-key', key); } catch { /* the conversation begins anew */ }
    location.reload();
  };
  said.append(about.dataset.lost, again);
  element.closest('.gradio-container').append(said);
}).observe(document.body, { childList: true, subtree: true });
"""


TAKE_KEY: Final = """() => {
  try {
    const key = sessionStorage.getItem('r1-key') ?? '';
    sessionStorage.removeItem('r1-key');
    return key;
  } catch {
    return '';
  }
}"""
"""Script of a page's load event: the ``data-key`` of the page before it, where that one had lost its connection."""


def document_of(labels: Labels, title: Callable[[Language], str]) -> None:
    """Lets the document's language and title follow the switch, and says when the connection is lost."""

    def about(language: Language) -> str:
        texts = {
            "title": title(language),
            **{key: t(f"shared.{key}", language) for key in ("lost", "again", "tabs", "idle", "stay")},
        }
        data = " ".join(f'data-{name}="{escape(text)}"' for name, text in texts.items())
        return f'<span lang="{language_tag(language)}" {data} hidden></span>'

    labels.add(gr.HTML(js_on_load=_DOCUMENT, padding=False, elem_id="document"), value=about)


def signed_in(page: Any, language: Any, name: Callable[[dict[str, str]], str]) -> None:
    """Adds who is signed in, and the button to sign out, at this place of a screen; nothing where nobody is.

    Args:
        page: the Gradio blocks.
        language: their state.
        name: whose browser it is, by its cookies; empty for nobody's.
    """
    who = gr.HTML(js_on_load=WATCH, padding=False, elem_id="who")

    def show(lang: Language, request: gr.Request) -> str:
        known = name(dict(request.cookies))
        return sign_out_button(lang, known) if known else ""

    gr.on([page.load, language.change], show, language, who, **PRIVATE)


def log_failure(log: logging.Logger, what: str, error: Exception) -> str:
    """Logs an unexpected error by its kind alone, since its text may hold what a user wrote.

    Returns:
        The reference that the user is shown.
    """
    reference = secrets.token_hex(4)
    log.error("%s failed, reference %s: %s", what, reference, type(error).__name__)
    return reference
