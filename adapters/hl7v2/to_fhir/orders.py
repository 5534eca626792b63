"""Orders, results, documents, vaccinations and appointments: segments that belong together by their order."""

from collections import Counter
from collections.abc import Callable

from adapters.fhir.elements import Json

from ..message import Segment
from .appointments import add_resource, fill_appointment, finish_appointment
from .bundle import Entry, TransactionBuilder, Withdrawal
from .categories import categorise
from .codes import concept
from .datatypes import ei, quantity_unit
from .documents import NO_DOCUMENT, DocumentContent
from .fields import FieldMapper
from .parents import Parents
from .remarks import Remarks
from .results import (
    code_of,
    complete,
    documents,
    held_by_documents,
    is_line,
    is_same_text,
    is_withdrawn,
    normal_ranges,
    one_by_one,
    quantity,
    text_of,
    time_of,
)
from .specimens import SPECIMEN_FIRST, Sampled
from .times import instant
from .withdrawals import check_found_again, join, number_of, place_without_order, placed, withdrawal

_DOCUMENT_STATUS = {"OB": "superseded", "CA": "entered-in-error"}
_RELATION = {"T05": "appends", "T06": "appends", **dict.fromkeys(("T07", "T08", "T09", "T10"), "replaces")}
_NO_VACCINE = ("http://hl7.org/fhir/sid/cvx", "998")
_NO_ORDER = "9999"  # ORC-3 of whatever was not given: CDC's guide to HL7 2.5.1 for immunizations


