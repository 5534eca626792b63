"""Messages to transactions: identities, what is kept, and what is valid."""

import json
import random
import re
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from adapters.fhir.elements import Json
from adapters.hl7v2.message import parse
from adapters.hl7v2.to_fhir import Entry, convert
from adapters.hl7v2.to_fhir.convert import KNOWN
from core.errors import Hl7Error, InputError
from tests.conftest import public_data
from tests.unit.hl7v2.hl7_conversion import SOURCE, adt, converted, kept, kept_in, obx, one, oru, resources
from tests.unit.hl7v2.hl7_data import ADMIT, message, mutated

VISIT = f"PV1|1|I{'|' * 17}V1"


def test_an_admission() -> None:
    conversion = converted(ADMIT)
    patient, encounter = one(conversion, "Patient"), one(conversion, "Encounter")
    assert patient["identifier"][0]["value"] == "77"
    assert patient["name"] == [{"family": "Okafor", "given": ["Amara", "Nkechi"]}]
    assert (patient["gender"], patient["birthDate"]) == ("female", "1984-03-21")
    assert patient["address"][0]["line"] == ["1 Mill Lane"]
    assert patient["telecom"] == [{"system": "phone", "value": "+44 113 5550100", "use": "home"}]
    assert (encounter["status"], encounter["class"]["code"]) == ("in-progress", "IMP")
    assert encounter["period"] == {"start": "2026-01-02T03:00:00+00:00"}
    assert encounter["participant"][0]["type"][0]["coding"][0]["code"] == "ATND"
    allergy = one(conversion, "AllergyIntolerance")
    assert (allergy["criticality"], allergy["category"]) == ("high", ["medication"])
    assert allergy["reaction"] == [{"severity": "severe", "manifestation": [{"text": "Hives"}]}]
    places = [place["name"] for place in resources(conversion, "Location")]
    assert places == ["WEST", "W4", "12", "3"]
    assert conversion.known
    assert conversion.unmapped == ()


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("A01", "in-progress"),
        ("A02", "in-progress"),
        ("A03", "finished"),
        ("A04", "in-progress"),
        ("A05", "planned"),
        ("A06", "in-progress"),
        ("A07", "in-progress"),
        ("A08", "in-progress"),
        ("A11", "cancelled"),
        ("A12", "in-progress"),
        ("A13", "in-progress"),
        ("A28", "in-progress"),
        ("A31", "in-progress"),
        ("A14", "planned"),
        ("A27", "cancelled"),
        ("A38", "cancelled"),
    ],
)
def test_each_event_is_mapped_in_full_and_says_how_the_visit_stands(event: str, status: str) -> None:
    conversion = converted(adt("PID|1||77^^^WEST||Okafor", VISIT, "NK1|1|Okafor^Ben", event=event))
    assert (conversion.known, conversion.unmapped) == (True, ())
    assert one(conversion, "Encounter")["status"] == status
    assert one(conversion, "RelatedPerson")["name"] == [{"family": "Okafor", "given": ["Ben"]}]


def test_the_kinds_that_are_mapped_in_full() -> None:
    events = {*(f"A{number:02}" for number in range(1, 9)), "A11", "A12", "A13", "A14", "A27", "A28", "A31", "A38"}
    merges = {"A18", "A30", "A34", "A36", "A40"}
    documents = {f"MDM^T{number:02}" for number in range(2, 12)}
    appointments = {f"SIU^S{number}" for number in (12, 13, 14, 15, 17, 26)}
    results = {*(f"ORU^R{number:02}" for number in (1, 30, 31, 32)), *(f"OUL^R{number}" for number in range(21, 25))}
    others = {"ADT^A60", "ORM^O01", "OMG^O19", "OML^O21", "VXU^V04"}
    assert {f"ADT^{event}" for event in events | merges} | documents | appointments | results | others == KNOWN


