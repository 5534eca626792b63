"""Shared by the tabs of the support desk: the acting account, the language, and notices of failures."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from apps.auth.accounts import Role
from apps.auth.sessions import Sessions
from apps.support.chat import SupportChat
from apps.ui.labels import Labels
from apps.ui.parts import PRIVATE, focus, log_failure, notice
from apps.ui.texts import t
from core.errors import R1Error, SignInError
from knowledge.retrieval.language import Language

from .dismissals import Dismissals
from .drafts import Drafts
from .records import Records
from .refusals import refusal_html

_log = logging.getLogger(__name__)

# In a single column the chosen item is below the list, out of sight on a low screen, so it is scrolled to. Those who go
# through the list by arrow keys stay in it.
_SHOW = """() => {
  if (!document.activeElement.matches(".desk-list input:not(:focus-visible)")) return;
  const chosen = [...document.querySelectorAll(".desk-main")].find((each) => each.checkVisibility());
  if (chosen && chosen.getBoundingClientRect().top > innerHeight / 2) chosen.scrollIntoView({ block: "start" });
}"""

ROLES = (Role.OPERATOR, Role.APPROVER)
"""Who may open the page."""

Work = Callable[..., dict[Any, Any]]
"""Takes the account, the language and the values of inputs; returns updates of components."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One page: its services, and the components that every tab needs.

    Attributes:
        language: of each open page, a Gradio state.
        said: component for notices.
    """

    chat: SupportChat
    records: Records
    drafts: Drafts
    dismissals: Dismissals
    sessions: Sessions
    labels: Labels
    language: Any
    said: Any

    def on(
        self,
        event: Any,
        work: Work,
        inputs: list[Any],
        outputs: list[Any],
        *roles: Role,
        used: bool = True,
        **options: Any,
    ) -> Any:
        """Wires an event to some work, checking the account each time; a failure becomes a notice.

        Args:
            roles: one of which is needed; by default any that may open the page.
            used: whether a person triggers it rather than the page itself.
            options: of the Gradio event.
        """

        def handler(request: gr.Request, lang: Language, *values: Any) -> dict[Any, Any]:
            try:
                account = self.sessions.actor(dict(request.cookies), *(roles or ROLES), used=used)
                return {self.said: "", **work(account, lang, *values)} if used else work(account, lang, *values)
            except SignInError as error:
                return {self.said: notice(escape(t(f"sign_in.{error.kind}", lang)))}
            except R1Error as error:
                return {self.said: notice(refusal_html(error, lang))}
            except Exception as error:
                reference = log_failure(_log, "Support desk", error)
                return {self.said: notice(escape(t("shared.unexpected", lang, reference=reference)))}

        done = event(handler, [self.language, *inputs], [*outputs, self.said], **PRIVATE, **options)
        # A notice gets the focus, so that it is seen and heard wherever the page is scrolled to.
        return done.then(None, js=focus("#notice [role=alert], #notice [role=status]"), **PRIVATE) if used else done

    def chosen(self, choices: Any, work: Work, inputs: list[Any], outputs: list[Any], **options: Any) -> None:
        """Wires a choice to some work; a choice made meanwhile is handled next, where Gradio would drop it."""
        drawn = self.on(choices.input, work, inputs, outputs, trigger_mode="always_last", **options)
        drawn.then(None, js=_SHOW, **PRIVATE)

    def carried(self, kind: Any) -> Any:
        """A hidden component sent along with what is shown, so that a button acts on what its user saw.

        A Gradio state is read when the server starts the work; by then another choice may have been made.

        Args:
            kind: the class of the component.
        """
        return kind(visible=False)

    def choices(self, elem_id: str, *, label: str) -> Any:
        """A list from which one item is chosen, by mouse or arrow keys; ``label`` is the key of its name."""
        return self.labels.add(gr.Radio(choices=[], elem_classes="desk-list", elem_id=elem_id), label=label)


def listed(choices: list[tuple[str, Any]], **value: Any) -> Any:
    """An update of such a list, hidden if empty. Without a value the current choice stays."""
    return gr.update(choices=choices, visible=bool(choices), **value)
