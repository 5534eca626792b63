"""HL7 v2 messages to FHIR R4 transactions, by tables that follow the HL7 v2-to-FHIR guide.

``segments.csv`` maps fields, ``codes.toml`` maps codes; ``convert`` makes the resources of a message.
"""

from .bundle import Entry, Withdrawal
from .convert import STATUS_EVENTS, Conversion, convert

__all__ = ["STATUS_EVENTS", "Conversion", "Entry", "Withdrawal", "convert"]
