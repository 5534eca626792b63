"""HL7 v2 messages to FHIR R4 transactions, by tables that follow the HL7 v2-to-FHIR guide.

``segments.csv`` says which field goes where, ``codes.toml`` which code becomes which; ``convert`` walks through a
message and makes the resources.
"""

from .bundle import Entry
from .convert import TELLING, Conversion, convert

__all__ = ["TELLING", "Conversion", "Entry", "convert"]