def public() -> list[tuple[str, Json]]:
    """The names and transactions of the public messages, but for those that are quarantined."""
    paths = sorted(public_data("ehr", "hl7v2").glob("*.hl7"))
    mapped = [path for path in paths if not re.search(r"A29|A41|A45|A47|S16", path.name)]
    return [(path.name, json.loads(json.dumps(converted(path.read_bytes()).bundle, default=float))) for path in mapped]


def test_references_lead_to_entries() -> None:
    for path, bundle in public():
        urls = [entry["fullUrl"] for entry in bundle["entry"]]
        assert len(urls) == len(set(urls))
        used = set(_references(bundle))
        assert used <= set(urls), path


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for item in value for found in _references(item)]
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [found for item in value.values() for found in _references(item)]
    return []


def test_every_public_message_becomes_valid_resources() -> None:
    total, wrong = 0, []
    for path, bundle in public():
        for entry in bundle["entry"]:
            total += 1
            try:
                get_fhir_model_class(entry["resource"]["resourceType"]).model_validate(entry["resource"])
            except ValueError as error:
                wrong.append(f"{path}: {error}")
    assert wrong == []
    assert total > 74


def test_the_same_message_gives_the_same_transaction() -> None:
    assert converted(ADMIT).bundle == converted(ADMIT).bundle
    again = converted(ADMIT.replace(b"|C1|", b"|C2|"), "cd" * 32)
    first = [entry["request"] for entry in converted(ADMIT).bundle["entry"]]
    assert first == [entry["request"] for entry in again.bundle["entry"]]


def test_requests_are_conditional() -> None:
    for entry in converted(ADMIT).bundle["entry"]:
        request, kind = entry["request"], entry["resource"]["resourceType"]
        if kind in ("Practitioner", "Location"):
            assert (request["method"], request["url"]) == ("POST", kind)
            assert request["ifNoneExist"].startswith("identifier=")
        else:
            assert request["method"] == "PUT"
            assert request["url"].startswith(f"{kind}?identifier=")
    result = converted(oru())
    assert [entry["request"]["method"] for entry in result.bundle["entry"]] == ["POST", "PUT", "PUT"]


def test_special_characters_in_identifiers_stay_in_their_search() -> None:
    url = converted(adt("PID|1||7\\T\\8,\\F\\$ 9^^^WEST")).bundle["entry"][0]["request"]["url"]
    assert url.endswith("%7C7%268%5C%2C%5C%7C%5C%24%209")


def test_what_has_no_place_is_kept() -> None:
    conversion = converted(adt("PID|1||77^^^WEST|||||F||2106-3^White", "ZPD|1|own^<content>"))
    assert conversion.unmapped == ("PID-10", "ZPD-1", "ZPD-2")
    assert kept(conversion) == ["PID-10 2106-3^White", "ZPD-1 1", "ZPD-2 own^<content>"]


def test_what_has_no_place_is_kept_with_its_own_patient() -> None:
    conversion = converted(message("ZHD|1", "PID|1||77^^^WEST", "ZHV|1|HIV", "PID|2||88^^^WEST|||||||Q", "ZHV|2|none"))
    told = [(rest.get("subject"), kept_in(rest)) for rest in resources(conversion, "Basic")]
    first, last = (entry.reference for entry in conversion.entries if entry.resource["resourceType"] == "Patient")
    assert told == [
        (None, ["ZHD-1 1"]),
        (first, ["ZHV-1 1", "ZHV-2 HIV"]),
        (last, ["PID-10 Q", "ZHV-1 2", "ZHV-2 none"]),
    ]
    assert conversion.unmapped == ("ZHD-1", "ZHV-1", "ZHV-2", "PID-10")
    assert len({entry.query for entry in conversion.entries}) == len(conversion.entries)


@pytest.mark.parametrize("before", ["ZHD|1", f"SCH|1{'|' * 23}9"])
def test_of_a_message_about_one_patient_all_is_kept_with_that_one(before: str) -> None:
    header = "MSH|^~\\&|ADT|WEST|R1|R1|20260102||SIU^S12|C1|P|2.5"
    rest = one(converted(message(before, "PID|1||77^^^WEST", header=header)), "Basic")
    assert rest["subject"]["reference"].startswith("urn:uuid:")


