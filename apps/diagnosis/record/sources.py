"""Links from statements on a page to their FHIR resources, which open next to them unchanged.

A link is a button and the resource comes with an event, so nothing of a record gets into a URL.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from adapters.fhir.elements import Json
from apps.diagnosis.visit import Visit
from apps.ui.texts import t
from core.errors import InputFormatError
from knowledge.retrieval.language import Language

from .note import note_html

_LONGEST = 100_000  # characters of one resource


@dataclass(frozen=True, slots=True)
class Sources:
    """Makes the links of a piece of HTML.

    Attributes:
        resources: by ``ResourceType/id``.
        visit: id of the visit they belong to.
    """

    resources: Mapping[str, Json]
    visit: str

    def link(self, source: str) -> str:
        """A link to a resource; only its name if the record lacks it, as for a typed note."""
        if source not in self.resources:
            return f"<span>{escape(source)}</span>"
        return (
            f'<button type="button" class="dx-open" data-visit="{escape(self.visit)}" data-do="open" '
            f'data-code="{escape(source)}"><bdi>{escape(source)}</bdi></button>'
        )


def drawer_html(visit: Visit, source: str, language: Language) -> str:
    """A resource unchanged; for a note, also its text with what was recognised in it.

    Raises:
        InputFormatError: the record has no such resource.
    """
    chart = visit.chart
    if source not in chart.resources:
        raise InputFormatError("The record has no such resource", hint="Load the page again")
    text = json.dumps(chart.resources[source], ensure_ascii=False, indent=1)
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]} …"
    notes = "".join(note_html(visit, note, language) for note in chart.notes if note.source == source)
    close = escape(t("record.close", language))
    return (
        f'<section class="dx dx-card dx-drawer" aria-label="{escape(t("record.source", language))}">'
        f'<div class="dx-drawer-head"><h3 tabindex="-1"><bdi>{escape(source)}</bdi></h3>'
        f'<button type="button" class="dx-button" data-do="close" data-code="{escape(source)}">{close}</button></div>'
        f'{notes}<pre tabindex="0" lang="en">{escape(text)}</pre></section>'
    )
