"""An assessment as a FHIR document: https://hl7.org/fhir/R4/documents.html."""

import uuid
from datetime import UTC, datetime
from typing import Any

from adapters.fhir.elements import Json, narrative, source_of
from apps.ui.language import language_tag
from apps.ui.texts import t
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.retrieval.language import Language

from .decision import Decided, entries
from .summary import Section, sections
from .visit import Visit

_TYPE = {"coding": [{"system": "http://loinc.org", "code": "51848-0", "display": "Evaluation note"}]}


def document(visit: Visit, decided: Decided | None, knowledge: MedicalKnowledge, language: Language) -> Json:
    """A Bundle of type document: Composition, patient, the suite as author and, if there is a draft, its resources.

    It is ``final`` once a clinician has approved the draft, and ``preliminary`` before.
    """
    now = datetime.now(UTC)
    patient = visit.record.patient if visit.record else _patient(visit)
    composition_url, patient_url, author_url = (f"urn:uuid:{uuid.uuid4()}" for _ in range(3))
    drafted, basis = _drafted(decided), _basis(visit, decided)
    urls = {source_of(patient): patient_url} | {source_of(each): f"urn:uuid:{uuid.uuid4()}" for each in basis}
    approved = decided is not None and decided.stands
    composition: Json = {
        "resourceType": "Composition",
        "language": language_tag(language),
        "status": "final" if approved else "preliminary",
        "type": _TYPE,
        "subject": {"reference": patient_url},
        "date": now.isoformat(timespec="seconds"),
        "author": [{"reference": author_url}],
        "title": t("export.title", language),
        "section": [
            _section(part, drafted if part.part == "decision" else [])
            for part in sections(visit, decided, knowledge, language)
        ],
    }
    if approved and decided is not None and decided.clinician is not None:
        party = {"display": decided.clinician.name}
        attested = {"mode": "professional", "time": composition["date"], "party": party}
        composition["attester"] = [attested]
    author = {
        "resourceType": "Device",
        "deviceName": [{"name": "R1 Suite", "type": "manufacturer-name"}],
        "version": [{"value": f"{knowledge.source} {knowledge.version}"}],
    }
    held = [(composition_url, composition), (patient_url, patient), (author_url, author)]
    held += [(entry["fullUrl"], _pointing(entry["resource"], urls)) for entry in drafted]
    held += [(urls[source_of(resource)], _pointing(resource, urls)) for resource in basis]
    return {
        "resourceType": "Bundle",
        "type": "document",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{uuid.uuid4()}"},
        "timestamp": now.isoformat(timespec="milliseconds"),
        "entry": [{"fullUrl": url, "resource": resource} for url, resource in held],
    }


def _drafted(decided: Decided | None) -> list[Json]:
    """The draft's entries that say what the clinician considers."""
    if decided is None or decided.draft is None or decided.clinician is None:
        return []
    written = entries(decided.draft, decided.clinician)
    return [entry for entry in written if entry["resource"]["resourceType"] in ("ClinicalImpression", "Condition")]


def _basis(visit: Visit, decided: Decided | None) -> list[Json]:
    """The resources of the record on which the draft rests."""
    named = {basis.reference for basis in decided.draft.basis} if decided is not None and decided.draft else set()
    return [r for r in (visit.record.resources if visit.record else ()) if source_of(r) in named]


def _patient(visit: Visit) -> Json:
    """For a typed case: what the note says about the person, as reviewed."""
    patient: Json = {"resourceType": "Patient", "id": "typed", "gender": visit.reviewed.sex.value}
    if visit.case.birth_date:
        patient["birthDate"] = visit.case.birth_date.isoformat()
    return patient


def _section(part: Section, drafted: list[Json]) -> Json:
    section: Json = {"title": part.heading, "text": narrative("generated", part.lines)}
    if drafted:
        section["entry"] = [{"reference": entry["fullUrl"]} for entry in drafted]
    return section


def _pointing(value: Any, urls: dict[str, str]) -> Any:
    """A copy whose references point to the document's own resources where it contains them."""
    if isinstance(value, dict):
        return {
            key: urls.get(inner, inner) if key == "reference" and isinstance(inner, str) else _pointing(inner, urls)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_pointing(inner, urls) for inner in value]
    return value
