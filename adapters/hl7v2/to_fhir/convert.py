"""Makes the resources of a message, segment by segment."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from adapters.fhir.elements import Json, codes, narrative
from core.errors import Hl7Error

from ..message import Message, Segment, Value
from . import allergies
from .bundle import MERGED_AT, Entry, Mode, TransactionBuilder, Withdrawal, query, token
from .codes import concept
from .datatypes import authority, cx, sender_system
from .fields import FieldMapper
from .orders import Orders
from .patient_systems import SHARED, PatientSystems, external_system, is_shared, own_first
from .references import References
from .repeated import Diagnosis, merge, restate, said, take_method
from .specimens import orders_first
from .times import date_time, instant, own_zone
from .units import with_whole_unit

_UNMAPPED = "HL7 v2 content without a place in FHIR"
_STATUS_AFTER = {"A01": "in-progress", "A02": "in-progress", "A03": "finished", "A05": "planned", "A11": "cancelled"}
_STATUS_AFTER |= {"A12": "in-progress", "A13": "in-progress", "A14": "planned", "A27": "cancelled", "A38": "cancelled"}
_MERGES = {f"ADT^{event}" for event in ("A18", "A30", "A34", "A36", "A40")}
_ADT = {f"ADT^{event}" for event in (*_STATUS_AFTER, "A04", "A06", "A07", "A08", "A28", "A31")} | _MERGES
STATUS_EVENTS = frozenset(f"ADT^{event}" for event in (*_STATUS_AFTER, "A04", "A06", "A07"))
"""Events that set the status of the visit; in others it is only what the class of the patient suggests."""
# In these PID says what the sender knows about the patient; in others it only identifies whose message it is.
_DEMOGRAPHIC = _ADT - _MERGES
_DOCUMENTS = {f"MDM^T{number:02}" for number in range(2, 12)}
_RESULTS = {"ORU^R01", "ORU^R30", "ORU^R31", "ORU^R32", "OUL^R21", "OUL^R22", "OUL^R23", "OUL^R24"}
_APPOINTMENTS = {f"SIU^{event}" for event in ("S12", "S13", "S14", "S15", "S17", "S26")}
KNOWN = _ADT | _DOCUMENTS | _APPOINTMENTS | {"ADT^A60", "ORM^O01", "OMG^O19", "OML^O21", "VXU^V04"} | _RESULTS
"""Messages that are mapped in full; of others only the patient and the encounter are."""
# Patients deleted or unlinked, parts of appointments that are discontinued, added, changed or taken out.
_UNSUPPORTED = {"ADT^A23", "ADT^A29", "ADT^A37", *(f"SIU^S{number}" for number in (16, 18, 19, 20, 21, 22))}


@dataclass(frozen=True, slots=True)
class Conversion:
    """A message converted.

    Attributes:
        bundle: a transaction; repeating it changes nothing.
        entries: those of the bundle, in its order.
        kind: ``ADT^A01``.
        known: whether that kind is mapped in full.
        unmapped: fields without a place in FHIR, such as ``PID-10`` or ``ZPD-2``; a Basic resource holds their content.
        under: converts it again, with keys made from another identifier of its patient, under which it may be filed.
        meta: of a visit that is as new as the message.
        withdrawals: orders whose results are withdrawn.
    """

    bundle: Json
    entries: tuple[Entry, ...]
    kind: str
    known: bool
    unmapped: tuple[str, ...]
    under: Callable[[Json], "Conversion"]
    meta: Json
    withdrawals: tuple[Withdrawal, ...] = ()

    @property
    def counts(self) -> Counter[str]:
        """How many resources of each type there are, in order of appearance."""
        return Counter(entry["resource"]["resourceType"] for entry in self.bundle["entry"])

    @property
    def without_visit(self) -> bool:
        """Whether the event is of a visit that nothing identifies."""
        is_partial = self.kind in STATUS_EVENTS and any(path.startswith("PV1-") for path in self.unmapped)
        return is_partial and not self.counts["Encounter"]


def convert(message: Message, *, source: str, zone: tzinfo = UTC, systems: PatientSystems | None = None) -> Conversion:
    """Turns a message into a transaction.

    Args:
        message: of any kind.
        source: names it, 64 hexadecimal digits, the same for the same message.
        zone: for times that name none, if the message's own time (MSH-7) names none either.
        systems: of patients' numbers.

    Raises:
        Hl7Error: the message would undo something in a way that is not mapped, names no patient or one without a
            number, gives two patients the same visit, or merges nobody, into itself, into two others or in a chain.
    """
    if message.kind in _MERGES and not message.all("MRG"):
        raise Hl7Error("The merge does not say of whom", hint="Have the sender fill MRG-1", location="MRG")
    if message.kind in _UNSUPPORTED or (message.all("MRG") and message.kind not in _MERGES):
        raise Hl7Error(f"{message.kind} would take something back in a way that is not mapped", hint="Do it manually")
    if message.kind in KNOWN - _APPOINTMENTS and message.first("PID") is None:
        hint = "Have the sender fill PID-3; what is no patient's, such as quality control, does not belong here"
        raise Hl7Error("The message does not say whose it is", hint=hint, code=100, location="PID")
    return _Converter(message, source, zone, systems or PatientSystems()).convert()


class _Converter:
    """Converts one message; ``under`` is another identifier of its only patient, whose keys are to be used."""

    def __init__(
        self, message: Message, source: str, zone: tzinfo, systems: PatientSystems, under: Json | None = None
    ) -> None:
        header = message.header
        self._message = message
        self._source = source
        self._under = under
        self._zone = _zone_of(header.text(7), zone)
        self._known = message.kind in KNOWN
        self._systems = systems
        self._sender = system = sender_system(header)
        event = message.first("EVN")
        sent = instant(header.text(7), self._zone)
        recorded = (event and instant(event.text(2), self._zone)) or sent
        self._recorded = recorded
        if message.kind in _MERGES:  # which say nothing about a patient that could be newer
            sent = recorded = None
        sender = message.sender
        self._builder = TransactionBuilder(source=source, sender=sender, system=system, recorded=recorded, sent=sent)
        self._site = system.rpartition(":")[2]
        self._fields = FieldMapper(References(self._builder), self._zone, self._site)
        self._patient: Entry | None = None
        self._whose: dict[int, Entry | None] = {}  # of each segment
        self._encounter: Entry | None = None
        self._account: Value | None = None
        self._diagnoses: dict[str, Diagnosis] = {}
        self._orders = Orders(message.kind, self._builder, self._fields)
        self._handlers: dict[str, Callable[[Segment], None]] = {
            "PID": self._pid,
            "PD1": self._pd1,
            "PV1": self._pv1,
            "PV2": self._pv2,
        }
        if self._known:
            self._handlers |= {
                "MRG": self._mrg,
                "NK1": self._nk1,
                "AL1": self._al1,
                "IAM": self._iam,
                "DG1": self._dg1,
                "IN1": self._in1,
                **self._orders.handlers,
            }

    def convert(self) -> Conversion:
        segments = _patient_first(orders_first(self._message.kind, self._message.segments[1:]))
        for segment in map(with_whole_unit, segments):
            self._fields.register(segment)
            if handler := self._handlers.get(segment.name):
                handler(segment)
            self._whose[id(segment)] = self._patient
        self._orders.end()
        for diagnosis in self._diagnoses.values():
            diagnosis.end()
        unmapped = self._keep_unmapped()
        kind, builder = self._message.kind, self._builder
        withdrawals, meta = tuple(self._orders.withdrawals), builder.meta(versioned=True, by_sending=True)
        again = self._again
        return Conversion(builder.bundle(), builder.entries, kind, self._known, unmapped, again, meta, withdrawals)

    def _again(self, under: Json) -> Conversion:
        return _Converter(self._message, self._source, self._zone, self._systems, under).convert()

    def _pid(self, segment: Segment) -> None:
        patient = self._fields.fill({"resourceType": "Patient"}, segment)
        # The first identifier is the condition: from PID-3, or from the older PID-2 or PID-4 if that is empty.
        values = next(filter(None, (own_first(segment.repetitions(field)) for field in (3, 2, 4))), [])
        numbers = [*filter(None, map(cx, values))]
        others = [number for number in patient.get("identifier", []) if number not in numbers]
        elsewhere = external_system(self._sender)
        patient["identifier"] = self._numbers(numbers + [{"system": elsewhere, **number} for number in others])
        if not patient["identifier"]:
            raise Hl7Error("The patient has no number", hint="Fill PID-3", code=101, location="PID^1^3")
        mode: Mode = "update" if self._message.kind in _DEMOGRAPHIC else "create"
        if segment.text(30).upper() == "Y":  # implied by a date in PID-29, and true if that has none
            if "deceasedDateTime" not in patient:
                patient["deceasedBoolean"] = True
            self._fields.mark_mapped(segment, 30)
        self._patient = self._builder.add(patient, mode=mode)
        self._patient.filed_under = _filed_under(self._under or self._patient.known)
        self._patient.also = patient["identifier"][1 : self._count_own(values)]
        self._delete(self._patient, segment)
        self._account = segment.first(18)
        self._encounter = None
        if self._known and segment.repetitions(21):
            mother = self._fields.fill({"resourceType": "RelatedPerson"}, segment, "Mother")
            self._add_for_patient(mother, "mother", segment.first(21).raw, link="patient")
            mother["relationship"] = [concept("MTH@v3-RoleCode")]
        self._orders.begin(self._patient, None)

    def _numbers(self, identifiers: list[Json]) -> list[Json]:
        """Identifiers of a patient, each once, with the site's systems for them."""
        named = (self._systems.named(identifier, self._sender) for identifier in identifiers)
        return [*{repr(identifier): identifier for identifier in named}.values()]

    def _count_own(self, values: list[Value]) -> int:
        """How many identifiers come from numbers of the patient alone; some numbers differ only in unmapped parts."""
        return len(self._numbers([number for value in values if not is_shared(value) and (number := cx(value))]))

    def _pd1(self, segment: Segment) -> None:
        if self._patient:
            self._fill(self._patient, segment)

    def _fill(self, entry: Entry, segment: Segment) -> None:
        """Adds what a further segment says about a patient or a visit, and what it asks to delete."""
        self._fields.fill(entry.resource, segment)
        self._delete(entry, segment)

    def _delete(self, entry: Entry, segment: Segment) -> None:
        if entry.mode == "update":
            entry.deleted += self._fields.deleted(segment, entry.resource["resourceType"])

    def _pv1(self, segment: Segment) -> None:
        key = self._visit_key(segment)
        if key is None:  # each message would create another visit, which never ends
            self._encounter = None
            self._orders.begin(self._patient, None)
            return
        encounter = self._fields.fill({"resourceType": "Encounter"}, segment)
        encounter.setdefault("status", "unknown")
        if self._message.kind.startswith("ADT^") and (status := _STATUS_AFTER.get(self._message.kind[4:])):
            encounter["status"] = status
        encounter.setdefault("class", concept("UNK@v3-NullFlavor")["coding"][0])
        if self._patient:
            encounter["subject"] = self._patient.reference
        mode: Mode = "update" if self._message.kind.startswith("ADT^") else "create"
        self._encounter = self._builder.add(encounter, mode=mode, key=key)
        if self._known and self._encounter.resource.get("subject") != encounter.get("subject"):
            hint = "Compare PID-3 and PV1-19 of each; a newborn needs a visit of its own"
            raise Hl7Error("Two patients of the message have the same visit", hint=hint, location="PV1^1^19")
        ends = "end" in encounter.get("period", {}) or segment.first(45).is_null
        if not (ends or self._message.kind in STATUS_EVENTS):  # its time is that of the last event that set its status
            encounter["meta"] = self._builder.meta(versioned=False)
        self._delete(self._encounter, segment)
        self._orders.begin(self._patient, self._encounter)

    def _visit_key(self, segment: Segment) -> tuple[str, ...] | None:
        """The key of a visit: empty if it has a number, else its account or when it began; None without any."""
        if any(value.text(1) for field in (19, 50) for value in segment.repetitions(field)):
            return ()
        if self._patient is None or self._account is None or not self._message.kind.startswith("ADT^"):
            return None
        if account := self._account.text(1):
            return (self._patient.filed_under, "account", account, authority(self._account.part(4)))
        return (self._patient.filed_under, "begins", begins) if (begins := segment.text(44)) else None

    def _pv2(self, segment: Segment) -> None:
        if self._encounter:
            self._fill(self._encounter, segment)

    def _mrg(self, segment: Segment) -> None:
        """Adds the patient that was merged into the one of PID: it ends, and each references the other."""
        values = own_first(segment.repetitions(1))
        if self._patient is None or not values or is_shared(values[0]):
            raise Hl7Error("The merge does not say of whom", hint="Check PID-3 and MRG-1", location="MRG^1^1")
        merged = self._fields.fill({"resourceType": "Patient"}, segment)
        merged["identifier"] = self._numbers([*filter(None, map(cx, values))])
        prior = self._builder.add({**merged, "active": False})
        prior.also = prior.resource["identifier"][1 : self._count_own(values)]
        if prior is self._patient:
            raise Hl7Error("A patient is merged into itself", hint="Check PID-3 and MRG-1", location="MRG^1^1")
        prior_tokens = {token(number) for number in (prior.known, *prior.also)}
        self._patient.also = [number for number in self._patient.also if token(number) not in prior_tokens]
        self._link(self._patient, prior)
        self._patient.mode = "update"

    def _link(self, kept: Entry, gone: Entry) -> None:
        """Links the two patients of a merge to each other."""
        ended: Json = {"other": kept.named_reference, "type": "replaced-by"}
        if self._recorded:  # of two merges, one each way, the newer one holds
            ended["extension"] = [{"url": MERGED_AT, "valueInstant": self._recorded}]
        links = kept.resource.setdefault("link", [])
        if any(link["type"] == "replaced-by" for link in links) or gone.resource.setdefault("link", [ended]) != [ended]:
            hint = "Have the sender split the message, or do it by hand"
            raise Hl7Error("A patient of one merge of the message ends with another one", hint=hint, location="MRG^1^1")
        links.append({"other": gone.named_reference, "type": "replaces"})

    def _nk1(self, segment: Segment) -> None:
        person = self._fields.fill({"resourceType": "RelatedPerson"}, segment)
        self._add_or_merge(segment, person, "NK1", segment.first(2).raw, segment.first(3).raw)

    def _al1(self, segment: Segment) -> None:
        if not (segment.first(3) or segment.repetitions(5)):  # empty or "": no allergy
            return
        allergy = self._fields.fill({"resourceType": "AllergyIntolerance"}, segment)
        allergy["clinicalStatus"] = concept("active@allergyintolerance-clinical")
        self._add_or_merge(segment, allergy, "AL1", *allergies.allergen(segment))

    def _iam(self, segment: Segment) -> None:
        """An allergy as in AL1, which may have its own number, be reported as uncertain, or be withdrawn."""
        is_deleted = segment.text(6) == "D"
        if not (segment.first(3) or segment.repetitions(5) or (is_deleted and segment.first(7))):
            return
        allergy = self._fields.fill({"resourceType": "AllergyIntolerance"}, segment)
        self._fields.mark_mapped(segment, *([6] if segment.text(6) in ("A", "D", "U", "X") else []))
        self._fields.mark_mapped(segment, *([17] if allergies.tells_status(segment) else []))
        allergy |= allergies.status(segment)
        # One with its own number stays beside that of an AL1: neither says all, and ending one does not end the other.
        key = ("IAM", own) if (own := segment.first(7).raw) else ("AL1", *allergies.allergen(segment))
        entry = self._add_or_merge(segment, allergy, *key)
        known = entry.resource if entry else allergy
        if segment.text(6) in ("A", "D") or allergies.tells_status(segment):
            restate(known, allergy)
        self._orders.annotate(known)

    def _dg1(self, segment: Segment) -> None:
        if not (segment.first(3) or segment.first(4)):
            return
        condition = self._fields.fill({"resourceType": "Condition"}, segment)
        self._fields.mark_mapped(segment, *([2] if take_method(condition, segment, self._site) else []))
        condition["category"] = [concept("encounter-diagnosis@condition-category")]
        if self._encounter:
            condition["encounter"] = self._encounter.reference
        visit = self._encounter.query if self._encounter else ""
        name = segment.text(4)
        code = said(segment.first(3))
        what = segment.first(20).raw or "|".join((*(code[:2] if name else code), name))
        entry = self._add_or_merge(segment, condition, "DG1", visit, what, link="subject")
        if entry is None:
            return
        use = self._fields.fill({}, segment, "Diagnosis") if self._encounter else {}
        self._fields.mark_mapped(segment, *([21] if segment.text(21) in ("A", "D", "U") else []))
        diagnosis = self._diagnoses.setdefault(entry.url, Diagnosis(entry, self._encounter))
        diagnosis.add(segment.text(6).upper(), condition.get("verificationStatus"), use)

    def _in1(self, segment: Segment) -> None:
        coverage = self._fields.fill({"resourceType": "Coverage", "status": "active"}, segment)
        coverage.setdefault("payor", [{"display": segment.text(3) or "not named"}])
        if segment.text(17) == "SEL" and self._patient:
            coverage["subscriber"] = self._patient.reference
        what = (segment.first(2).raw, segment.first(3).raw, segment.first(36).raw)
        self._add_or_merge(segment, coverage, "IN1", *what, link="beneficiary")

    def _add_or_merge(self, segment: Segment, resource: Json, *key: str, link: str = "patient") -> Entry | None:
        """Adds a resource of the patient, or merges it with an earlier segment's.

        What does not fit, or belongs to a patient that the message does not name, stays unmapped.
        """
        entry = self._add_for_patient(resource, *key, link=link)
        if entry is None or (entry.resource is not resource and not merge(entry.resource, resource)):
            self._fields.register(segment)
        return entry

    def _add_for_patient(self, resource: Json, *key: str, link: str) -> Entry | None:
        """Adds a resource that makes no sense without its patient; None if the message has none."""
        if self._patient is None:
            return None
        resource[link] = self._patient.reference
        return self._builder.add(resource, key=(self._patient.filed_under, *key))

    def _keep_unmapped(self) -> tuple[str, ...]:
        """Puts unmapped content into the text of a Basic resource per patient, a list item each; returns the paths."""
        several = len({entry.url for entry in self._whose.values() if entry}) > 1
        left: dict[str, tuple[Entry | None, list[str]]] = {}
        paths = []
        for segment, path, raw in self._fields.unmapped():
            patient = self._whose[id(segment)] if several else self._patient
            left.setdefault(patient.url if patient else "", (patient, []))[1].append(f"{path} {raw}")
            paths.append(path)
        for patient, lines in left.values():
            coded = {"coding": [{"system": "urn:r1:hl7v2", "code": "unmapped"}], "text": _UNMAPPED}
            rest: Json = {"resourceType": "Basic", "text": narrative("additional", lines), "code": coded}
            if patient:
                rest["subject"] = patient.reference
            if created := date_time(self._message.header.text(7), self._zone):
                rest["created"] = created[:10]
            own = (patient.query,) if several and patient else ()
            self._builder.add(rest, key=("unmapped", self._source, *own))
        return tuple(dict.fromkeys(paths))


def _zone_of(sent: str, zone: tzinfo) -> tzinfo:
    """The zone for times that name none: that of MSH-7, or the site's own if it has the same offset then.

    An offset holds for one season: 8 o'clock in winter must be the same time in a message that is sent in summer.
    """
    own, moment = own_zone(sent), instant(sent, zone)
    if own and moment:
        local = datetime.fromisoformat(moment).astimezone(zone)
        return zone if local.utcoffset() == own.utcoffset(local) else own
    return own or zone


def _patient_first(segments: list[Segment]) -> list[Segment]:
    """The segments with the only PID and its PD1 and NTE at the front: what came before it would have no patient."""
    names = [segment.name for segment in segments]
    if names.count("PID") != 1 or "SCH" in names:  # its patients come after it
        return segments
    start = names.index("PID")
    end = next((place for place in range(start + 1, len(names)) if names[place] not in ("PD1", "NTE")), len(names))
    return [*segments[start:end], *segments[:start], *segments[end:]]


def _filed_under(number: Json) -> str:
    """Prefix of the keys of a patient's resources: an account is not the patient with the same number."""
    return "|".join((query(number), *sorted(codes(number.get("type")) & SHARED)))
