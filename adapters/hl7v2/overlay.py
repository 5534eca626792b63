"""Overlays the server's resources with those of a message: what the message does not say stays."""

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any

from adapters.fhir.elements import Json, codes, identifier_key, inner, objects, string
from adapters.fhir.merges import replaced_by
from adapters.fhir.observations import has_value
from core.errors import Hl7Error

from .to_fhir.bundle import KEY_SYSTEM, sent
from .to_fhir.patient_systems import SHARED
from .to_fhir.tables import Row, remove

_CHOICES = ("deceased", "multipleBirth", "occurrence")  # choice types: a resource has one element of each
_OF_NO_ORDER = {"status": "unknown", "intent": "order"}
_OF_A_DISCHARGE = ("dischargeDisposition", "destination")
_BEGUN = ("arrived", "triaged", "in-progress", "onleave", "finished")
_BY_ELEMENT = ("hospitalization", "meta")
_UNIONS = ("identifier", "link")  # lists that others add to
# Within one authority an account may have another patient's number, a placer's order that of another filler's order.
_APART = SHARED | {"PLAC", "FILL"}
_RECORD = frozenset(("MR", "PI"))  # numbers that a hospital gives to one patient


def is_partial(resource: Json) -> bool:
    """Whether a resource may lack what the server has: a document or a result need not be sent again."""
    match resource["resourceType"]:
        case "Observation":
            return not (has_value(resource) or {"component", "dataAbsentReason"} & resource.keys())
        case "DiagnosticReport":
            lacks = ["result" not in resource, "presentedForm" not in resource]
            # They may come separately; a correction with one of them is the whole report.
            return all(lacks) if resource["status"] == "corrected" else any(lacks)
        case "DocumentReference":
            return not any({"data", "url"} & inner(item.get("attachment")).keys() for item in resource["content"])
    return resource["resourceType"] in ("Patient", "Encounter", "ServiceRequest")


def overlaid(old: Json, new: Json, deleted: Sequence[Row] = (), *, sets_status: bool = False) -> Json:
    """The server's resource, overlaid with the message's.

    Args:
        old: the server's resource.
        new: the message's resource.
        deleted: rows of fields sent as ``""``, whose content is removed.
        sets_status: whether the event of the message sets the status of the visit.
    """
    known = deepcopy(old)
    for row in deleted:
        remove(known, row)
    match new["resourceType"]:
        case "Encounter":
            ends = any(row.path == "period.end" for row in deleted)
            new = _visit(known, new, sets_status=sets_status or ends)
        case "ServiceRequest":  # a result does not say what the status of its order is
            new = {key: value for key, value in new.items() if known.get(key) is None or value != _OF_NO_ORDER.get(key)}
        case "DocumentReference" if "content" in known:
            new = _without(new, "content")
        case "Patient" if new.get("deceasedBoolean") and "deceasedDateTime" in known:  # the date says it too
            new = _without(new, "deceasedBoolean")
    if "_status" not in new:
        known.pop("_status", None)  # it is about the previous status
    if "birthDate" in new and new["birthDate"] != known.get("birthDate"):
        known.pop("_birthDate", None)  # the time of birth belongs to the previous date
    chosen = tuple(choice for choice in _CHOICES if any(name.startswith(choice) for name in new))
    found = {name: value for name, value in known.items() if not name.startswith(chosen)} | new | {"id": old["id"]}
    for name in _BY_ELEMENT:
        found[name] = {**inner(known.get(name)), **inner(new.get(name))}
    for server_side in ("versionId", "lastUpdated"):
        found["meta"].pop(server_side, None)
    for name in _UNIONS:
        found[name] = _union(objects(new.get(name)), objects(known.get(name)))
    for name, kind in _BY_KIND.items():
        said = objects(new.get(name))
        kinds = {repr(kind(item)) for item in said}
        found[name] = said + [item for item in objects(known.get(name)) if repr(kind(item)) not in kinds]
    return {name: value for name, value in found.items() if value not in ({}, [])}


