"""What a message says of an allergy or a relative a second time: it is added to what it said before."""

from adapters.fhir.elements import Json

_ADDED = ("address", "identifier", "name", "reaction", "relationship", "telecom")
_RISK = ("criticality", "_criticality")
_STATUS = ("clinicalStatus", "verificationStatus")
_RISKS = {"low": 1, "high": 2}


def merge(known: Json, further: Json) -> bool:
    """Adds what a second segment says; of several risks the highest counts. Whether all of it has found a place.

    How an allergy stands is not changed: see :func:`restate`.
    """
    if _RISKS.get(further.get("criticality", ""), 0) > _RISKS.get(known.get("criticality", ""), 0):
        _replace(known, further, _RISK)
    rest = {name: value for name, value in further.items() if name not in (*_RISK, *_STATUS)}
    for name, value in rest.items():
        if name in _ADDED:
            known[name] = [*(before := known.get(name, [])), *(one for one in value if one not in before)]
        else:
            known.setdefault(name, value)
    return all(name in _ADDED or known[name] == value for name, value in rest.items())


def restate(known: Json, further: Json) -> None:
    """Lets an allergy stand as a second segment says."""
    _replace(known, further, _STATUS)


def _replace(known: Json, further: Json, names: tuple[str, ...]) -> None:
    told = {name: further[name] for name in names if name in further}
    for name in names:
        known.pop(name, None)
    known |= told
