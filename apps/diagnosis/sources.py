"""Links from what a page says to the FHIR resource it rests on, shown as it is on the same page."""

import json
from collections.abc import Mapping
from html import escape

from adapters.fhir.elements import Json
from apps.ui.texts import t
from knowledge.retrieval.language import Language

_LONGEST = 20_000  # characters of one resource


class Sources:
    """Collects the resources that a piece of HTML links to.

    A link is an ordinal on the page, so no id of a record gets into an address. Following it opens the resource: a
    browser reveals the target of a fragment inside ``<details>`` by itself (HTML standard, "ancestor revealing").

    Args:
        prefix: tells the links of several pieces on one page apart.
    """

    def __init__(self, resources: Mapping[str, Json], prefix: str) -> None:
        self._resources = resources
        self._prefix = prefix
        self._named: dict[str, int] = {}

    def link(self, source: str) -> str:
        """A link to a resource; only its name when it is not at hand, as of a typed note."""
        if source not in self._resources:
            return f"<span>{escape(source)}</span>"
        number = self._named.setdefault(source, len(self._named) + 1)
        return f'<a href="#{self._prefix}{number}"><bdi>{escape(source)}</bdi></a>'

    def drawer(self, language: Language) -> str:
        """Every resource that was linked to, folded."""
        if not self._named:
            return ""
        items = "".join(self._item(source, number) for source, number in self._named.items())
        heading = escape(t("record.sources", language, count=len(self._named)))
        return f'<details class="dx-drawer"><summary><h3>{heading}</h3></summary>{items}</details>'

    def _item(self, source: str, number: int) -> str:
        text = json.dumps(self._resources[source], ensure_ascii=False, indent=1)
        if len(text) > _LONGEST:
            text = f"{text[:_LONGEST]} …"
        return (
            f"<details><summary><bdi>{escape(source)}</bdi></summary>"
            f'<pre id="{self._prefix}{number}" tabindex="0" lang="en">{escape(text)}</pre></details>'
        )
