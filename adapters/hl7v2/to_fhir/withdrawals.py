"""Which orders a message cancels or takes back, so that the results that it does not repeat fall with them."""

from datetime import tzinfo
from typing import Literal

from adapters.fhir.elements import Json

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
