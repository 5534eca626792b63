"""The transaction that a message becomes: each resource once, with an identifier by which it can be repeated."""

import hashlib
import re
import uuid
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from adapters.fhir.elements import Json, inner, string

from .tables import Row

KEY_SYSTEM = "urn:r1:hl7v2:key"
"""System of the identifiers that we give to what has none that is good enough."""

MERGED_AT = "urn:r1:hl7v2:merged"
"""Extension of a link to the patient that another one was merged into: when that was recorded."""

_SOURCE = "urn:r1:hl7v2:message:"
OF_ORDERS = ("DiagnosticReport", "Observation", "ServiceRequest")
"""What an order becomes."""
BY_KEY = ("AllergyIntolerance", "Appointment", "Condition", "DocumentReference", "Immunization")
"""What is known by a key of its own, and not merged into what the server has."""
VERSIONED = (*OF_ORDERS, *BY_KEY, "Encounter", "Patient")
"""Types of which an older version does not replace a newer one."""
_BY_SENDING = (*BY_KEY, "Encounter")  # of whose events many senders give in EVN-2 when they happened

_NAMESPACE = uuid.UUID("6f0a2f4e-59a1-4a60-9d15-1f0f1a0b7c11")

Mode = Literal["update", "create"]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An order whose results do not hold, whether or not the message repeats them.

    Attributes:
        numbers: identifiers of the order, of its placer and its filler, each with its type.
        code: of the part that is meant; None of all of them.
        status: what its results become.
        issued: when that was said, as FHIR instant; None where the message does not tell.
        meta: of what becomes of them.
    """

    numbers: tuple[Json, ...]
    code: Json | None
    status: Literal["cancelled", "entered-in-error"]
    issued: str | None
    meta: Json

    def is_part_of(self, other: "Withdrawal") -> bool:
        """Whether the other is of the whole order that this one names a part of."""
        return other.code is None and all(number in self.numbers for number in other.numbers)

    @property
    def says(self) -> Json:
        """What the results and reports say from now on."""
        return {"status": self.status, **({"issued": self.issued} if self.issued else {})}


def sent(resource: Json) -> str:
    """When what the message says that a resource comes from was recorded (EVN-2), or else sent (MSH-7).

    Always when it was sent but for patients, orders and results.

    Returns:
        FHIR instant; nothing where the resource comes from elsewhere or the message does not tell.
    """
    source = string(inner(resource.get("meta")).get("source")).partition("#")[0]  # a server may add its own mark
    return source.removeprefix(_SOURCE).partition(":")[2] if source.startswith(_SOURCE) else ""


@dataclass(slots=True)
class Entry:
    """A resource on its way.

    Attributes:
        resource: may still be filled while the message is read.
        mode: ``update`` replaces what the server has, ``create`` leaves it.
        query: how the server finds it, ``identifier=system|value``.
        url: its ``urn:uuid``.
        known: the identifier that it is found by.
        also: further ones by which the server may know it.
        deleted: what the message asks to delete of the server's resource.
        filed_under: what the keys of a patient's resources begin with.
        timed: by which the server may know a result as one of several.
        behind: of one more result of that report and code: where the server has one, the place does not tell which this
            is.
    """

    resource: Json
    mode: Mode
    query: str
    url: str
    known: Json
    also: list[Json] = field(default_factory=list)
    deleted: list[Row] = field(default_factory=list)
    filed_under: str = ""
    timed: Json | None = None
    behind: Json | None = None

    @property
    def tokens(self) -> str:
        """What a search for it by any of its identifiers asks for."""
        return ",".join(map(token, (self.known, *self.also)))

    @property
    def reference(self) -> Json:
        """A Reference to it."""
        return {"reference": self.url}

    @property
    def named_reference(self) -> Json:
        """A Reference that can be told from others in a list once the server has put an id of its own into it."""
        named = {name: self.known[name] for name in ("system", "value")}
        return {**self.reference, "identifier": named}


class TransactionBuilder:
    """Collects resources.

    Args:
        source: names the message, 64 hexadecimal digits; goes into ``meta.source``.
        sender: who sent it; keys of different senders never meet.
        system: of identifiers whose authority the message does not name.
        recorded: when what it says was recorded or sent, as FHIR instant; None where it does not tell.
        sent: the same of when it was sent.

    Attributes:
        source, recorded: as given.
    """

    def __init__(self, *, source: str, sender: str, system: str, recorded: str | None, sent: str | None) -> None:
        self.source = source
        self._sender = sender
        self._system = system
        self.recorded = recorded
        self._sent = sent
        self._entries: dict[str, Entry] = {}

    def add(self, resource: Json, *, mode: Mode = "update", key: tuple[str, ...] = ()) -> Entry:
        """Takes a resource; the same one only once.

        Args:
            resource: with its ``resourceType``.
            mode: see :class:`Entry`.
            key: what it is known by, where that is not its first identifier.
        """
        identifiers = resource.setdefault("identifier", [])
        identifiers[:] = map(self.owned, identifiers)
        if key or not identifiers:
            known = self.identifier(resource["resourceType"], *(key or (self.source,)))
            identifiers.append(known)
        else:
            known = identifiers[0]
        name = f"{resource['resourceType']}?{query(known)}"
        if name not in self._entries:
            # What is only created if nobody knows it may be known better, whenever that was sent.
            versioned = mode == "update" and resource["resourceType"] in VERSIONED
            meta = self.meta(versioned=versioned, by_sending=resource["resourceType"] in _BY_SENDING)
            resource["meta"] = {**resource.get("meta", {}), **meta}
            url = uuid.uuid5(_NAMESPACE, name).urn
            self._entries[name] = Entry(resource, mode, query(known), url, known)
        return self._entries[name]

    def meta(self, *, versioned: bool, by_sending: bool = False) -> Json:
        """What a resource says about the message that it comes from; with its time, no older one replaces it."""
        time = self._sent if by_sending else self.recorded
        return {"source": f"{_SOURCE}{self.source}{f':{time}' if versioned and time else ''}"}

    def owned(self, identifier: Json) -> Json:
        """An identifier with a system: where the message names none, the sender's."""
        return {**identifier, "system": identifier.get("system", self._system)}

    def identifier(self, *key: str, shared: bool = False) -> Json:
        """The identifier of what is known by the parts of a key, the first of which is the resource's type.

        Args:
            shared: whether other senders mean the same by it.
        """
        parts = "\x1f".join(key if shared else (self._sender, *key))
        return {"system": KEY_SYSTEM, "value": hashlib.sha256(parts.encode()).hexdigest()[:40]}

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What was taken, in the order of the bundle."""
        return tuple(self._entries.values())

    def bundle(self) -> Json:
        """The Bundle: a conditional update or a conditional create for each resource."""
        entries = []
        for entry in self._entries.values():
            kind = entry.resource["resourceType"]
            if entry.mode == "update":
                request = {"method": "PUT", "url": f"{kind}?{entry.query}"}
            else:
                request = {"method": "POST", "url": kind, "ifNoneExist": entry.query}
            entries.append({"fullUrl": entry.url, "resource": entry.resource, "request": request})
        return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def query(identifier: Json) -> str:
    """How the server finds what has an identifier."""
    return f"identifier={quote(token(identifier), safe='')}"


def token(identifier: Json) -> str:
    """An identifier as a search asks for it, https://hl7.org/fhir/R4/search.html#escaping."""
    system, value = (re.sub(r"[\\,|$]", r"\\\g<0>", identifier[name]) for name in ("system", "value"))
    return f"{system}|{value}"
