"""A record with notes and coded conditions."""

import base64

from adapters.fhir.attachments import note_text
from adapters.fhir.bundle import PatientRecord

PATIENT = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "2000-01-01"}


def record(*texts: str, patient: str = "p") -> PatientRecord:
    """A record with notes; a text that begins with HP: is a coded condition."""
    resources = []
    for number, text in enumerate(texts):
        subject = {"reference": f"Patient/{patient}"}
        if text.startswith("HP:"):
            code = {"coding": [{"system": "http://human-phenotype-ontology.org", "code": text}]}
            resources.append({"resourceType": "Condition", "id": f"c{number}", "subject": subject, "code": code})
            continue
        data = {"contentType": "text/plain", "data": _base64(text)}
        assert note_text(data) == (text, None)
        resources.append(
            {"resourceType": "DocumentReference", "id": f"d{number}", "status": "current", "subject": subject,
             "content": [{"attachment": data}]}
        )  # fmt: skip
    return PatientRecord("https://host/fhir", {**PATIENT, "id": patient}, tuple(resources))


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
