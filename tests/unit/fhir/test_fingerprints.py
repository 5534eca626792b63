"""What tells whether a resource has changed since it was read."""

from typing import Any

import pytest
from fhir_fakes import attachment

from adapters.fhir.drafts import fingerprint


def note(text: str, **more: Any) -> dict[str, Any]:
    content = [{"attachment": {**attachment(text), **more}}]
    return {"resourceType": "DocumentReference", "id": "d", "status": "current", "content": content}


def report(text: str) -> dict[str, Any]:
    return {"resourceType": "DiagnosticReport", "id": "d", "status": "final", "presentedForm": [attachment(text)]}


@pytest.mark.parametrize("holder", [note, report])
def test_a_note_that_says_something_else_has_changed_without_a_version_too(holder: Any) -> None:
    assert fingerprint(holder("No seizures.")) != fingerprint(holder("Seizures daily."))
    assert fingerprint(holder("No seizures.")) == fingerprint(holder("No seizures."))


def test_the_address_of_a_note_and_what_the_server_adds_are_no_change() -> None:
    one, other = (note("Fever.", url=f"https://host/fhir/Binary/b?signed={n}") for n in (1, 2))
    assert fingerprint({**one, "meta": {"lastUpdated": "2026-01-01T00:00:00Z"}}) == fingerprint(other)
