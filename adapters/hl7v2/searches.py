"""Searches on the FHIR server for one message."""

from collections.abc import Iterable, Sequence
from itertools import chain

from adapters.fhir.client import FhirClient
from adapters.fhir.elements import Json
from adapters.fhir.reasons import Reason
from core.errors import FhirUnreachableError

from .to_fhir.bundle import token

_AT_ONCE = 40  # identifiers of one search
_LOST = (Reason.PAGE_LOST, Reason.PAGE_LINK_REFUSED, Reason.TOO_MANY_PAGES)


class Searches:
    """The searches for one message, each made only once."""

    def __init__(self, client: FhirClient) -> None:
        self._client = client
        self._made: dict[tuple[str, ...], list[Json]] = {}
        self._known: dict[str, dict[str, Json]] = {}
        self._looked_up: set[tuple[str, str]] = set()

    async def of(self, kind: str, form: dict[str, str], *, patient: str = "") -> list[Json]:
        """The hits of a search for a type; ``patient`` is whom it is about, for the audit trail."""
        made = (kind, *chain(*form.items()))
        if made not in self._made:
            self._made[made] = await self._new(kind, form, patient)
        return self._made[made]

    async def look_up(self, sought: Iterable[tuple[str, Json]], *, patient: str) -> None:
        """Fetches the server's resources with these identifiers, each given with its type, for :meth:`known`."""
        new = dict.fromkeys(found for kind, number in sought if (found := (kind, token(number))) not in self._looked_up)
        self._looked_up |= new.keys()
        for kind in dict.fromkeys(kind for kind, _ in new):
            for some in in_portions([number for other, number in new if other == kind]):
                hits = await self.of(kind, {"identifier": ",".join(some)}, patient=patient)
                self._known.setdefault(kind, {}).update((hit["id"], hit) for hit in hits)

    def known(self, kind: str) -> list[Json]:
        """The resources of a type that :meth:`look_up` found."""
        return list(self._known.get(kind, {}).values())

    async def _new(self, kind: str, form: dict[str, str], patient: str) -> list[Json]:
        found = await self._client.search(kind, form, patient=patient)
        if any(unread.reason in _LOST for unread in found.unread):  # missed hits would be duplicated, or not withdrawn
            hint = "Try again, or see whether its links to further pages begin with R1_FHIR_URL"
            raise FhirUnreachableError(f"The FHIR server did not give all pages of a search for {kind}", hint=hint)
        return [hit for _, hit in found.entries if hit.get("resourceType") == kind and "id" in hit]


def in_portions(items: Sequence[str]) -> Iterable[Sequence[str]]:
    """The items in portions, each as large as one search takes."""
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))
