"""People, organizations and places that a message names: resources if they have an identifier, else only a name."""

from adapters.fhir.elements import THO, Json

from ..message import Value
from .bundle import TransactionBuilder
from .datatypes import authority, cwe, identifier, present, xcn_name

# PL components from the widest to the narrowest place, with codes of location-physical-type.
_PLACES = ((4, "si"), (7, "bu"), (8, "lvl"), (1, ""), (2, "ro"), (3, "bd"))


class References:
    """Makes references, and adds the resources that they refer to.

    Args:
        builder: collects the resources.
    """

    def __init__(self, builder: TransactionBuilder) -> None:
        self._builder = builder

    def practitioner(self, value: Value) -> Json | None:
        """XCN."""
        return self._person(value.text(1), xcn_name(value), value.part(9), value.text(13))

    def practitioner_of_ndl(self, value: Value) -> Json | None:
        """NDL, whose first component is a CNN."""
        person = value.part(1)
        name = present({"family": person.text(2), "given": [text for text in (person.text(3), person.text(4)) if text]})
        namespaces = person.encoding.subcomponent.join(person.part(number).raw for number in (9, 10, 11))
        return self._person(person.text(1), name, Value(namespaces, person.encoding, person.separator), "")

    def _person(self, number: str, name: Json | None, assigner: Value, kind: str) -> Json | None:
        shown = " ".join([*(name or {}).get("given", []), (name or {}).get("family", "")]).strip()
        found = identifier(number, assigner, kind)
        if found is None:
            return {"display": shown} if shown else None
        resource = {"resourceType": "Practitioner", "identifier": [found], **({"name": [name]} if name else {})}
        reference = self._builder.add(resource, mode="create").reference
        return {**reference, "display": shown} if shown else reference

    def organization(self, value: Value) -> Json | None:
        """XON."""
        name = value.part(1).whole
        found = identifier(value.text(10) or value.text(3), value.part(6), value.text(7))
        return self._organization(name, found)

    def organization_of_cwe(self, value: Value) -> Json | None:
        """CWE: a code with the organization's name."""
        found = present({"system": authority(Value(value.text(3), value.encoding, "")), "value": value.text(1)})
        return self._organization(value.part(2).whole or value.text(1), found if value.text(1) else None)

    def _organization(self, name: str, found: Json | None) -> Json | None:
        if found is None:
            return {"display": name} if name else None
        resource = {"resourceType": "Organization", "identifier": [found], "name": name or found["value"]}
        return {**self._builder.add(resource, mode="create").reference, "display": resource["name"]}

    def location(self, value: Value) -> Json | None:
        """PL: the narrowest place; each place is part of the next wider one, as the guide recommends."""
        wider: Json | None = None
        path: list[str] = []
        for number, kind in _PLACES:
            part = value.part(number)
            name = part.text(1) or part.text(2)
            if not name:
                continue
            path.append(part.raw)
            coded = {"coding": [{"system": f"{THO}location-physical-type", "code": kind}]} if kind else None
            found = present({"system": authority(part) if part.text(2) else "", "value": name})
            resource: Json = {"resourceType": "Location", "identifier": [found], "name": name, "mode": "instance"}
            resource |= present({"physicalType": coded, "partOf": wider}) or {}
            wider = self._builder.add(resource, mode="create", key=("PL", *path)).reference
        if wider is None:
            return {"display": value.text(9)} if value.text(9) else None
        shown = " ".join(text for n, _ in _PLACES if (text := value.text(n)))
        return {**wider, "display": shown} if shown else wider

    def discharge_location(self, value: Value) -> Json | None:
        """DLD: where a patient is discharged to."""
        kind = cwe(Value(value.part(1).raw, value.encoding, value.encoding.subcomponent))
        if kind is None:
            return None
        resource = {"resourceType": "Location", "mode": "kind", "type": [kind]}
        if name := value.text(1) or kind.get("text", ""):
            resource["name"] = name
        return self._builder.add(resource, mode="create", key=("DLD", value.part(1).raw)).reference

    def thing(self, value: Value) -> Json | None:
        """CWE that names a room, a device or another resource of a schedule."""
        text = value.text(2) or value.text(1)
        return {"display": text} if text else None
