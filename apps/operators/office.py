"""What the parts of the operators' page share: who acts, in which language, and what is said when something fails."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from apps.auth.accounts import Role
from apps.auth.sessions import Sessions
from apps.support.desk import Desk
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

# In one column what was chosen stands below the list, on a low screen out of sight. Who goes through the list by arrow
# keys stays in it.
_SHOW = """() => {
  if (!document.activeElement.matches(".op-list input:not(:focus-visible)")) return;
  const chosen = [...document.querySelectorAll(".op-main")].find((each) => each.checkVisibility());
  if (chosen && chosen.getBoundingClientRect().top > innerHeight / 2) chosen.scrollIntoView({ block: "start" });
}"""

ROLES = (Role.OPERATOR, Role.APPROVER)
"""Who may open the page."""

Work = Callable[..., dict[Any, Any]]
"""Takes the account, the language and the values of inputs; returns the components that change."""


@dataclass(frozen=True, slots=True)
class Office:
    """One page: the services behind it, and the components that every part needs.

    Attributes:
        language: of each open page, a Gradio state.
        said: where notices stand.
    """

    desk: Desk
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
        """Lets an event do some work, by an account that is checked anew; a failure becomes a notice.

        Args:
            roles: one of which it takes, by default any that opens the page.
            used: whether a person did it, and not the page by itself.
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
                reference = log_failure(_log, "Operators' page", error)
                return {self.said: notice(escape(t("shared.unexpected", lang, reference=reference)))}

        done = event(handler, [self.language, *inputs], [*outputs, self.said], **PRIVATE, **options)
        # What was said is seen and heard wherever the page is scrolled to.
        return done.then(None, js=focus("#notice [role=alert], #notice [role=status]"), **PRIVATE) if used else done

    def chosen(self, choices: Any, work: Work, inputs: list[Any], outputs: list[Any], **options: Any) -> None:
        """Lets a choice do some work; what is chosen meanwhile comes next, where Gradio would pass it over."""
        drawn = self.on(choices.input, work, inputs, outputs, trigger_mode="always_last", **options)
        drawn.then(None, js=_SHOW, **PRIVATE)

    def carried(self, kind: Any) -> Any:
        """An unseen component that travels with what is shown, so that a button acts on what its user saw.

        A state is read when the server begins the work, and by then another choice may have come.

        Args:
            kind: the class of an unseen component.
        """
        return kind(visible=False)

    def choices(self, **options: Any) -> Any:
        """A list of which one is chosen, by mouse or arrow keys."""
        return gr.Radio(choices=[], elem_classes="op-list", **options)


def listed(choices: list[tuple[str, Any]], **value: Any) -> Any:
    """The update of such a list, which is not shown if empty. Without a value, what the page has chosen stays."""
    return gr.update(choices=choices, visible=bool(choices), **value)