def test_a_patient_is_not_merged_into_itself() -> None:
    with pytest.raises(Hl7Error, match="into itself"):
        converted(adt("PID|1||7^^^W", "MRG|7^^^W", event="A40"))


def test_a_patient_without_a_number_is_none() -> None:
    for pid in ("PID|1|||||19700101", "PID|1|||||||||||||||||ACC9", "PID|1||^^^WEST"):
        with pytest.raises(Hl7Error, match="has no number"):
            converted(adt(pid))


@pytest.mark.parametrize("kind", ["ORU^R01", "ORM^O01", "ADT^A08", "VXU^V04", "MDM^T02"])
def test_what_names_no_patient_is_not_converted(kind: str) -> None:
    """It would be nobody's on the server, and another such message would replace it."""
    header = f"MSH|^~\\&|LAB|WEST|R1|R1|20260102||{kind}|C1|P|2.5"
    segments = ["OBR|1||F9|718-7^Hb^LN", "OBX|1|NM|718-7^Hb^LN||9|g/dL|||||F"]
    with pytest.raises(Hl7Error, match="does not say whose it is"):
        converted(message(*segments, header=header))
    with pytest.raises(Hl7Error, match="has no number"):
        converted(message("PID|1||77^^^WEST", *segments, "PID|2", *segments, header=header))


def merged_away(numbers: str) -> Entry:
    return converted(adt("PID|1||8^^^WEST^MR", f"MRG|{numbers}", event="A40")).entries[1]


def test_a_number_that_several_people_may_share_tells_nobody_apart() -> None:
    entry = converted(adt("PID|1||I9^^^INS^MB~4^^^WEST^MR~E4^^^EPI^PI")).entries[0]
    assert entry.query == "identifier=urn%3Ar1%3Ahl7v2%3Aauthority%3AWEST%7C4"
    assert entry.tokens == "urn:r1:hl7v2:authority:WEST|4,urn:r1:hl7v2:authority:EPI|E4"
    assert [item["value"] for item in entry.resource["identifier"]] == ["4", "E4", "I9"]
    twice = "77^^^WEST^MR^F1~77^^^WEST^MR^F2~I9^^^INS^MB"  # of two facilities, which is not mapped
    for entry in (converted(adt(f"PID|1||{twice}")).entries[0], merged_away(twice)):
        assert entry.tokens == "urn:r1:hl7v2:authority:WEST|77"
    assert converted(adt("PID|1||I9^^^INS^MB")).entries[0].tokens == "urn:r1:hl7v2:authority:INS|I9"


@pytest.mark.parametrize(("pid_18", "pv1_44"), [("ACC9", ""), ("", "20260102")])
def test_messages_of_a_visit_without_a_number_are_about_one_visit(pid_18: str, pv1_44: str) -> None:
    pid, pv1 = f"PID|1||77^^^WEST{'|' * 15}{pid_18}", f"PV1|1|I{'|' * 42}{pv1_44}"
    visits = {
        entry.query
        for number, event in enumerate(("A01", "A08", "A03"))
        for entry in converted(adt(pid, pv1, event=event), f"{number}" * 64).entries
        if entry.resource["resourceType"] == "Encounter"
    }
    assert len(visits) == 1
    assert resources(converted(message(pid, pv1)), "Encounter") == []


def test_a_visit_that_nothing_tells_apart_is_kept_as_it_is() -> None:
    conversion = converted(adt("PID|1||77^^^WEST", "PV1|1|I", "DG1|1||I10|||A", event="A01"))
    assert (conversion.unmapped, conversion.without_visit) == (("PV1-2", "DG1-6"), True)
    assert resources(conversion, "Encounter") == []


@pytest.mark.parametrize(
    ("written", "gender"),
    [("M", "male"), ("f", "female"), ("m", "male"), ("Female", "female"), ("女", "female"), ("1", "male"), ("q", None)],
)
def test_a_sex_in_small_letters_in_words_or_in_numbers_is_one(written: str, gender: str | None) -> None:
    conversion = converted(adt(f"PID|1||77^^^WEST||Okafor^Amara||19800101|{written}"))
    assert one(conversion, "Patient").get("gender") == gender
    assert ("PID-8" in conversion.unmapped) is (gender is None)


