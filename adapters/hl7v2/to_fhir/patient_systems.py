"""A site's own table from the authorities in PID-3 and MRG-1 to the systems that numbers of patients have in FHIR.

::

    authority,system
    WEST,http://hospital.example/mrn
    1.2.840.5,http://hospital.example/mrn
    LABWEST,http://hospital.example/mrn

``authority`` is a local name, an OID or a UUID, or the sending facility of messages that name none. Senders that call
one authority by several names, or a server that knows it by another one, would otherwise have a patient twice.
"""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from adapters.fhir.elements import Json
from core.errors import InputFormatError, InputTooLargeError

from .datatypes import LOCAL_AUTHORITY

_MAX_BYTES = 1_000_000
_COLUMNS = ("authority", "system")
_URI = re.compile(r"(https?://|urn:[a-z0-9]+:)[^\s<>\"|,\\$]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PatientSystems:
    """System that an authority gets without a table -> the one that the table gives it. Empty without a file."""

    systems: Mapping[str, str] = field(default_factory=dict)

    def named(self, identifier: Json, unnamed: str) -> Json:
        """A patient's identifier with the system that the site has for it.

        Args:
            identifier: as the data types give it.
            unnamed: the system of one whose authority the message does not name.
        """
        system = identifier.get("system", unnamed)
        return {**identifier, "system": self.systems.get(system, system)}


def read_patient_systems(file: Path) -> PatientSystems:
    """Reads the CSV file (UTF-8, comma or semicolon).

    Raises:
        InputFormatError: it cannot be read, lacks a column, or a line is not as above; the message has the line.
        InputTooLargeError: it is over 1 MB.
    """
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise InputTooLargeError("The table of authorities is over 1 MB", hint="Check R1_MESSAGE_AUTHORITIES")
        text = file.read_text("utf-8-sig")
    except OSError as error:
        raise InputFormatError(
            f"The table of authorities cannot be read ({error.strerror})", hint="Check R1_MESSAGE_AUTHORITIES"
        ) from None
    except UnicodeDecodeError:
        raise InputFormatError("The table of authorities is not UTF-8", hint="Save it as CSV in UTF-8") from None
    header = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in header else ",")
    if missing := [name for name in _COLUMNS if name not in (rows.fieldnames or ())]:
        raise InputFormatError(
            f"The table of authorities lacks the column {missing[0]}", hint=f"Its first line is {','.join(_COLUMNS)}"
        )
    systems: dict[str, str] = {}
    try:
        for row in rows:
            name, system = ((row[column] or "").strip() for column in _COLUMNS)
            for key in _keys(name):
                if not name or not _URI.fullmatch(system) or systems.setdefault(key, system) != system:
                    problem = "gives an authority a second system" if key in systems else "has no authority or no URI"
                    raise InputFormatError(
                        f"Line {rows.line_num} of the table of authorities {problem}", hint="See docs/integrating.md"
                    )
    except csv.Error:
        raise InputFormatError(
            f"Line {rows.line_num} of the table of authorities is no CSV", hint="Export it again"
        ) from None
    return PatientSystems(systems)


def _keys(name: str) -> tuple[str, ...]:
    """The systems that an authority of this name may have without a table."""
    return f"{LOCAL_AUTHORITY}{quote(name, safe='')}", f"urn:oid:{name}", f"urn:uuid:{name.lower()}"