class Orders:
    """Makes the resources of the groups that begin with ORC, OBR, RXA, TXA or SCH.

    Args:
        kind: of the message.
        builder: collects the resources.
        fields: maps the fields.

    Attributes:
        withdrawals: orders whose results are withdrawn.
    """

    def __init__(self, kind: str, builder: TransactionBuilder, fields: FieldMapper) -> None:
        self._kind = kind
        self._builder = builder
        self._fields = fields
        self.withdrawals: list[Withdrawal] = []
        self._patient: Entry | None = None
        self._encounter: Entry | None = None
        self._seen: Counter[tuple[str, ...]] = Counter()
        self._parents = Parents()
        self._alike: dict[tuple[str, ...], list[tuple[str, Entry]]] = {}  # results that only their time distinguishes
        self._common_order: Segment | None = None
        self._timings: list[Segment] = []  # between ORC and OBR
        self._number: tuple[str, str] | None = None
        self._placed: list[tuple[Entry, Json]] = []  # orders, with their keys by the placer's number
        self._obr_of_results: Segment | None = None
        self._request: Entry | None = None
        self._report: Entry | None = None
        self._vaccination: Entry | None = None
        self._document: DocumentContent | None = None
        self._appointment: Json | None = None
        self._annotated: Json | None = None
        self._lines: dict[bool, tuple[Segment, list[str]]] = {}  # of the current text, by whether withdrawn
        self._texts: list[tuple[Json, list[str]]] = []
        self._sampled = Sampled(kind)
        self._remarks = Remarks()
        self._specimen: Entry | None = None  # of the orders that follow it
        self.handlers: dict[str, Callable[[Segment], None]] = {
            "ORC": self._orc,
            "OBR": self._obr,
            "TQ1": self._tq1,
            "OBX": self._obx,
            "NTE": self._nte,
            "SPM": self._spm,
            "RXA": self._rxa,
            "RXR": self._rxr,
            "TXA": self._txa,
            "SCH": self._sch,
            **dict.fromkeys(("AIS", "AIG", "AIL", "AIP"), self._resource),
        }

    def begin(self, patient: Entry | None, encounter: Entry | None) -> None:
        """Assigns what follows to this patient and this encounter."""
        self._lines.clear()
        self._timings.clear()
        self._patient, self._encounter = patient, encounter
        self._parents.clear()
        self._common_order = self._obr_of_results = self._request = self._report = None
        self._vaccination = self._annotated = self._specimen = None
        self._sampled.end()
        if self._appointment is not None and patient is not None:
            known = self._appointment["participant"]
            if (taking_part := {"actor": patient.reference, "status": "accepted"}) not in known:
                known.append(taking_part)

    def annotate(self, resource: Json) -> None:
        """Sets the resource that the following NTE are about."""
        self._annotated = resource

    def end(self) -> None:
        """Completes the resources with what is only known at the end of a message."""
        for observation, lines in self._texts:
            if text := "\n".join(lines).strip():
                observation["valueString"] = text
                observation.pop("dataAbsentReason", None)  # from an empty first line
        self._sampled.end()
        join(self._placed)
        for key, results in self._alike.items():
            times = Counter(time for time, _ in results)
            for time, entry in results:
                entry.behind = self._builder.identifier("Observation", *key, str(len(results) + 1))
                if time and times[time] == 1:
                    entry.timed = self._builder.identifier("Observation", *key[1:], "at", time)
                    if len(results) > 1:
                        entry.resource["identifier"].append(entry.timed)
        if self._document:
            self._document.finish()
        if self._appointment is not None:
            finish_appointment(self._appointment, self._kind)

    def _add(self, resource: Json, *key: str, subject: str = "subject", encounter: str = "encounter") -> Entry:
        """Adds a resource of this patient. A second one with the same key in a message is a different resource."""
        if self._patient:
            resource[subject] = self._patient.reference
        if self._encounter and encounter:
            resource[encounter] = self._encounter.reference
        base = (self._patient.filed_under if self._patient else "", *key)
        known = (resource["resourceType"], *base)
        self._seen[known] += 1
        return self._builder.add(resource, key=(*base, str(self._seen[known])))

    def _orc(self, segment: Segment) -> None:
        self._common_order = segment
        self._lines.clear()
        self._timings.clear()
        self._obr_of_results = self._request = self._report = self._vaccination = None
        if taken_back := withdrawal(segment, None, None, self._builder, self._fields.zone):
            self.withdrawals.append(taken_back)

    def _obr(self, segment: Segment) -> None:
        self._number = number_of(segment, self._common_order)
        key = (*(self._number or ("message", self._builder.source)), *code_of(segment.first(4)))
        request: Json = {"resourceType": "ServiceRequest"}
        around = (self._common_order, segment)
        self._fields.fill(request, self._common_order, around=around)
        self._fields.fill(request, segment, around=around)
        for timing in self._timings:
            self._fields.fill(request, timing, around=around)
        self._timings.clear()
        request.setdefault("status", "unknown")
        request.setdefault("intent", "order")
        if request.get("requester", {}).keys() == {"extension"}:
            del request["requester"]
        request.setdefault("subject", {"display": "not named"})
        self._request = self._add(request, *key)
        if by_placer := placed(segment, self._common_order, self._patient, self._builder):
            self._placed.append((self._request, by_placer))
        self._annotated = request
        self._obr_of_results = segment
        self._remarks = Remarks()
        self._report = None
        self._lines.clear()
        taken_back = withdrawal(self._common_order, segment, request.get("code"), self._builder, self._fields.zone)
        if taken_back:  # instead of the whole order that the ORC names
            self.withdrawals = [item for item in self.withdrawals if not taken_back.is_part_of(item)]
            self.withdrawals.append(taken_back)
        if self._specimen is None:
            self._sampled.end()
        if self._kind.startswith(("ORU", "OUL")):
            report: Json = {"resourceType": "DiagnosticReport"}
            self._fields.fill(report, self._common_order, around=around)
            self._fields.fill(report, segment, around=around)
            report.setdefault("status", "unknown")
            if taken_back:
                report["status"] = taken_back.status
                self._fields.mark_mapped(segment, 25)
            report.setdefault("code", {"text": "not named"})
            report["basedOn"] = [self._request.reference]
            self._report = self._add(report, *key)
        if self._specimen:
            self._link_specimen(self._specimen)
        if segment.repetitions(15):
            specimen = self._fields.fill({"resourceType": "Specimen"}, segment)
            self._link_specimen(self._add(specimen, *key, encounter=""))

    def _tq1(self, segment: Segment) -> None:
        if self._request:
            self._fields.fill(self._request.resource, segment, around=(self._obr_of_results,))
        elif self._common_order:
            self._timings.append(segment)
        elif self._appointment is not None:
            for number, name in ((7, "start"), (8, "end")):
                if moment := instant(segment.text(number), self._fields.zone):
                    self._appointment.setdefault(name, moment)
                    self._fields.mark_mapped(segment, number)

    def _obx(self, segment: Segment) -> None:
        if self._document and self._kind.startswith("MDM"):
            self._document.add(segment)
            return
        says = segment.first(3) or segment.repetitions(5)  # otherwise it would be an empty result
        if self._attached(segment) or self._continues_text(segment) or not says:
            return
        observation: Json = {"resourceType": "Observation"}
        text = text_of(segment)
        if parts := one_by_one(segment):
            self._fields.replace(segment, parts)
            segment, *values = parts
            observation["component"] = [self._observed({}, value) for value in values]
        self._observed(observation, segment)
        # Most laboratories give the time only once for all results, and some the status.
        self._fields.fill(observation, self._obr_of_results, around=(segment,))
        complete(observation, self._builder.recorded)
        if self._report and self._obr_of_results:  # what comes with a mere order is not a result
            categorise(observation, segment, self._obr_of_results)
            self._remarks.stand_with(observation, segment)
        parent = self._report or self._vaccination or self._request
        alone = place_without_order(segment, self._kind, self._encounter, self._builder, self._fields.zone)
        place = parent.query if parent else alone
        own = segment.first(21).raw
        key = ("OBX", own) if own else ("OBX", place, *code_of(segment.first(3)), segment.text(4))
        entry = self._add(observation, *key)
        if not own and (self._report or self._request or place.startswith("message|")):
            check_found_again(segment, self._obr_of_results, self._number if parent else None)
        if self._report and not own:
            owned = (self._patient.filed_under if self._patient else "", *key)
            time = time_of(segment, self._obr_of_results, self._fields.zone)
            self._alike.setdefault(owned, []).append((time, entry))
        self._annotated = observation
        self._sampled.results.append((observation, segment))
        if text is not None:
            self._texts.append((observation, [text]))
            if is_line(segment):
                self._lines[is_withdrawn(segment)] = segment, self._texts[-1][1]
        if self._report and (obr := self._obr_of_results):
            self._report.resource.setdefault("result", []).append(entry.reference)
            if self._parents.link(observation, obr):
                self._fields.mark_mapped(obr, 26)
            self._parents.add(entry, segment, obr)
        elif self._vaccination:
            observation["partOf"] = [self._vaccination.reference]
        elif self._request:
            self._request.resource.setdefault("supportingInfo", []).append(entry.reference)

    def _observed(self, observation: Json, segment: Segment) -> Json:
        """Fills an Observation, or a component of one, from an OBX."""
        if number := quantity(segment):
            observation["valueQuantity"] = number
        is_taken_back = segment.first(5).is_null and not segment.repetitions(5)
        if is_taken_back:  # stated, so that the server's value does not stay in a corrected result
            observation["dataAbsentReason"] = concept("unknown@data-absent-reason")
        if number or is_taken_back or text_of(segment):
            self._fields.mark_mapped(segment, 5)
        self._fields.fill(observation, segment, "Observation")
        self._complete_value(observation, segment)
        if ranges := normal_ranges(segment):
            observation["referenceRange"] = ranges
        return observation

    def _continues_text(self, segment: Segment) -> bool:
        """Adds a line to the text before it: alone it would lose its heading, or a "no" at the end of the last line."""
        if not any(is_same_text(first, segment) for first, _ in self._lines.values()):
            self._lines.clear()
            return False
        if not (text_before := self._lines.get(is_withdrawn(segment))):
            return False
        first, lines = text_before
        lines.append(text := text_of(segment) or "")
        same = [number for number in segment.valued() if segment.fields[number] in first.fields[number : number + 1]]
        self._fields.mark_mapped(segment, *same, *([5] if text else []))
        return True

    def _attached(self, segment: Segment) -> bool:
        """Puts a document into the report that it belongs to."""
        if not self._report or segment.text(2) not in ("ED", "RP") or is_withdrawn(segment):
            return False
        found = documents(segment)
        if len(found) < len(segment.repetitions(5)):
            return False
        if found:
            self._report.resource.setdefault("presentedForm", []).extend(found)
            self._fields.mark_mapped(segment, *held_by_documents(segment))
        self._annotated = None
        self._lines.clear()
        return True

    def _complete_value(self, observation: Json, segment: Segment) -> None:
        """Keeps a value that is not of the type in OBX-2 as text, with its unit."""
        if not segment.repetitions(5) or not self._fields.is_unmapped(segment, 5):
            return
        if any(name.startswith("value") for name in observation):
            return
        unit = (quantity_unit(segment.first(6)) or {}).get("unit", "")
        text = " ~ ".join(value.whole for value in segment.repetitions(5) if value.whole)
        if not text:  # only formatting, such as for bold letters
            return
        observation["valueString"] = f"{text} {unit}".strip()
        self._fields.mark_mapped(segment, 5, *([] if segment.text(6, 3) else [6]))

    def _nte(self, segment: Segment) -> None:
        if self._annotated is None or not segment.repetitions(3):
            return
        if self._annotated["resourceType"] == "Appointment":
            text = "\n".join(value.whole for value in segment.repetitions(3))
            self._annotated["comment"] = "\n".join(filter(None, (self._annotated.get("comment"), text)))
            self._fields.mark_mapped(segment, 3)
        else:
            if self._annotated["resourceType"] == "ServiceRequest":
                self._remarks.add(segment)
            self._annotated.setdefault("note", []).append(self._fields.fill({}, segment, "Note"))

    def _spm(self, segment: Segment) -> None:
        if self._kind in SPECIMEN_FIRST:
            self.begin(self._patient, self._encounter)
        specimen = self._fields.fill({"resourceType": "Specimen"}, segment)
        place = self._request.query if self._request else f"message|{self._builder.source}"
        entry = self._add(specimen, "SPM", segment.first(2).raw, segment.text(4), place, encounter="")
        if self._kind in SPECIMEN_FIRST:
            self._specimen = entry
        self._sampled.specimens.append((specimen, segment))
        self._link_specimen(entry)
        self._annotated = specimen

    def _link_specimen(self, specimen: Entry) -> None:
        for entry in (self._report, self._request):
            if entry:
                entry.resource.setdefault("specimen", []).append(specimen.reference)

    def _rxa(self, segment: Segment) -> None:
        vaccination: Json = {"resourceType": "Immunization"}
        around = (self._common_order, segment)
        self._fields.fill(vaccination, segment, around=around)
        self._fields.fill(vaccination, self._common_order, around=around)
        codings = vaccination.get("vaccineCode", {}).get("coding", ())
        is_none = any((coding.get("system"), coding.get("code")) == _NO_VACCINE for coding in codings)
        is_refused = segment.first(18) and not segment.first(20)
        if vaccination.get("status") != "entered-in-error" and (is_none or is_refused):
            vaccination["status"] = "not-done"
        vaccination.setdefault("status", "completed")
        vaccination.setdefault("vaccineCode", {"text": "not named"})
        if "occurrenceDateTime" not in vaccination:
            vaccination["occurrenceString"] = "not named"
        vaccination.setdefault("patient", {"display": "not named"})
        orc = self._common_order
        named = [orc.first(number) for number in (2, 3)] if orc else []
        numbers = tuple(value.raw for value in named if value.text() not in ("", _NO_ORDER)) or (segment.text(3),)
        self._vaccination = self._add(vaccination, *numbers, segment.text(5), segment.text(5, 3), subject="patient")
        self._obr_of_results = self._request = self._report = None
        self._lines.clear()
        self._annotated = vaccination

    def _rxr(self, segment: Segment) -> None:
        if self._vaccination:
            self._fields.fill(self._vaccination.resource, segment)

    def _txa(self, segment: Segment) -> None:
        if self._document:
            self._document.finish()
        document: Json = {"resourceType": "DocumentReference", "content": []}
        self._fields.fill(document, segment)
        cancelled = self._kind == "MDM^T11"
        document["status"] = "entered-in-error" if cancelled else _DOCUMENT_STATUS.get(segment.text(19), "current")
        if segment.text(19) == "AV":
            self._fields.mark_mapped(segment, 19)
        if self._encounter:
            document["context"] = {"encounter": [self._encounter.reference]}
        own = segment.first(12).raw or f"message|{self._builder.source}"
        self._document = DocumentContent(self._add(document, "TXA", own, encounter="").resource, self._fields)
        relation, parent = _RELATION.get(self._kind[4:]), segment.first(13)
        if relation and parent.raw != own and (known := ei(parent)):
            target: Json = {"identifier": known}
            if relation == "replaces":
                old = {"resourceType": "DocumentReference", "status": "superseded", "masterIdentifier": known}
                self._add({**old, "content": [NO_DOCUMENT]}, "TXA", parent.raw, encounter="")
            document["relatesTo"] = [{"code": relation, "target": target}]
            self._fields.mark_mapped(segment, 13)

    def _sch(self, segment: Segment) -> None:
        appointment: Json = {"resourceType": "Appointment", "participant": []}
        fill_appointment(appointment, segment, self._fields)
        numbers = tuple(raw for number in (1, 2) if (raw := segment.first(number).raw))
        self._builder.add(appointment, key=("SCH", *(numbers or ("message", self._builder.source))))
        self._appointment = self._annotated = appointment

    def _resource(self, segment: Segment) -> None:
        if self._appointment is not None:
            add_resource(self._appointment, segment, self._fields)
