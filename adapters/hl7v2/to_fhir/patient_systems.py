"""Types and systems that distinguish patients' numbers, and a site's own table of the systems.

The table maps the authorities in PID-3 and MRG-1 to the systems that patients' numbers have in FHIR.

::

    authority,system
    WEST,http://hospital.example/mrn
    1.2.840.5,http://hospital.example/mrn
    LABWEST,http://hospital.example/mrn

``authority`` is a local name, an OID or a UUID, or the sending facility of messages that name none. If senders use
several names for one authority, or the server another name, a patient would otherwise exist twice.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from adapters.fhir.elements import Json
from adapters.site_table import SiteTable

from ..message import Value
from .datatypes import LOCAL_AUTHORITY

SHARED = frozenset(("AN", "ANC", "AND", "ANT", "GN", "HC", "MB", "SN", "VN"))
"""Types (HL7 table 0203) of numbers that several people may have: for accounts, insurances and visits."""
_EXTERNAL = "urn:r1:hl7v2:external:"

_TABLE = SiteTable("table of authorities", "R1_MESSAGE_AUTHORITIES", ("authority", "system"), 1 << 20)
_URI = re.compile(r"(https?://|urn:[a-z0-9]+:)[^\s<>\"|,\\$]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PatientSystems:
    """System that an authority has without a table -> the one that the table gives it. Empty without a file."""

    systems: Mapping[str, str] = field(default_factory=dict)

    def named(self, identifier: Json, unnamed: str) -> Json:
        """A patient's identifier with the system that the site has for it.

        Args:
            identifier: as made in :mod:`.datatypes`.
            unnamed: the system of one whose authority the message does not name.
        """
        system = identifier.get("system", unnamed)
        return {**identifier, "system": self.systems.get(system, system)}


def own_first(numbers: Iterable[Value]) -> list[Value]:
    """Each number once, those of the patient alone before those that several people may have."""
    return sorted((value for value in dict.fromkeys(numbers) if value.text(1)), key=is_shared)


def is_shared(number: Value) -> bool:
    """Whether several people may have a number of its type: an account, an insurance, a visit."""
    return number.text(5) in SHARED


def external_system(sender: str) -> str:
    """System of the numbers in PID-2 and PID-4 whose authority the message does not name.

    They may be another institution's, so they must not match the sender's own numbers.

    Args:
        sender: the system of its own numbers.
    """
    return f"{_EXTERNAL}{sender.removeprefix(LOCAL_AUTHORITY)}"


def read_patient_systems(file: Path) -> PatientSystems:
    """Reads the CSV file (UTF-8, comma or semicolon).

    Raises:
        InputFormatError: it cannot be read, lacks a column, or a line is not as above; the message has the line.
        InputTooLargeError: it is over 1 MB.
    """
    systems: dict[str, str] = {}

    def problem_in(row: list[str]) -> str:
        name, system = row
        if not name or not _URI.fullmatch(system):
            return "has no authority or no URI"
        is_second = any(systems.get(key, system) != system for key in _keys(name))
        return "gives an authority a second system" if is_second else ""

    for name, system in _TABLE.rows(file, problem_in):
        systems |= dict.fromkeys(_keys(name), system)
    return PatientSystems(systems)


def _keys(name: str) -> tuple[str, ...]:
    """The systems that an authority of this name may have without a table."""
    return f"{LOCAL_AUTHORITY}{quote(name, safe='')}", f"urn:oid:{name}", f"urn:uuid:{name.lower()}"
