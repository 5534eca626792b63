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
from apps.ui.parts import PRIVATE, log_failure, notice
from apps.ui.texts import t
from core.errors import R1Error, SignInError
from knowledge.retrieval.language import Language

from .dismissals import Dismissals
from .drafts import Drafts
from .records import Records
from .refusals import refusal_html

_log = logging.getLogger(__name__)

GROUPS = """
const group = () => {
  for (const id of ['tried', 'changes']) document.getElementById(id)?.setAttribute('aria-live', 'polite');
  document.querySelectorAll('.op-list, .op-period').forEach((list) => {
    const box = list.querySelector('.wrap'), inputs = [...list.querySelectorAll('input[type=radio]')];
    box?.setAttribute('role', 'radiogroup');
    box?.setAttribute('aria-label', list.querySelector('[data-testid="block-info"]')?.textContent.trim() ?? '');
    inputs.forEach((input) => { input.name = inputs[0].name; });
  });
};
new MutationObserver(group).observe(document.body, { childList: true, subtree: true });
"""
"""Makes each list one group; Gradio names every radio button anew, so each would be a stop of the Tab key.

Lets screen readers say what comes of a question that is tried, and what a version changes.
"""

# What was said is seen and heard wherever the page is scrolled to.
_FOCUS = "() => document.querySelector('#notice [role=alert], #notice [role=status]')?.focus()"

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

    def on(self, event: Any, work: Work, inputs: list[Any], outputs: list[Any], *roles: Role, used: bool = True) -> Any:
        """Lets an event do some work, by an account that is checked anew; a failure becomes a notice.

        Args:
            roles: one of which it takes, by default any that opens the page.
            used: whether a person did it, and not the page by itself.
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

        done = event(handler, [self.language, *inputs], [*outputs, self.said], **PRIVATE)
        return done.then(None, js=_FOCUS, **PRIVATE) if used else done

    def choices(self, **options: Any) -> Any:
        """A list of which one is chosen, by mouse or arrow keys."""
        return gr.Radio(choices=[], elem_classes="op-list", **options)


def listed(choices: list[tuple[str, Any]], chosen: Any = None) -> Any:
    """The update of such a list; what was chosen stays so if it is still there. An empty list is not shown."""
    there = chosen if chosen in [value for _, value in choices] else None
    return gr.update(choices=choices, value=there, visible=bool(choices))
