"""Allergies that come twice: in a list as AL1, and with a number of their own as IAM."""

from collections.abc import Iterable

from adapters.fhir.elements import Json, codes, objects

from ..message import Segment
from .bundle import KEY_SYSTEM, Entry, TransactionBuilder, token
from .codes import concept

# Clinical status and verification by IAM-17, of HL7 table 0438.
_STATUS = {"C": ("active", "confirmed"), "I": ("inactive", "confirmed"), "E": ("", "entered-in-error")}
_STATUS |= dict.fromkeys(("D", "P", "S", "U"), ("active", "unconfirmed"))


def allergen(segment: Segment) -> tuple[str, ...]:
    """What an AL1 or an IAM is about, by code and name; where it does not say, the reaction."""
    return (segment.text(3), segment.text(3, 2)) if segment.first(3) else ("", "", segment.raw_field(5))


def tells_status(segment: Segment) -> bool:
    """Whether IAM-17 is a code that FHIR has a status for."""
    return segment.text(17) in _STATUS


def status(segment: Segment) -> Json:
    """Clinical status and verification of an IAM."""
    told = "E" if segment.text(6) == "D" else segment.text(17)
    clinical, verified = _STATUS.get(told, ("active", ""))
    found: Json = {}
    if clinical:
        found["clinicalStatus"] = concept(f"{clinical}@allergyintolerance-clinical")
    if verified:
        found["verificationStatus"] = concept(f"{verified}@allergyintolerance-verification")
    return found


def is_numbered(allergy: Json) -> bool:
    """Whether an allergy has a number of its own, as of IAM-7."""
    return any(number.get("system") != KEY_SYSTEM for number in objects(allergy.get("identifier")))


def are_active(*allergies: Json) -> bool:
    """Whether all of some allergies hold."""
    return all("active" in codes(allergy.get("clinicalStatus")) for allergy in allergies)


def is_other_allergy(new: Json, old: Json) -> bool:
    """Whether two allergies of one code and name may be two."""
    return is_numbered(new) and is_numbered(old)


def laid_beside(old: Json, new: Json) -> Json:
    """The server's allergy after what a message says of it.

    One that has a number tells more than one of a list: what AL1 says is added where an active IAM does not say it, and
    what IAM does not say stays.
    """
    if is_numbered(new):
        return _filled_up(new, old)
    if not is_numbered(old):
        return new
    return _filled_up(old, new) if are_active(old, new) else {**_filled_up(new, old), "identifier": old["identifier"]}


def join(numbered: Iterable[tuple[Entry, Json]], builder: TransactionBuilder) -> None:
    """Makes one allergy of an AL1 and an IAM that have the same code and name, here or on the server.

    Where several active IAM have, nothing tells which of them the server's AL1 is.

    Args:
        numbered: allergies of IAM that have a number, each with the key that an AL1 of the same code and name has.
        builder: has those of AL1, too.
    """
    alike: dict[str, list[tuple[Entry, Json]]] = {}
    for entry, key in numbered:
        alike.setdefault(token(key), []).append((entry, key))
    for entries in alike.values():
        entry, key = next((both for both in entries if are_active(both[0].resource)), entries[0])
        if listed := builder.taken_out("AllergyIntolerance", key):
            holds = are_active(listed.resource)
            if holds and not are_active(entry.resource):  # better one too many than one that is missing
                entry.resource.pop("verificationStatus", None)
                entry.resource["clinicalStatus"] = listed.resource["clinicalStatus"]
            entry.resource |= _filled_up(entry.resource, listed.resource)
        if [each for each, _ in entries if are_active(each.resource)] == [entry]:
            entry.also = [key]
            entry.resource["identifier"].insert(-1, key)


def _filled_up(known: Json, more: Json) -> Json:
    """An allergy with what else is said of elements that it lacks, but for its status."""
    said = {"clinicalStatus", "verificationStatus", *(name.lstrip("_") for name in known)}  # _code is of code
    return {**known, **{name: value for name, value in more.items() if name.lstrip("_") not in said}}
