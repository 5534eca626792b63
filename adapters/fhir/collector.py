"""Gathers findings, and what was left out, while the resources of a record are read."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from knowledge.medical.case import Evidence, Finding, Sex, Status, Unread
from knowledge.medical.common import load_common
from knowledge.medical.measurements import Measurement, Quantity
from knowledge.medical.notes.values.fluids import names_fluid
from knowledge.medical.red_flag_evidence import is_history
from knowledge.medical.red_flag_findings import EVENTS, LASTING

from .attachments import read_attachments
from .concept_map import ConceptMap, Unmapped
from .elements import (
    DOUBTFUL,
    Json,
    codes,
    codings,
    day_of,
    inner,
    latest_onset,
    objects,
    site_of,
    source_of,
    string,
    wording,
    wordings,
)
from .local_names import NamedTest, is_of_blood, named_test
from .measurements import QUANTITIES
from .observations import LOINC, ResultRule, result_rules
from .reasons import Reason
from .specimens import sampled

if TYPE_CHECKING:
    from knowledge.medical.findings import FindingRecognizer, Reading
    from knowledge.medical.ontology import Ontology

_HPO_CODE = re.compile(r"HP:\d{7}")  # no other system has such codes; records name HPO in many ways
MAX_TEXT = 1_000_000  # characters of one coded resource's text
_NOT_MEASURED = {"survey", "social-history", "imaging", "procedure", "therapy", "activity"}  # categories
_KNOWN = re.compile(r"\bknown\b", re.IGNORECASE)


class Collector:
    """Takes what the readers in :mod:`adapters.fhir.resources` find.

    Values in a text are judged by the patient's age (years) and sex, ends of problems by the day ``today``.
    ``specimens`` and ``bases`` are the record's, ``groups`` its :func:`~.specimens.groups`.
    """

    def __init__(
        self,
        recognizer: "FindingRecognizer",
        ontology: "Ontology",
        concept_map: ConceptMap,
        *,
        today: date,
        age_years: float | None = None,
        sex: Sex = Sex.UNKNOWN,
        specimens: Mapping[str, Json] | None = None,
        groups: Mapping[str, list[str]] | None = None,
        bases: Collection[str] = (),
    ) -> None:
        self.today = today
        self.specimens, self._groups, self.bases = specimens or {}, groups or {}, bases
        self._recognizer = recognizer
        self._ontology = ontology
        self._concept_map = concept_map
        self._age_years, self._sex = age_years, sex
        self.findings: list[Finding] = []
        self.measurements: list[Measurement] = []
        self._skipped: list[Unread] = []
        self._counted: Counter[tuple[str, Reason]] = Counter()
        self._unmapped: Counter[tuple[str, str]] = Counter()
        self._displays: dict[tuple[str, str], str] = {}

    def skip(self, resource: Json, reason: Reason, phrase: str = "") -> None:
        """Records that a resource, or the part of it in ``phrase``, is not used."""
        self._skipped.append(Unread(source_of(resource), reason, phrase))

    def count_skipped(self, kind: str, reason: Reason) -> None:
        """Records only how many there were: for kinds that a record holds by the hundred."""
        self._counted[kind, reason] += 1

    def unread(self) -> tuple[Unread, ...]:
        """Everything that was skipped."""
        return (*self._skipped, *(Unread(kind, reason, str(n)) for (kind, reason), n in self._counted.items()))

    def unmapped(self) -> tuple[Unmapped, ...]:
        """The codes that yielded no finding and that the site's table does not have."""
        return tuple(Unmapped(*key, self._displays[key], count) for key, count in self._unmapped.items())

    def add(self, resource: Json, code: str, phrase: str, status: Status, when: date | None, cue: str = "") -> None:
        """Adds a finding by its HPO code, if this release of HPO has it."""
        if current := self._ontology.resolve(code):
            name = self._ontology.name(current)
            site, side = site_of(resource, phrase)
            evidence = Evidence(
                source_of(resource), phrase or name, when, cue=cue, began=latest_onset(resource), side=side, site=site
            )
            self.findings.append(Finding(current, name, status, (evidence,)))

    def hpo(self, resource: Json, concept: object) -> tuple[str, str] | None:
        """HPO code and words of a concept, from its own coding or the site's table; None if neither has one."""
        given = [(code, display) for _, code, display in codings(concept) if _HPO_CODE.fullmatch(code)]
        given += [
            (target, display)
            for system, code, display in codings(concept)
            if (target := self._concept_map.target(system, code)) and target.startswith("HP:")
        ]
        for code, display in given:
            if current := self._ontology.resolve(code):
                return current, string(inner(concept).get("text")) or display
        if given:
            self.skip(resource, Reason.UNKNOWN_HPO_CODE, given[0][1])
        return None

    def rule(self, observation: Json, part: Json) -> ResultRule | None:
        """The rule for a result, of the observation itself or of a component; None if the quantity is unknown."""
        coded = (rules[code] for code in self.loinc(part.get("code")) if code in (rules := result_rules()))
        named = self._named(observation, part)
        return next(coded, named.rule if named else None)

    def quantity(self, observation: Json, part: Json) -> Quantity | None:
        """The quantity of the red flags that a result is of, if any."""
        coded = (QUANTITIES[code] for code in self.loinc(part.get("code")) if code in QUANTITIES)
        named = self._named(observation, part)
        return next(coded, named.quantity if named and named.quantity in QUANTITIES.values() else None)

    def _named(self, observation: Json, part: Json) -> NamedTest | None:
        """What a result is of by its name, where it has neither a LOINC code nor one of the site's table."""
        concept = part.get("code")
        given = codings(concept)
        if any(system == LOINC or self._concept_map.target(system, code) is not None for system, code, _ in given):
            return None
        categories = {code for kind in objects(observation.get("category")) for code in codes(kind)}
        known = (source_of(observation), f"urn:uuid:{observation['id']}")
        around = [word for name in known for word in self._groups.get(name, ())]
        around += [*wordings(observation.get("code")), *sampled(observation, self.specimens, self.bases)]
        if categories & _NOT_MEASURED or any(map(names_fluid, around)):
            return None
        named = next(filter(None, map(named_test, wordings(concept) or sorted(codes(concept)))), None)
        return named if named and (named.quantity is None or is_of_blood(part, named.quantity)) else None

    def loinc(self, concept: object) -> Iterator[str]:
        """The LOINC codes of a concept, its own and those of the site's table."""
        for system, code, _ in codings(concept):
            if loinc := code if system == LOINC else self._concept_map.target(system, code):
                yield loinc

    def statement(
        self, resource: Json, concept: object, status: Status, when: date | None, cue: str = "", *, listed: bool = True
    ) -> None:
        """Reads a CodeableConcept as a statement, by its HPO code or else its words.

        Args:
            listed: whether one in which nothing is recognised is listed individually, or only counted with its type.
        """
        if hpo := self.hpo(resource, concept):
            self.add(resource, *hpo, status, when, cue)
        elif not self.worded(resource, wordings(concept), status, when, cue):
            self.note_unmapped(concept)
            if listed:
                self.skip(resource, Reason.NOTHING_RECOGNISED, wording(concept))
            else:
                self.count_skipped(resource["resourceType"], Reason.NO_FINDING_FOR_CODE)

    def worded(
        self,
        resource: Json,
        texts: list[str],
        status: Status,
        when: date | None,
        cue: str = "",
        *,
        heading: str = "",
    ) -> bool:
        """Reads the first of ``texts`` in which something is recognised, as a statement on its own.

        Args:
            heading: the heading under which a note would have the words.

        Returns:
            Whether something was recognised, or was skipped for a recorded reason.
        """
        site, side = site_of(resource)
        doubted = cue in DOUBTFUL
        for text in texts:
            if len(text) > MAX_TEXT:
                self.skip(resource, Reason.TOO_LARGE)
                return True
            reading = self._read(resource, heading + text, when)
            self._skipped.extend(reading.unread)
            found = bool(reading.unread)
            for finding in reading.findings:
                evidence = tuple(
                    replace(
                        e,
                        start=None,
                        end=None,
                        # A doubt about the whole gives way to what the words say: "no stroke", "suspected stroke".
                        cue=(e.cue or cue) if doubted else (cue or e.cue),
                        began=latest_onset(resource),
                        side=side or e.side,
                        site=site or e.site,
                    )
                    for e in finding.evidence
                    if e.start is None or e.start >= len(heading)
                )
                if not evidence:  # of the heading alone, such as "Drug allergies"
                    continue
                found = True
                combined = _combine(status, finding.status)
                if combined is Status.PRESENT and self._is_over(finding.code, evidence):
                    combined = Status.UNKNOWN
                    evidence = tuple(replace(e, cue=e.cue or (e.before + e.after).strip(" ,;:()")) for e in evidence)
                self.findings.append(replace(finding, status=combined, evidence=evidence, otherwise=()))
            if found:
                return True
        return False

    def _is_over(self, code: str, evidence: tuple[Evidence, ...]) -> bool:
        """Whether the words make it a past event, as for red flags: "Personal history of stroke".

        Not if they call it known, nor if the event implies a lasting illness: diabetic ketoacidosis.
        """
        if not all(is_history(e) and not _KNOWN.search(e.before) for e in evidence):
            return False
        implied = load_common().lineage(code, self._ontology)
        return LASTING.isdisjoint(implied) and not EVENTS.isdisjoint(implied)

    def note(self, resource: Json, attachments: list[Json], time: date | None) -> bool:
        """Reads the attachments that :func:`~.attachments.read_attachments` chooses; returns whether there was one."""
        found = False
        for kind, text, reason in read_attachments(attachments):
            if reason:
                self.skip(resource, reason, kind)
            else:
                found = True
                self.text(resource, text, time)
        return found

    def text(self, resource: Json, text: str, time: date | None) -> None:
        """Reads free text. Its findings get its day; its values get its exact time, if known."""
        if len(text) > MAX_TEXT:
            return self.skip(resource, Reason.TOO_LARGE)
        reading = self._read(resource, text, day_of(time))
        self.findings.extend(reading.findings)
        self.measurements.extend(replace(measurement, time=time) for measurement in reading.measurements)
        self._skipped.extend(reading.unread)
        return None

    def _read(self, resource: Json, text: str, when: date | None) -> "Reading":
        source = source_of(resource)
        return self._recognizer.read(text, source=source, date=when, age_years=self._age_years, sex=self._sex)

    def note_unmapped(self, concept: object) -> None:
        """Records the codes of a concept that yielded no finding, for the site's table."""
        for system, code, display in codings(concept):
            is_known = _HPO_CODE.fullmatch(code) or self._concept_map.target(system, code) is not None
            if code and not is_known:
                self._unmapped[system, code] += 1
                self._displays.setdefault((system, code), display or string(inner(concept).get("text")))


def _combine(stated: Status, read: Status) -> Status:
    """Status of a finding read as ``read`` in a statement that is itself ``stated``: a denied negation is unknown."""
    if stated is Status.PRESENT:
        return read
    return Status.ABSENT if stated is Status.ABSENT and read is Status.PRESENT else Status.UNKNOWN
