"""What goes to another system is shown first, to the byte, and what became of it is told, in both languages."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from adapters.fhir.drafts import Clinician, Considered, make_draft
from adapters.fhir.writeback import Written
from adapters.hl7v2.message import parse
from adapters.hl7v2.outgoing import ResultReceiver, oru
from adapters.hl7v2.to_fhir.datatypes import authority
from apps.diagnosis.decision import Decided, Decision, Sending, offer
from apps.diagnosis.html.decision import decision_html, outcome_html
from apps.diagnosis.html.errors import error_html
from apps.hospital import open_result_receiver
from apps.ui.texts import t
from core.errors import Hl7Error, SettingsError
from core.settings import Settings
from knowledge.retrieval.language import Language
from tests.diagnosis_visits import DR, WORDING, record, visit

each_language = pytest.mark.parametrize("language", get_args(Language))
RECEIVER = ResultReceiver("ehr.example.org", 2575, ("R1", ""), ("EHR", "WEST"))
MR = {"type": {"coding": [{"code": "MR"}]}, "value": "77", "assigner": {"display": "WEST"}}
HOSTILE = "<img src=x onerror=alert(1)>\"'&|^~\\"


def written(clinician: Clinician = DR, name: str = "Okafor", receiver: ResultReceiver | None = RECEIVER) -> Decided:
    """A decision that is in the record, with what could be sent of it."""
    patient = {**record().patient, "identifier": [MR], "name": [{"family": name, "given": ["Amara"]}]}
    read = replace(record(), patient=patient)
    draft = make_draft(
        read, [], summary=f"Fits\n{name}", considered=[Considered("Epilepsy")], knowledge="HPO", wording=WORDING
    )
    draft = replace(draft, made_at=datetime(2026, 3, 1, 9, 5, tzinfo=UTC))
    in_record = Written(("ClinicalImpression/7",), True)
    return offer(Decided("v1", Decision("OMIM:1"), draft, clinician, "", in_record), read, receiver)


def html_of(decided: Decided, language: Language) -> str:
    return decision_html(visit(decided=decided), language)


@each_language
def test_the_message_is_shown_whole_with_the_name_of_who_approves(language: Language) -> None:
    decided = written()
    html = html_of(decided, language)
    assert decided.sending is not None
    assert decided.draft is not None
    shown = re.search(r"<pre[^>]*>(.*?)</pre>", html, re.DOTALL)
    assert shown
    assert unescape(shown[1]).replace("\n", "\r").encode() == decided.sending.message
    assert decided.sending.message.startswith(b"MSH|^~\\&|R1||EHR|WEST|20260301090500+0000||ORU^R01^ORU_R01|")
    assert f'data-do="send" data-code="{decided.draft.digest}"' in html
    assert t("decision.send", language, name="Dr Ada Byron") in html
    assert t("decision.send_heading", language, receiver="EHR WEST (ehr.example.org:2575)") in html
    for words in ("Fits", "To consider: Epilepsy", "Amara Okafor", "77 · WEST", DR.name):
        assert words in html.partition('<details data-key="message"')[0]


@each_language
def test_what_became_of_it_is_told(language: Language) -> None:
    waiting = written()
    assert waiting.sending is not None
    to = waiting.sending.to
    sent = replace(waiting, sending=replace(waiting.sending, done=True))
    html = html_of(sent, language)
    assert t("decision.sent", language, receiver=to) in html
    assert 'data-do="send"' not in html
    assert 'data-do="withdraw"' in html
    for withdrawn, told in ((replace(sent, withdrawn=True), True), (replace(waiting, withdrawn=True), False)):
        html = html_of(withdrawn, language)
        assert t("decision.withdrawn", language) in html
        assert (t("decision.sent_withdrawn", language, receiver=to) in html) is told
        assert 'data-do="send"' not in html
        assert outcome_html(withdrawn, language) in html


@each_language
def test_a_failed_sending_is_told_in_the_language(language: Language) -> None:
    html = error_html(Hl7Error("It failed", hint="Send it again"), language)
    assert "It failed. " in html
    assert "Send it again." in html
    assert (t("decision.not_sent", language) in html) is (language == "zh")


@each_language
def test_without_such_a_system_nothing_is_said_of_it(language: Language) -> None:
    decided = written(receiver=None)
    assert decided.sending is None
    assert 'data-do="send"' not in html_of(decided, language)


@each_language
def test_why_nothing_can_be_sent_is_told(language: Language) -> None:
    decided = replace(written(), sending=Sending("EHR", why_not="The patient has no record number"))
    html = html_of(decided, language)
    assert t("decision.cannot_send", language, receiver="EHR") in html
    assert "The patient has no record number." in html
    assert 'data-do="send"' not in html


@each_language
def test_names_from_outside_are_escaped_in_page_and_message(language: Language) -> None:
    decided = written(replace(DR, name=HOSTILE), HOSTILE)
    assert decided.sending is not None
    assert "<img" not in html_of(decided, language)
    assert len(decided.sending.message.split(b"\r")) == len(written().sending.message.split(b"\r"))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "url", ["http://ehr:2575", "mllp://ehr", "mllps://:2575", "mllps://ehr:99999", "mllps://ehr:2575/x", "ehr:2575"]
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValidationError):
        Settings(result_url=url)


def test_results_leave_this_machine_encrypted_or_by_a_closed_network() -> None:
    with pytest.raises(ValidationError, match="R1_MLLP_OPEN"):
        Settings(result_url="mllp://ehr.example.org:2575")
    for settings in (
        Settings(result_url="mllp://127.0.0.1:2575"),
        Settings(result_url="mllp://ehr.example.org:2575", mllp_open=True),
    ):
        plain = open_result_receiver(settings)
        assert plain is not None
        assert plain.tls is None
    secure = open_result_receiver(Settings(result_url="mllps://ehr.example.org:2576", result_receiver="EHR, WEST"))
    assert secure is not None
    assert secure.tls is not None
    assert secure.tls.check_hostname
    assert (secure.host, secure.port) == ("ehr.example.org", 2576)
    assert (secure.sender, secure.receiver) == (("R1", ""), ("EHR", "WEST"))
    assert open_result_receiver(Settings()) is None


def test_authorities_that_cannot_be_read(tmp_path: Path) -> None:
    missing: Any = {"result_url": "mllps://ehr:2576", "result_authorities": tmp_path / "absent"}
    with pytest.raises(SettingsError, match="certificates"):
        open_result_receiver(Settings(**missing))


def test_the_official_name_goes_out() -> None:
    nickname = {"use": "nickname", "given": ["Ama"]}
    assert _named(nickname, {"use": "official", "family": "Okafor", "given": ["Amara"]})[0] == "Okafor^Amara"


def _named(*names: dict[str, Any]) -> tuple[str, str]:
    """PID-5 of the message about a patient with these names, and the name beside it on the page."""
    patient = {**record().patient, "name": list(names), "identifier": [MR]}
    draft = make_draft(
        replace(record(), patient=patient), [], summary="Fits", considered=[], knowledge="HPO", wording=WORDING
    )
    result = RECEIVER.result(patient, draft, DR)
    pid = parse(oru(result)).first("PID")
    assert pid is not None
    return pid.first(5).whole, result.patient


@pytest.mark.parametrize(
    ("name", "sent", "shown"),
    [
        ({"family": "Okafor", "given": ["Amara", "Nkechi"]}, "Okafor^Amara^Nkechi", "Amara Nkechi Okafor"),
        ({"family": "Ek", "given": ["Ida", "Eva", "Maj"]}, "Ek^Ida^Eva Maj", "Ida Eva Maj Ek"),
        ({"family": "Ek", "given": ["Ida"]}, "Ek^Ida", "Ida Ek"),
        ({"family": "Ek", "given": ["", " Ida "]}, "Ek^Ida", "Ida Ek"),
        ({"family": "Ek"}, "Ek", "Ek"),
        ({"given": ["Ida", "Eva"]}, "^Ida^Eva", "Ida Eva"),
        ({"text": "Ida Ek"}, "Ida Ek", "Ida Ek"),
        ({"family": "van der Berg", "given": ["Anna Maria"]}, "van der Berg^Anna Maria", "Anna Maria van der Berg"),
    ],
)
def test_every_given_name_goes_out_and_is_shown(name: dict[str, Any], sent: str, shown: str) -> None:
    assert _named(name) == (sent, shown)


@pytest.mark.parametrize(
    ("identifier", "sent"),
    [
        ({"assigner": {"display": "WEST"}}, "WEST"),
        ({"system": "urn:oid:2.16.840.1.113883.19.5"}, "&2.16.840.1.113883.19.5&ISO"),
        ({"system": "urn:oid:2.16.840.1.113883.19.5", "assigner": {"display": "W"}}, "W&2.16.840.1.113883.19.5&ISO"),
        ({"system": f"urn:uuid:{'0' * 8}-0000-0000-0000-{'0' * 12}"}, f"&{'0' * 8}-0000-0000-0000-{'0' * 12}&UUID"),
        ({"system": "urn:r1:hl7v2:authority:SAINT%20MARY"}, "SAINT MARY"),
        ({"system": "https://hospital.example.org/mrn"}, "&https://hospital.example.org/mrn&URI"),
        ({}, ""),
    ],
)
def test_the_record_number_goes_out_as_its_authority_is_named_in_hl7(identifier: dict[str, Any], sent: str) -> None:
    patient = {**record().patient, "identifier": [{**identifier, "type": MR["type"], "value": "77"}]}
    draft = make_draft(
        replace(record(), patient=patient), [], summary="Fits", considered=[], knowledge="HPO", wording=WORDING
    )
    pid = parse(oru(RECEIVER.result(patient, draft, DR))).first("PID")
    assert pid is not None
    number = pid.first(3)
    assert (number.text(1), number.part(4).raw, number.text(5)) == ("77", sent, "MR")
    if identifier.get("system", "").startswith("urn:"):  # what we would make of it
        assert authority(number.part(4)) == identifier["system"]
