"""Results that rest on another one of their message: susceptibilities on the organism that OBR-26 names."""

from adapters.fhir.elements import Json

from ..message import Segment
from .bundle import Entry
from .results import code_of

_Place = tuple[str, ...]


class Parents:
    """The results of a message by order, OBX-3 and OBX-4."""

    def __init__(self) -> None:
        self._results: dict[_Place, Entry | None] = {}  # None where several results have the place

    def clear(self) -> None:
        """Begins with another patient."""
        self._results.clear()

    def add(self, entry: Entry, obx: Segment, obr: Segment) -> None:
        """Remembers a result under each number of its order, and without one."""
        place = (*code_of(obx.first(3)), obx.text(4))
        for number in {"", obr.text(2), obr.text(3)}:
            known = self._results.setdefault((number, *place), entry)
            self._results[number, *place] = entry if known is entry else None

    def link(self, observation: Json, obr: Segment) -> bool:
        """Says on which result a result of this order rests; returns whether OBR-26 names one of the message."""
        named, order = obr.first(26), obr.first(29)
        numbers = [number for part in (2, 1) if (number := order.part(part).text(1))]
        for number in numbers or [""]:
            place = (number, *code_of(named.part(1)), named.text(2))
            if named.text(2) and (parent := self._results.get(place)):
                observation["derivedFrom"] = [parent.reference]
                return True
        return False