def test_every_field_is_mapped_or_kept() -> None:
    """Whatever is in a segment that we map shows in the transaction."""
    for name in ("PID", "PV1", "AL1", "IAM", "DG1", "NK1", "IN1"):
        fields = [f"word{number}" for number in range(2, 50)]
        before = {"PID": [], "PV1": ["PID|1||77^^^WEST"]}.get(name, ["PID|1||77^^^WEST", VISIT])
        raw = adt(*before, "|".join([name, "1", *fields]))
        said = json.dumps(converted(raw).bundle, default=float)
        assert [word for word in fields if word not in said] == [], name


def test_a_part_without_a_place_is_kept_too() -> None:
    conversion = converted(adt("PID|1||77^^^WEST^MR^HOME~78^^^WEST^MR^HOUSE||Okafor^Amara^^^^^L^A"))
    assert conversion.unmapped == ("PID-3.6", "PID-5.8")
    assert kept(conversion) == ["PID-3.6 HOME~HOUSE", "PID-5.8 A"]


def test_a_part_of_a_component_without_a_place_is_kept_too() -> None:
    conversion = converted(oru("OBX|1|TX|71020&IMP^Chest^C4||clear||||||F"))
    assert kept(conversion) == ["OBX-3.1 71020&IMP"]
    named = "PID|1||77^^^WEST&1.2.3&ISO^MR||Berg&van&Berg^Eva||1970|F|||Lane 1&Lane&1^^Leeds"
    assert converted(adt(named)).unmapped == ()


def test_in_a_text_a_stray_delimiter_is_only_a_character() -> None:
    """``Salmonella & Shigella`` is no ``Salmonella``."""
    found = obx("CWE", "^No Salmonella & Shigella")
    assert found["valueCodeableConcept"]["text"] == "No Salmonella & Shigella"
    assert obx("CE", "1^A & B^L")["valueCodeableConcept"]["coding"][0]["display"] == "A & B"
    insured = converted(adt("PID|1||77^^^WEST", "IN1|1|P1|I1|Smith & Sons"))
    assert one(insured, "Coverage")["payor"] == [{"display": "Smith & Sons"}]


def test_places_without_a_name() -> None:
    pid = "PID|1||77^^^WEST"
    conversion = converted(adt(pid, f"PV1|1|I|W4^^^&&ISO{'|' * 16}V1"))
    assert one(conversion, "Location")["name"] == "W4"
    (stay,) = one(converted(adt(pid, f"PV1|1|I|^^^&1.2.3&ISO{'|' * 16}V1")), "Encounter")["location"]
    assert stay["location"].keys() == {"reference"}
    conversion = converted(adt(pid, f"PV1|1|I|^^^&&ISO{'|' * 16}V1"))
    assert resources(conversion, "Location") == []
    assert kept(conversion) == ["PV1-3 ^^^&&ISO"]
    left_for = {
        number: one(converted(adt(pid, f"PV1|1{'|' * 18}V1{'|' * 18}{number}")), "Location")
        for number in ("&Home", "&&&9")
    }
    assert left_for["&Home"]["name"] == "Home"
    assert "name" not in left_for["&&&9"]


def test_other_kinds_yield_patient_and_encounter_and_a_report() -> None:
    conversion = converted(adt("PID|1||77^^^WEST", VISIT, "AL1|1|DA|7980", event="A21"))
    assert not conversion.known
    assert conversion.unmapped == ("AL1-2", "AL1-3")
    kinds = [entry["resource"]["resourceType"] for entry in conversion.bundle["entry"]]
    assert kinds == ["Patient", "Encounter", "Basic"]


