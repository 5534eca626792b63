"""Appointments: their times, and their status at the end of a message."""

from contextlib import suppress
from datetime import datetime, timedelta

from adapters.fhir.elements import Json

from ..message import Segment
from .codes import SD
from .fields import FieldMapper
from .times import instant

_STATUS = {"S12": "booked", "S13": "booked", "S14": "booked"}
_ENDS = {"S15": "cancelled", "S17": "entered-in-error", "S26": "noshow"}  # whatever SCH-25 says
_WITHOUT_TIME = ("proposed", "cancelled", "waitlist")  # the others need a start and an end: constraint app-3


def fill_appointment(appointment: Json, segment: Segment, fields: FieldMapper) -> None:
    """Fills an Appointment from SCH, also from the older SCH-11, which holds start and end."""
    fields.fill(appointment, segment)
    for part, name in ((4, "start"), (5, "end")):
        if moment := instant(segment.text(11, part), fields.zone):
            appointment[name] = moment
            if not any(segment.text(11, other) for other in (1, 2, 3, 6, 7, 8, 9, 10, 11, 12)):
                fields.mark_mapped(segment, 11)
    if segment.text(10, 1).upper()[:1] not in ("", "M"):
        appointment.pop("minutesDuration", None)
    else:
        fields.mark_mapped(segment, 10)


def add_resource(appointment: Json, segment: Segment, fields: FieldMapper) -> None:
    """AIS, AIG, AIL, AIP: what, which, where and with whom."""
    fields.fill(appointment, segment, "Appointment")
    start = {"AIS": 4, "AIG": 8, "AIL": 6, "AIP": 6}[segment.name]
    if moment := instant(segment.text(start), fields.zone):
        appointment.setdefault("start", moment)
        if appointment["start"] == moment:
            fields.mark_mapped(segment, start)


def finish_appointment(appointment: Json, kind: str) -> None:
    """Completes an Appointment, once the whole message is read, with what FHIR requires for its status.

    Args:
        appointment: is changed.
        kind: of the message, whose event may end the appointment.
    """
    start, minutes = appointment.get("start"), appointment.get("minutesDuration")
    if start and minutes and "end" not in appointment:
        with suppress(OverflowError):  # of thousands of years
            appointment["end"] = (datetime.fromisoformat(start) + timedelta(minutes=minutes)).isoformat()
    if not (start and "end" in appointment):
        appointment.pop("start", None)
        appointment.pop("end", None)
    event = kind.partition("^")[2]
    ends = _ENDS.get(event)
    status = ends or appointment.get("status") or _STATUS.get(event, "proposed")
    if "start" not in appointment and status not in _WITHOUT_TIME:
        coding = {"system": "http://hl7.org/fhir/appointmentstatus", "code": status}
        original = {"url": f"{SD}alternate-codes", "valueCodeableConcept": {"coding": [coding]}}
        appointment["_status"] = {"extension": [original]}
        status = "cancelled" if ends else "proposed"
    appointment["status"] = status
    if not appointment["participant"]:
        appointment["participant"].append({"actor": {"display": "not named"}, "status": "needs-action"})
