"""Visits made by hand: a small record, its findings and a ranking."""

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from adapters.fhir.bundle import PatientRecord
from adapters.fhir.drafts import Clinician
from apps.diagnosis.assessment import Assessment
from apps.diagnosis.decision import wording
from apps.diagnosis.store import Opinion
from apps.diagnosis.visit import Source, Visit
from apps.diagnosis.warning_signs import WarningSign
from knowledge.medical.case import Case, CaseKind, Evidence, Finding, Sex, Status
from knowledge.medical.certificate import Certificate
from knowledge.medical.common import load_common
from knowledge.medical.common.schema import Strength
from knowledge.medical.confidence import Confidence
from knowledge.medical.differential import Basis, Contribution, RankedDisease, Ranking

DR = Clinician("Practitioner/dr", "Dr Ada Byron", "Patient/p")
WORDING = wording("en")
CERTIFICATE = Certificate(CaseKind.STRUCTURED, 0.8, 0.95, 0.87, 40, 30, 0.15, "0" * 64, "2026-03-01", {})
KNOWLEDGE: Any = SimpleNamespace(
    source="HPO",
    version="2025-01-16",
    acknowledgement="Uses the HPO & more",
    fingerprint="f",
    diseases=SimpleNamespace(diseases=(None, None)),
    ontology=SimpleNamespace(version="2025-01-16"),
)
NAME, NUMBER = "Zoë Müller-赵敏", "MRN-4711-X"


def record() -> PatientRecord:
    """A patient with one coded condition and one observation."""
    subject = {"reference": "Patient/p"}
    seizure = {"coding": [{"system": "http://purl.obolibrary.org/obo/hp.owl", "code": "HP:0001250"}]}
    patient = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1990-01-02", "active": True}
    return PatientRecord(
        "https://ehr.example.org/fhir",
        patient,
        (
            {"resourceType": "Condition", "id": "c", "subject": subject, "code": seizure},
            {
                "resourceType": "Observation",
                "id": "o",
                "status": "final",
                "subject": subject,
                "code": {"text": "height"},
            },
        ),
    )


def disease(number: int) -> RankedDisease:
    """``OMIM:1`` and so on, each with a reason for and one against."""
    seizure = Contribution("HP:0001250", "Seizure", Status.PRESENT, 2.0 / number, Basis.EXACT)
    ataxia = Contribution("HP:0001251", "Ataxia", Status.ABSENT, -0.5, Basis.EXCLUDED)
    return RankedDisease(f"OMIM:{number}", f"Fit syndrome {number}", 9.0 - number, (seizure,), (ataxia,), ())


def condition(*, raised: bool = False) -> RankedDisease:
    """Epilepsy out of our own file, with a class for it, one against, and a finding that it says nothing about."""
    seizure = Contribution("HP:0001250", "Seizure", Status.PRESENT, 2.08, Basis.EDITORIAL, strength=Strength.STRONG)
    ataxia = Contribution("HP:0001251", "Ataxia", Status.PRESENT, -0.7, Basis.EDITORIAL, strength=Strength.WEAK)
    fever = Contribution("HP:0001945", "Fever", Status.PRESENT, -0.35, Basis.NONE)
    epilepsy = next(known for known in load_common().conditions if known.id == "epilepsy")
    flags = ("Status epilepticus",) if raised else ()
    return RankedDisease(
        "R1:epilepsy",
        epilepsy.name.en,
        9.5,
        (seizure,),
        (ataxia, fever),
        (),
        condition=epilepsy,
        red_flags=flags,
        raised=raised,
    )


def with_condition(seen: Visit, *, raised: bool = False) -> Visit:
    """The same visit with a common condition in the first place, which must not be missed either."""
    assert seen.assessment is not None
    first = condition(raised=raised)
    ranking = seen.assessment.ranking
    joint = replace(ranking, diseases=(first, *ranking.diseases), urgent=(first,))
    signs = {first.id: tuple(WarningSign(label, is_current=True) for label in first.red_flags)}
    return replace(seen, assessment=Assessment(seen.assessment.case, joint, signs=signs))


def case(name: str = NAME) -> Case:
    """Seizures from the condition, and no ataxia, as the clinician says on the page."""
    return Case(
        findings=(
            Finding("HP:0001250", "Seizure", Status.PRESENT, (Evidence("Condition/c", "fits", date(2026, 2, 1)),)),
            Finding("HP:0001251", "Ataxia", Status.ABSENT, (Evidence("clinician", "Ataxia"),)),
        ),
        sex=Sex.FEMALE,
        birth_date=date(1990, 1, 2),
        age_years=36.0,
        patient="Patient/p",
        name=name,
        record_number=NUMBER,
    )


def visit(source: Source = "server", *, certified: float | None = None, diseases: int = 7, **changes: Any) -> Visit:
    """A visit with a ranking; ``certified`` is the probability that its first disease is right."""
    read = case()
    ranking = Ranking(tuple(disease(n) for n in range(1, diseases + 1)), "HPO", "2025-01-16", 2)
    assessment = Assessment(read, ranking)
    if certified is not None:
        rest = (1 - certified) / 2
        assessment = Assessment(read, ranking, certificate=CERTIFICATE, confidence=Confidence(certified, rest, rest))
    own = record() if source == "server" else None
    origin = own.origin if own else ""
    made = Visit(source, origin, datetime(2026, 3, 1, 9, 5, tzinfo=UTC), own, "", read, assessment=assessment, id="v1")
    return made if not changes else type(made)(**{**{n: getattr(made, n) for n in made.__slots__}, **changes})


def opinion(number: int, **changes: Any) -> Opinion:
    made = Opinion(
        visit=f"v{number}",
        decided_at=datetime(2026, 3, 4, 9, tzinfo=UTC),
        source="server",
        patient=f"{number:032x}",
        clinician="b" * 32,
        chosen="OMIM:1",
        place=1,
        reason="",
        codes=("OMIM:1", "OMIM:2"),
        kind="structured",
        probability=0.9,
        suggested=True,
        certificate=CERTIFICATE.id,
        versions={},
    )
    return replace(made, **changes)
