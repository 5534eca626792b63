"""Identifies orders, and finds those that a message cancels or withdraws with their results."""

from collections import Counter
from collections.abc import Sequence
from datetime import tzinfo
from typing import Literal

from adapters.fhir.elements import Json, codes
from core.errors import Hl7Error

from ..message import Segment
from .bundle import Entry, TransactionBuilder, Withdrawal, token
from .codes import concept
from .datatypes import ei
from .results import code_of, time_of
from .times import instant

# Codes of the filler. A request to cancel (CA) may be refused, and a discontinued order (DC) keeps its results.
_CANCELLED = ("CR", "OC")


def withdrawal(
    common_order: Segment | None, obr: Segment | None, code: Json | None, builder: TransactionBuilder, zone: tzinfo
) -> Withdrawal | None:
    """The withdrawal in an ORC, an OBR or both; None if there is none.

    Args:
        common_order: the ORC.
        obr: the part of the order; None for an ORC alone.
        code: of that part.
        builder: knows the system of numbers that name none, and the message.
        zone: for times that name none.
    """
    status = obr.text(25) if obr else ""
    cancelled = common_order is not None and (common_order.text(1) in _CANCELLED or common_order.text(5) == "CA")
    if not (cancelled or status in ("D", "W", "X")):
        return None
    numbers = [
        {"type": concept(f"{kind}@v2-0203"), **builder.owned(number)}
        for segment in (common_order, obr)
        for field, kind in ((2, "PLAC"), (3, "FILL"))
        if segment and (number := ei(segment.first(field)))
    ]
    becomes: Literal["cancelled", "entered-in-error"] = "entered-in-error" if status in ("D", "W") else "cancelled"
    issued = instant(obr.text(22), zone) if obr else None
    return Withdrawal(tuple(numbers), code, becomes, issued, builder.meta(versioned=True)) if numbers else None


def number_of(obr: Segment, common_order: Segment | None) -> tuple[str, str] | None:
    """Number of an order, with whose it is: ``filler`` or else ``placer``; None without either.

    The filler's comes first, since a correction may add the placer's, or an ORC, that the first report lacked.
    """
    for number, kind in ((3, "filler"), (2, "placer")):
        for segment in (obr, common_order):
            if segment and (raw := segment.first(number).raw):
                return kind, raw
    return None


def placed(
    obr: Segment, common_order: Segment | None, patient: Entry | None, builder: TransactionBuilder
) -> Json | None:
    """The key of a part of an order by its placer's number, whoever sends it: there is none before the filler's.

    None without that number, a patient or a code, and if ORC-2 and OBR-2 differ.
    """
    numbers = {number.raw: number for segment in (obr, common_order) if segment and (number := segment.first(2))}
    known = ei(next(iter(numbers.values()))) if len(numbers) == 1 else None
    if known is None or patient is None or not obr.first(4):
        return None
    own = builder.owned(known)
    parts = (patient.filed_under, own["system"], own["value"], *code_of(obr.first(4)))
    return builder.identifier("ServiceRequest", "placer", *parts, shared=True)


def join(orders: Sequence[tuple[Entry, Json]]) -> None:
    """Makes each order findable by its :func:`placed` key, too, unless several of the message have the same one."""
    count = Counter(token(key) for _, key in orders)
    for entry, key in orders:
        if count[token(key)] == 1:
            entry.also = [key]
            entry.resource["identifier"].insert(-1, key)


def is_other_order(new: Json, old: Json) -> bool:
    """Whether two orders with one placer's number may differ: they do not if they share a filler's or only one has any.

    Two systems of a hospital may both count from 1, so two orders without a filler's number may be different ones.
    """
    one, other = (
        {token(number) for number in order["identifier"] if "FILL" in codes(number.get("type"))} for order in (new, old)
    )
    return bool(one) == bool(other) and not one & other


def place_without_order(obx: Segment, kind: str, visit: Entry | None, builder: TransactionBuilder, zone: tzinfo) -> str:
    """Substitute for the order in the key of a result without one: in an ADT its visit and time, else the message.

    ADT messages repeat measurements; without a time of day it may be a different one.
    """
    if not (kind.startswith("ADT") and instant(obx.text(14), zone)):
        return f"message|{builder.source}"
    return "|".join(("visit", visit.query if visit else "", time_of(obx, None, zone)))


def check_found_again(obx: Segment, obr: Segment | None, number: tuple[str, str] | None) -> None:
    """Refuses to correct or withdraw a result that nothing identifies: the server's version would stay.

    Args:
        obx: without a number of its own.
        obr: of its order, whose status counts if the result has none.
        number: of its order; None if that has none, or there is no order.

    Raises:
        Hl7Error: there is no number.
    """
    if number is None and (obx.text(11) or (obr.text(25) if obr else "")) in ("C", "D", "W"):
        number_of_it = "OBR-3 or OBX-21" if obr else "OBX-21, or in an ADT a time of day in OBX-14"
        hint = f"Have the sender fill {number_of_it}, and correct the result on the FHIR server by hand"
        raise Hl7Error("The message corrects a result that nothing distinguishes from others", hint=hint, code=101)
