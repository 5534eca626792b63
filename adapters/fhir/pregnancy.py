"""Whether a record says that the patient is pregnant: observations, tests, an expected delivery, conditions.

Codes: LOINC 82810-3 with its answers (in US Core's profile with those of SNOMED CT), presence tests for
choriogonadotropin, LOINC 11778-8 (estimated delivery date); SNOMED CT and ICD-10 of conditions that are a pregnancy.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from knowledge.medical.case import Status

from .drafts import is_our_own
from .elements import DOUBTFUL, OVER, Json, abated, codes, codings, day_of, effective_time, first_day, onset, string
from .observations import LOINC, answer

_STATUS = {"82810-3", "11449-6"}
_TESTS = {"2106-3", "2110-5", "2112-1", "2118-8", "80384-1", "80385-8"}
_DELIVERY = "11778-8"
_PREGNANT = {"LA15173-0", "77386006"}
_NOT_PREGNANT = {"LA26683-5", "60001007"}
_SNOMED = {"77386006", "72892002", "47200007", "16356006", "65147003", "34801009", "237238006"}
_ICD10 = ("Z34", "Z35", "Z3A", "O00", "O09")
_ICD10_WHOLE = {"Z33", "Z33.1"}
_NOT_SO = DOUBTFUL | {"refuted", "entered-in-error"}
_UNUSED = {"entered-in-error", "cancelled", "registered", "unknown"}
_LONGEST = timedelta(days=280)  # from the last period to the delivery
_CYCLE = timedelta(days=28)  # after which "not pregnant" no longer holds


def pregnancy(resources: Iterable[Json], today: date) -> bool | None:
    """Whether the patient is pregnant: the last statement of the record, if it can still hold; None without one.

    "Pregnant" holds for 280 days, "not pregnant" for 28; a pregnancy that has ended gives None. Of two statements on
    the same day "pregnant" counts, since red flags that need it must not be missed.
    """
    said = [statement for resource in resources if not is_our_own(resource) for statement in _statements(resource)]
    # A statement without a date counts as older than all that have one.
    said.sort(key=lambda statement: (statement[0] or date.min, statement[1] is True))
    when, pregnant = said[-1] if said else (None, None)
    if pregnant is None or (when is None and not pregnant):
        return None
    age = today - when if when else timedelta()
    return pregnant if age <= (_LONGEST if pregnant else _CYCLE) else None


def _statements(resource: Json) -> Iterable[tuple[date | None, bool | None]]:
    match string(resource.get("resourceType")):
        case "Observation" if string(resource.get("status")) not in _UNUSED:
            yield from _observed(resource)
        case "Condition" if _is_pregnancy(resource) and not codes(resource.get("verificationStatus")) & _NOT_SO:
            ended, begun = abated(resource), day_of(onset(resource)) or first_day(resource.get("recordedDate"))
            if ended or codes(resource.get("clinicalStatus")) & OVER:
                yield ended or begun, None
            else:
                yield begun, True


def _observed(observation: Json) -> Iterable[tuple[date | None, bool | None]]:
    asked = {code for system, code, _ in codings(observation.get("code")) if system == LOINC}
    when = day_of(effective_time(observation))
    if asked & _STATUS:
        given = codes(observation.get("valueCodeableConcept"))
        if given & (_PREGNANT | _NOT_PREGNANT):
            yield when, bool(given & _PREGNANT)
    elif asked & _TESTS and (found := answer(observation)):
        yield when, found is Status.PRESENT
    elif _DELIVERY in asked and (due := first_day(observation.get("valueDateTime"))):
        yield due - _LONGEST, True


def _is_pregnancy(condition: Json) -> bool:
    for system, code, _ in codings(condition.get("code")):
        if system == "http://snomed.info/sct" and code in _SNOMED:
            return True
        if "icd-10" in system and (code in _ICD10_WHOLE or code.startswith(_ICD10)):
            return True
    return False
