"""What tells an order from others, and which of them a message cancels or takes back with their results."""

from datetime import tzinfo
from typing import Literal

from adapters.fhir.elements import Json
from core.errors import Hl7Error

from ..message import Segment
from .bundle import TransactionBuilder, Withdrawal
from .datatypes import ei, instant

# What the filler says. A request to cancel (CA) may be refused, and a discontinued order (DC) keeps its results.
_CANCELLED = ("CR", "OC")


def withdrawal(
    common_order: Segment | None, obr: Segment | None, code: Json | None, builder: TransactionBuilder, zone: tzinfo
) -> Withdrawal | None:
    """What an ORC, an OBR or both take back; None where they do not.

    Args:
        common_order: the ORC.
        obr: the part of the order; None of an ORC alone.
        code: of that part.
        builder: knows the system of numbers that name none, and the message.
        zone: of times that name none.
    """
    status = obr.text(25) if obr else ""
    cancelled = common_order is not None and (common_order.text(1) in _CANCELLED or common_order.text(5) == "CA")
    if not (cancelled or status in ("D", "W", "X")):
        return None
    numbers = [
        builder.owned(number)
        for segment in (common_order, obr)
        for field in (2, 3)
        if segment and (number := ei(segment.first(field)))
    ]
    becomes: Literal["cancelled", "entered-in-error"] = "entered-in-error" if status in ("D", "W") else "cancelled"
    issued = instant(obr.text(22), zone) if obr else None
    return Withdrawal(tuple(numbers), code, becomes, issued, builder.meta(versioned=True)) if numbers else None


def number_of(obr: Segment, common_order: Segment | None) -> tuple[str, str] | None:
    """What tells an order from others: the filler's number, else the placer's, with whose it is; None without either.

    A correction may name the placer's or have an ORC where the first report did not.
    """
    for number, kind in ((3, "filler"), (2, "placer")):
        for segment in (obr, common_order):
            if segment and (raw := segment.first(number).raw):
                return kind, raw
    return None


def check_found_again(obx: Segment, obr: Segment | None, number: tuple[str, str] | None) -> None:
    """Refuses to correct or take back a result that nothing tells from others: what the server has would stay.

    Args:
        obx: without a number of its own.
        obr: of its order, whose status holds where the result has none.
        number: of its order.

    Raises:
        Hl7Error: the order has none.
    """
    if number is None and (obx.text(11) or (obr.text(25) if obr else "")) in ("C", "D", "W"):
        hint = "Have the sender fill OBR-3, and correct the result on the FHIR server by hand"
        raise Hl7Error("The message corrects a result of an order without a number", hint=hint, code=101)
