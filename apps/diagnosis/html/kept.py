"""Reviews that are still open: the bar that offers to continue them, and what is said once one is continued."""

from collections.abc import Sequence
from html import escape

from apps.ui.parts import done_html
from apps.ui.texts import t
from apps.ui.times import to_the_minute
from knowledge.retrieval.language import Language

from ..open_patients import OpenPatient
from ..person import shown_facts
from ..summary import whose
from ..visit import Visit
from .parts import button, confirmed

_MOST_OF_A_NOTE = 80  # characters of a note, by which one without a name is recognised


def kept_html(patients: Sequence[OpenPatient], language: Language) -> str:
    """Each with the patient as the banner names them: nobody must continue with another patient by mistake."""
    rows = "".join(_row(each, each.visit, language) for each in patients if each.visit)
    if not rows:
        return ""
    heading = escape(t("visit.kept", language))
    return (
        '<section class="dx dx-card dx-kept" aria-labelledby="dx-kept">'
        f'<h2 id="dx-kept" tabindex="-1">{heading}</h2><ul>{rows}</ul></section>'
    )


def continued_html(patient: OpenPatient, language: Language) -> str:
    """Says that the patient is shown as somebody left them, not as just read."""
    at = to_the_minute(patient.visit.read_at) if patient.visit else ""
    return done_html(escape(t("visit.continued", language, at=at)))


def _row(patient: OpenPatient, visit: Visit, language: Language) -> str:
    name, *numbers = whose(visit, language)
    facts = [words for words in shown_facts(visit, language).values() if words]
    who = " · ".join(f"<bdi>{escape(words)}</bdi>" for words in (name, *facts, *numbers))
    source = t(f"diagnosis.source_{visit.source}", language)
    told = escape(t("visit.kept_since", language, at=to_the_minute(visit.read_at), source=source))
    if visit.note:
        told += f" <q>{escape(_beginning(visit.note))}</q>"
    go_on = button(t("visit.go_on", language), visit="", do="continue", code=patient.id, about=name, kind="dx-primary")
    words, hint = t("visit.discard", language), t("visit.discard_hint", language)
    discard = confirmed(words, hint, visit="", do="discard", code=patient.id, about=name)
    return (
        f'<li><p class="dx-whose">{who}</p><p class="r1-meta">{told}</p>'
        f'<div class="dx-buttons">{go_on}{discard}</div></li>'
    )


def _beginning(note: str) -> str:
    text = " ".join(note.split())
    return text if len(text) <= _MOST_OF_A_NOTE else f"{text[:_MOST_OF_A_NOTE]} …"