def test_mutated_messages_are_converted_or_refused() -> None:
    chance = random.Random(5)
    raws = [ADMIT, oru("OBX|1|SN|1||<^5|||||||F", "NTE|1||x", "SPM|1|a^b||BLD"), adt("PID|1||7", "MRG|8", event="A40")]
    done = 0
    for _ in range(1000):
        raw = bytearray(chance.choice(raws)) if chance.random() < 0.5 else bytearray(mutated(chance))
        for _ in range(chance.randint(0, 4)):
            raw[chance.randrange(60, len(raw))] = chance.choice(b"|^~\\&\rA19")
        try:
            bundle = convert(parse(bytes(raw)), source=SOURCE).bundle
        except InputError:
            continue
        json.dumps(bundle, default=float)
        done += 1
    assert done > 300


def test_a_deleted_allergy_or_diagnosis_is_none() -> None:
    conversion = converted(adt("PID|1||77^^^WEST", 'AL1|1|DA|""|SV', 'DG1|1||""|""|20260101'))

    assert dict(conversion.counts) == {"Patient": 1, "Basic": 1}
    assert kept(conversion) == ["AL1-2 DA", 'AL1-3 ""', "AL1-4 SV", 'DG1-3 ""', 'DG1-4 ""', "DG1-5 20260101"]


@pytest.mark.parametrize(
    ("date", "said", "death"),
    [
        ("20260101", "Y", {"deceasedDateTime": "2026-01-01"}),
        ("unknown", "Y", {"deceasedBoolean": True}),
        ("", "Y", {"deceasedBoolean": True}),
        ("", "N", {"deceasedBoolean": False}),
    ],
)
def test_a_death_without_a_date_is_one(date: str, said: str, death: Json) -> None:
    conversion = converted(adt(f"PID|1||77^^^WEST{'|' * 26}{date}|{said}"))

    patient = one(conversion, "Patient")
    assert {name: patient[name] for name in patient if name.startswith("deceased")} == death
    assert conversion.unmapped == (("PID-29",) if date == "unknown" else ())


@pytest.mark.parametrize("place", [0, 1, 2, 4])
def test_segments_before_the_only_patient_are_of_that_patient(place: int) -> None:
    """Results without a patient would be delivered, and seen by nobody."""
    segments = [
        "PV1|1|I|||||||||||||||||V1",
        "OBR|1||F9|718-7^Hb^LN",
        "OBX|1|NM|718-7^Hb^LN||9|g/dL|||||F",
        "NTE|1||Low",
    ]
    segments[place:place] = ["PID|1||77^^^WEST", "NTE|1||Of the patient"]
    conversion = converted(message(*segments))
    patient = next(e["fullUrl"] for e in conversion.bundle["entry"] if e["resource"]["resourceType"] == "Patient")
    observation = one(conversion, "Observation")
    assert observation["subject"] == {"reference": patient}
    assert one(conversion, "DiagnosticReport")["subject"] == {"reference": patient}
    assert "encounter" in observation
    assert observation["note"] == [{"text": "Low"}]


def test_two_patients_of_a_message_keep_their_own_results() -> None:
    group = ("PID|1||{0}^^^WEST", "OBR|1||F{0}|718-7^Hb^LN", "OBX|1|NM|718-7^Hb^LN||{0}|g/dL|||||F")
    conversion = converted(message(*(segment.format(patient) for patient in (7, 8) for segment in group)))
    told = [(o["subject"], o["valueQuantity"]["value"]) for o in resources(conversion, "Observation")]
    patients = [e["fullUrl"] for e in conversion.bundle["entry"] if e["resource"]["resourceType"] == "Patient"]
    assert told == [({"reference": url}, value) for url, value in zip(patients, (7, 8), strict=True)]


def test_two_patients_of_a_message_do_not_have_the_same_visit() -> None:
    first, second, pv1 = "PID|1||77^^^WEST", "PID|2||88^^^WEST", f"PV1|1|I{'|' * 17}V1"
    with pytest.raises(Hl7Error, match="same visit"):
        converted(message(first, pv1, second, pv1))
    assert len(resources(converted(message(first, pv1, first, pv1)), "Encounter")) == 1
    assert len(resources(converted(message(first, pv1, second, f"{pv1}2")), "Encounter")) == 2