def is_known_by(resource: Json, identifier: Json) -> bool:
    """Whether a resource of the server has an identifier."""
    return any(_key(item) == _key(identifier) for item in objects(resource.get("identifier")))


def has_number(hit: Json, sought: Sequence[Json]) -> bool | None:
    """Whether a hit has a sought number as one of the same kind; a search also finds it as one of another kind.

    True also for a hit that has none of them literally: servers may compare in their own way.

    Returns:
        None if unclear: the message or the server does not give the kind of the number.
    """
    if not (pairs := _shared(hit, sought)) or any(_kind(one) == _kind(other) for one, other in pairs):
        return True
    return None if any(not (codes(one.get("type")) and codes(other.get("type"))) for one, other in pairs) else False


def is_other_visit(hit: Json, number: Json) -> bool:
    """Whether a hit has the sought visit number (PV1-19) only as its alternate one (PV1-50), beside its own."""
    numbers = [item for item in objects(hit.get("identifier")) if item.get("system") == number["system"]]
    own = [item["value"] for item in numbers if "VN" in codes(item.get("type")) and "value" in item]
    others = [item.get("value") for item in numbers]
    return "VN" in codes(number.get("type")) and bool(own) and number["value"] not in own and number["value"] in others


def is_one_of_several(resource: Json) -> bool:
    """Whether a result is known to be one of several of its order and code: its time is then an identifier, too."""
    return [item.get("system") for item in objects(resource.get("identifier"))].count(KEY_SYSTEM) > 1


def in_place_of(old: Json, new: Json, own: Json) -> Json:
    """A message's resource to replace the server's ``old``, with the identifiers of that instead of ``own``."""
    others = [item for item in objects(new.get("identifier")) if item != own]
    return {**new, "identifier": _union(objects(old.get("identifier")), others)}


def patients_with(numbers: Sequence[Json], hits: Sequence[Json], said: Json) -> list[Json]:
    """The hits that have one of a patient's numbers, or else those that may have one and are not somebody else.

    Args:
        numbers: the identifiers of the message.
        hits: Patients.
        said: the Patient of the message.
    """
    having = [(hit, has_number(hit, numbers)) for hit in hits]
    known = [hit for hit, has in having if has]
    return known or [hit for hit, has in having if has is None and not _is_somebody_else(said, hit)]


def match_patient(hits: Sequence[Json], sought: Sequence[Json], said: Json) -> Json | None:
    """The patient that a message means, of those that the server has under its numbers; None if there is none.

    Args:
        hits: from :func:`patients_with`. One that was merged into another counts only if there is no other.
        sought: the identifiers of the message, the first of which identifies its patient.
        said: the Patient of the message.

    Raises:
        Hl7Error: there are several; or the kind of the number is unknown and the birth date does not confirm the
            patient; or it lacks the first number and has another one of that authority, or another birth date or sex.
    """
    merged = [hit for hit in hits if replaced_by(hit)]
    left = [hit for hit in hits if hit not in merged] or merged
    if len(left) > 1:
        raise Hl7Error("Several patients have the numbers of this message", hint="Merge them on the FHIR server")
    for hit in left:
        _check_patient(hit, sought, said)
    return left[0] if left else None


def _check_patient(hit: Json, sought: Sequence[Json], said: Json) -> None:
    """Refuses a patient who may not be the one that a message means."""
    if has_number(hit, sought) is None and not _is_born_with(said, hit):
        raise Hl7Error(
            "The patient with this number may be another one: of what kind it is there or here is not told",
            hint="Give PID-3 a type in its fifth component, or PID-7, as the Patient on the FHIR server has them",
        )
    numbers = [item for item in objects(hit.get("identifier")) if _kind(item) == _kind(sought[0])]
    known = {identifier_key(item) for item in numbers}
    if identifier_key(sought[0]) in known:
        return
    if any(system == sought[0]["system"] for system, _ in known):
        raise Hl7Error(
            "The patient with one of these numbers has another one of the first one's authority",
            hint="Compare the numbers in PID-3 with those on the FHIR server",
        )
    is_corrected = _names(said) & _names(hit) and any(
        _RECORD & codes(one.get("type")) for one, _ in _shared(hit, sought)
    )
    if _is_somebody_else(said, hit) and not is_corrected:  # many share a placeholder such as 999999999
        raise Hl7Error(
            "The patient with one of these numbers has another birth date or sex",
            hint="Compare PID-3, PID-7 and PID-8 with the Patient on the FHIR server",
        )


