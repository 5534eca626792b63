"""The transaction that a message becomes: each resource once, with an identifier that finds it again."""

import hashlib
import re
import uuid
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from adapters.fhir.elements import Json, inner, string

from .tables import Row

KEY_SYSTEM = "urn:r1:hl7v2:key"
"""System of the identifiers that we give to resources without a suitable one."""

MERGED_AT = "urn:r1:hl7v2:merged"
"""Extension of a link to the patient that another one was merged into: when the merge was recorded."""

_SOURCE = "urn:r1:hl7v2:message:"
OF_ORDERS = ("DiagnosticReport", "Observation", "ServiceRequest")
"""Types that an order becomes."""
BY_KEY = ("AllergyIntolerance", "Appointment", "Condition", "DocumentReference", "Immunization")
"""Types that are identified by a key of their own and not merged with what the server has."""
VERSIONED = (*OF_ORDERS, *BY_KEY, "Encounter", "Patient")
"""Types of which an older version does not replace a newer one."""
_BY_SENDING = (*BY_KEY, "Encounter")  # for these, many senders give in EVN-2 when the event happened

_NAMESPACE = uuid.UUID("6f0a2f4e-59a1-4a60-9d15-1f0f1a0b7c11")

Mode = Literal["update", "create"]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An order whose results are withdrawn, whether or not the message repeats them.

    Attributes:
        numbers: identifiers of the order, of its placer and its filler, each with its type.
        code: of the part that is meant; None for all parts.
        status: the new status of its results.
        issued: when that was said, as FHIR instant; None if the message does not say.
        meta: of the withdrawn results.
    """

    numbers: tuple[Json, ...]
    code: Json | None
    status: Literal["cancelled", "entered-in-error"]
    issued: str | None
    meta: Json

    def is_part_of(self, other: "Withdrawal") -> bool:
        """Whether the other withdraws the whole order of which this one names a part."""
        return other.code is None and all(number in self.numbers for number in other.numbers)

    @property
    def says(self) -> Json:
        """The elements that change in its results and reports."""
        return {"status": self.status, **({"issued": self.issued} if self.issued else {})}


def sent(resource: Json) -> str:
    """When the message that a resource comes from was recorded (EVN-2), or else sent (MSH-7).

    For all but patients, orders and results, always when it was sent.

    Returns:
        FHIR instant; empty if the resource comes from elsewhere or the message does not say.
    """
    source = string(inner(resource.get("meta")).get("source")).partition("#")[0]  # a server may add its own mark
    return source.removeprefix(_SOURCE).partition(":")[2] if source.startswith(_SOURCE) else ""


@dataclass(slots=True)
class Entry:
    """A resource to be sent.

    Attributes:
        resource: may still be filled while the message is read.
        mode: ``update`` replaces what the server has, ``create`` leaves it.
        query: how the server finds it, ``identifier=system|value``.
        url: its ``urn:uuid``.
        known: the identifier that it is found by.
        also: further ones by which the server may know it.
        deleted: what the message asks to delete from the server's resource.
        filed_under: prefix of the keys of a patient's resources.
        timed: the identifier by which the server may know a result as one of several.
        behind: the identifier of one further result of that report and code: if the server has one, the position does
            not identify this result.
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
        """The value of a search for it by any of its identifiers."""
        return ",".join(map(token, (self.known, *self.also)))

    @property
    def reference(self) -> Json:
        """A Reference to it."""
        return {"reference": self.url}

    @property
    def named_reference(self) -> Json:
        """A Reference that stays distinguishable in a list after the server has put its own id into it."""
        named = {name: self.known[name] for name in ("system", "value")}
        return {**self.reference, "identifier": named}


class TransactionBuilder:
    """Collects resources.

    Args:
        source: names the message, 64 hexadecimal digits; goes into ``meta.source``.
        sender: who sent it; keys of different senders never collide.
        system: of identifiers whose authority the message does not name.
        recorded: when its content was recorded, or else sent, as FHIR instant; None if it does not say.
        sent: when it was sent, likewise.

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
        """Adds a resource; the same one only once.

        Args:
            resource: with its ``resourceType``.
            mode: see :class:`Entry`.
            key: what identifies it, if that is not its first identifier.
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
            # A resource that is only created if missing has no time: others may know it better, whenever they sent it.
            versioned = mode == "update" and resource["resourceType"] in VERSIONED
            meta = self.meta(versioned=versioned, by_sending=resource["resourceType"] in _BY_SENDING)
            resource["meta"] = {**resource.get("meta", {}), **meta}
            url = uuid.uuid5(_NAMESPACE, name).urn
            self._entries[name] = Entry(resource, mode, query(known), url, known)
        return self._entries[name]

    def meta(self, *, versioned: bool, by_sending: bool = False) -> Json:
        """The source of a resource: the message that it comes from; with its time, no older one replaces it."""
        time = self._sent if by_sending else self.recorded
        return {"source": f"{_SOURCE}{self.source}{f':{time}' if versioned and time else ''}"}

    def owned(self, identifier: Json) -> Json:
        """An identifier with a system: the sender's if the message names none."""
        return {**identifier, "system": identifier.get("system", self._system)}

    def identifier(self, *key: str, shared: bool = False) -> Json:
        """The identifier made from the parts of a key, the first of which is the resource's type.

        Args:
            shared: whether other senders mean the same by the key.
        """
        parts = "\x1f".join(key if shared else (self._sender, *key))
        return {"system": KEY_SYSTEM, "value": hashlib.sha256(parts.encode()).hexdigest()[:40]}

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What was added, in the order of the bundle."""
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
    """The search that finds a resource by an identifier."""
    return f"identifier={quote(token(identifier), safe='')}"


def token(identifier: Json) -> str:
    """An identifier as the value of a search, https://hl7.org/fhir/R4/search.html#escaping."""
    system, value = (re.sub(r"[\\,|$]", r"\\\g<0>", identifier[name]) for name in ("system", "value"))
    return f"{system}|{value}"