def _shared(hit: Json, sought: Sequence[Json]) -> list[tuple[Json, Json]]:
    """Pairs of a sought number and the same number of a hit, of whatever kinds."""
    pairs = ((number, item) for number in sought for item in objects(hit.get("identifier")))
    return [(one, other) for one, other in pairs if identifier_key(one) == identifier_key(other)]


def _names(patient: Json) -> set[tuple[str, str]]:
    """Family and first given name of each name that has both."""
    names = objects(patient.get("name"))
    pairs = ((string(name.get("family")), "".join(map(string, list(name.get("given") or [])[:1]))) for name in names)
    return {(family.casefold(), given.casefold()) for family, given in pairs if family and given}


def _is_born_with(one: Json, other: Json) -> bool:
    """Whether two patients are known to have the same date of birth, and do not differ in sex."""
    return "birthDate" in one and one["birthDate"] == other.get("birthDate") and not _is_somebody_else(one, other)


def _is_somebody_else(one: Json, other: Json) -> bool:
    """Whether two patients differ in date of birth or sex; unknown values and partial dates do not count."""
    days = {string(patient.get("birthDate")) for patient in (one, other)}
    sexes = {patient.get("gender") for patient in (one, other)}
    return (len(days) == 2 and all(len(day) == len("1970-01-01") for day in days)) or sexes == {"female", "male"}


def _without(resource: Json, *names: str) -> Json:
    return {name: value for name, value in resource.items() if name not in names}


def _visit(known: Json, new: Json, *, sets_status: bool) -> Json:
    """The message's visit with the state that it leaves; ``known`` loses what is taken back with the end."""
    if new["status"] == "planned" and known.get("status") in _BEGUN:  # an A14 plans a later stay
        sets_status = False
    if not sets_status and "end" not in inner(new.get("period")) and sent(known):
        new = _without(new, "meta")  # that stays with what set the status
    new = {**new, **_visit_state(known, new, sets_status=sets_status)}
    if known.get("status") == "finished" != new["status"]:  # where the patient went
        known["hospitalization"] = _without(inner(known.get("hospitalization")), *_OF_A_DISCHARGE)
    return new


def _visit_state(old: Json, new: Json, *, sets_status: bool) -> Json:
    """Status, period and class of a visit: one that has ended is not reopened by a message that is silent on this."""
    status, said, kind = new["status"], inner(new.get("period")), new["class"]
    if not sets_status and "end" not in said and old.get("status") not in (None, "unknown"):
        status = old["status"]
    period = {**inner(old.get("period")), **said}
    if status != "finished" and "end" not in said:
        period.pop("end", None)
    if kind.get("code") == "UNK" and "class" in old:
        kind = old["class"]
    return {"status": status, "period": period, "class": kind}


def _union(first: Iterable[Json], second: Iterable[Json]) -> list[Json]:
    found: dict[Any, Json] = {}
    for item in (*first, *second):
        found.setdefault(_key(item), item)
    return list(found.values())


def _key(item: Json) -> Any:
    """Equal for two items that are the same: by a reference's identifier, since the server changes its address."""
    refers = inner(item.get("other") or item.get("condition"))
    known = inner(refers.get("identifier")) or item
    if "system" in known and "value" in known:
        return item.get("type") if refers else _kind(item), known["system"], known["value"]
    return repr(item)


_BY_KIND: dict[str, Callable[[Json], Any]] = {  # a diagnosis may have several roles
    "diagnosis": _key,
    "extension": lambda item: item.get("url"),
    "participant": lambda item: item.get("type"),
}


def _kind(identifier: Json) -> frozenset[str]:
    """The types that distinguish equal numbers of one authority; MR and PI do not: both mean the same patient."""
    return _APART & codes(identifier.get("type"))
