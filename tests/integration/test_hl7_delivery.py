"""From a sender over MLLP through the inbox to a real FHIR server."""

import asyncio
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from adapters.fhir.auth import BackendServices, OAuthServer, SiteKeys
from adapters.fhir.client import FhirClient
from adapters.fhir.elements import Json
from adapters.hl7v2.deliver import Deliverer
from adapters.hl7v2.inbox import Inbox
from adapters.hl7v2.inbox_tables import State
from adapters.hl7v2.message import parse
from adapters.hl7v2.to_fhir import convert
from adapters.hl7v2.to_fhir.convert import KNOWN
from tests.access_log import MemoryLog
from tests.conftest import public_data
from tests.hl7_delivery import Server, deliver_all, deliver_once, delivering, found, linked, update_of
from tests.sekmet_server import sekmet
from tests.servers import free_port
from tests.unit.hl7v2.hl7_data import ADMIT, message


def test_an_admission_and_its_repetition(base: str, inbox: Inbox) -> None:
    again = ADMIT.replace(b"|C1|", b"|C2|")
    asyncio.run(deliver_all(inbox, base, ADMIT, again))

    (patient,) = found(base, "Patient?identifier=77")
    (encounter,) = found(base, "Encounter?identifier=V55")
    (allergy,) = found(base, f"AllergyIntolerance?patient={patient['id']}")
    assert patient["name"][0]["family"] == "Okafor"
    assert encounter["subject"]["reference"] == f"Patient/{patient['id']}"
    assert allergy["code"]["coding"][0]["code"] == "7980"
    assert len(found(base, "Practitioner?identifier=9001")) == 1


def test_a_message_that_says_less_takes_nothing_away(base: str, inbox: Inbox) -> None:
    header = "MSH|^~\\&|ADT|WEST|R1|R1|20260105||ADT^A08|{}|P|2.5"
    full = message("PID|1||501^^^WEST||Lind^Tomas||1970|M|||1 Road", header=header.format(1))
    thin = message("PID|1||501^^^WEST||Lind^Thomas", header=header.format(2))
    asyncio.run(deliver_all(inbox, base, full, thin))

    (patient,) = found(base, "Patient?identifier=501")
    assert (patient["name"][0]["given"], patient["birthDate"], patient["gender"]) == (["Thomas"], "1970", "male")
    assert patient["address"][0]["line"] == ["1 Road"]


def test_an_older_message_about_a_patient_that_comes_late_changes_nothing(base: str, inbox: Inbox) -> None:
    def told(number: str, event: str, name: str, *segments: str, sent: str, recorded: str = "") -> bytes:
        header = f"MSH|^~\\&|ADT|WEST|R1|R1|{sent}||{event}|{number}|P|2.5"
        return message(f"EVN||{recorded}", f"PID|1||521^^^WEST||{name}||1970|M", *segments, header=header)

    def family() -> str:
        (patient,) = found(base, "Patient?identifier=521&active:not=false")
        return str(patient["name"][0]["family"])

    early, late = "20260105080000", "20260105090000"
    first = told("1", "ORU^R01", "Lynd", "OBR|1||F521|2823-3^K^LN", "OBX|1|NM|2823-3^K^LN||4|||||F", sent=late)
    steps = [
        (first, "Lynd"),
        (told("2", "ADT^A08", "Lindh", sent=early), "Lindh"),  # a result does not tell who somebody is
        (told("3", "ADT^A08", "Lund", sent=late), "Lund"),
        (told("4", "ADT^A08", "Lindh", sent=early), "Lund"),
        (told("5", "ADT^A31", "Lindh", sent=late, recorded=early), "Lund"),
        (told("6", "ADT^A40", "Lindh", "MRG|522^^^WEST", sent=early), "Lund"),
        (told("11", "ADT^A31", "Lindh", sent=early), "Lund"),
        (told("7", "ADT^A08", "Lindhe", sent=early, recorded="20260105100000"), "Lindhe"),
        (told("8", "ADT^A08", "Lind", sent="20260105"), "Lind"),
        (told("9", "ADT^A08", "Linde", sent="29990101080000"), "Linde"),  # a wrong clock
        (told("10", "ADT^A08", "Lind", sent=early), "Lind"),
    ]
    for raw, then in steps:
        asyncio.run(deliver_all(inbox, base, raw))
        assert family() == then
    reasons = {item.control_id: item.reason for item in inbox.listed() if item.reason}
    assert reasons.keys() == {"4", "5", "11"}
    assert set(reasons.values()) == {"Newer data of its patient are on the FHIR server and stay; see EVN-2, MSH-7"}
    (patient,) = found(base, "Patient?identifier=521&active:not=false")
    assert [link["type"] for link in patient["link"]] == ["replaces"]


def test_a_visit_that_ended_stays_so_until_the_discharge_is_cancelled(base: str, inbox: Inbox) -> None:
    def visit(event: str, **given: str) -> bytes:
        fields = {"2": "I", "19": "V511^^^WEST", **{name[1:]: value for name, value in given.items()}}
        pv1 = "|".join(["PV1", *(fields.get(str(number), "") for number in range(1, 46))])
        header = f"MSH|^~\\&|ADT|WEST|R1|R1|20260105||ADT^{event}|V{event}|P|2.5"
        return message("PID|1||511^^^WEST||Lind^Tom", pv1, header=header)

    def stands() -> tuple[str, Json]:
        (encounter,) = found(base, "Encounter?identifier=V511")
        return encounter["status"], encounter["period"]

    begun, ended = {"start": "2026-01-02"}, {"start": "2026-01-02", "end": "2026-01-04"}
    steps = [
        (visit("A01", _44="20260102"), ("in-progress", begun)),
        (visit("A03", _45="20260104"), ("finished", ended)),
        (visit("A08", _7="9001^Penicillin"), ("finished", ended)),
        (visit("A31", _44="20260102"), ("finished", ended)),
        (visit("A13"), ("in-progress", begun)),
        (visit("A11"), ("cancelled", begun)),
    ]
    for raw, then in steps:
        asyncio.run(deliver_all(inbox, base, raw))
        assert stands() == then


def test_a_merge_keeps_both_patients(base: str, inbox: Inbox) -> None:
    header = "MSH|^~\\&|ADT|WEST|R1|R1|20260105||ADT^{}|{}|P|2.5"
    asyncio.run(
        deliver_all(
            inbox,
            base,
            message("PID|1||601^^^WEST||Old^Record||1970|M", header=header.format("A28", 1)),
            message("PID|1||602^^^WEST||New^Record||1970|M", header=header.format("A28", 2)),
            message("PID|1||602^^^WEST||New^Record", "MRG|601^^^WEST", header=header.format("A40", 3)),
        )
    )
    (gone,) = found(base, "Patient?identifier=601")
    (kept,) = found(base, "Patient?identifier=602")
    assert (gone["active"], gone["name"][0]["family"], gone["birthDate"]) == (False, "Old", "1970")
    assert linked(gone) == [(f"Patient/{kept['id']}", "replaced-by")]
    assert linked(kept) == [(f"Patient/{gone['id']}", "replaces")]
    assert (kept["gender"], kept.get("active", True)) == ("male", True)


def test_a_merge_and_a_diagnosis_that_come_again_change_nothing(base: str, inbox: Inbox) -> None:
    header = "MSH|^~\\&|ADT|WEST|R1|R1|20260105||ADT^{}|{}|P|2.5"
    pid, visit = "PID|1||612^^^WEST||New^Record", "PV1|1|I|||||||||||||||||V612^^^WEST"

    def diagnosed(number: int, use: str) -> bytes:
        header_ = header.format("A08", number)
        return message(pid, visit, f"DG1|1||I10^Hypertension^I10||20260101|{use}", header=header_)

    merges = [message(pid, "MRG|611^^^WEST", header=header.format("A40", number)) for number in (3, 4)]
    asyncio.run(deliver_all(inbox, base, diagnosed(1, "A"), diagnosed(2, "F"), *merges))

    (encounter,) = found(base, "Encounter?identifier=V612")
    (diagnosis,) = encounter["diagnosis"]
    assert diagnosis["use"]["coding"][-1]["code"] == "F"
    for number in (611, 612):
        (patient,) = found(base, f"Patient?identifier={number}")
        assert len(patient["link"]) == 1


def test_a_corrected_result_replaces_the_first(base: str, inbox: Inbox) -> None:
    def result(number: int, value: str, status: str) -> bytes:
        return message(
            "PID|1||701^^^WEST",
            f"OBR|1||F9|718-7^Hemoglobin^LN|||20260101||||||||||||||||||{status}",
            f"OBX|1|NM|718-7^Hemoglobin^LN||{value}|g/dL^^UCUM|12-16|L|||{status}",
            header=f"MSH|^~\\&|LAB|WEST|R1|R1|20260102030405||ORU^R01|R{number}|P|2.5",
        )

    asyncio.run(deliver_all(inbox, base, result(1, "9.1", "F"), result(2, "10.1", "C")))

    (patient,) = found(base, "Patient?identifier=701")
    (observation,) = found(base, f"Observation?patient={patient['id']}")
    (report,) = found(base, f"DiagnosticReport?patient={patient['id']}")
    assert (observation["status"], observation["valueQuantity"]["value"]) == ("corrected", 10.1)
    assert report["result"] == [{"reference": f"Observation/{observation['id']}"}]


def test_a_document_that_is_replaced_or_cancelled_keeps_its_text(base: str, inbox: Inbox) -> None:
    def document(event: str, txa: str, *text: str) -> bytes:
        header = f"MSH|^~\\&|DOC|WEST|R1|R1|20260102||MDM^{event}|{event}|P|2.5"
        return message("PID|1||431^^^WEST", f"TXA|1|CN|TX|20260102||||||||{txa}", *text, header=header)

    text = "OBX|1|TX|1||Seen."
    came = [document("T02", "D431", text), document("T10", "D432|D431", text), document("T11", "D432")]
    asyncio.run(deliver_all(inbox, base, *came))

    (patient,) = found(base, "Patient?identifier=431")
    documents = found(base, f"DocumentReference?patient={patient['id']}")
    assert sorted(item["status"] for item in documents) == ["entered-in-error", "superseded"]
    assert all("data" in item["content"][0]["attachment"] for item in documents)


def admission(number: int, pid_3: str, event: str = "A08", *segments: str) -> bytes:
    header = f"MSH|^~\\&|ADT|WEST|R1|R1|20260105||ADT^{event}|P{number}|P|2.5"
    return message(f"PID|1||{pid_3}||Lind^Ann", *segments, header=header)


def potassium(number: int, pid_3: str) -> bytes:
    header = f"MSH|^~\\&|LAB|WEST|R1|R1|20260102||ORU^R01|{number}|P|2.5"
    obr = f"OBR|1||F{number}|2823-3^K^LN|||20260101||||||||||||||||||F"
    return message(f"PID|1||{pid_3}", obr, "OBX|1|NM|2823-3^K^LN||7.4|mmol/L|||||F", header=header)


def test_a_patient_is_known_by_any_of_the_numbers(base: str, inbox: Inbox) -> None:
    came = [
        potassium(401, "4^^^WEST^MR"),
        admission(402, "E4^^^EPI^PI~4^^^WEST^MR"),
        potassium(403, "4^^^WEST^MR"),
        potassium(404, "N4^^^NEW^PI~E4^^^EPI^PI"),
    ]
    asyncio.run(deliver_all(inbox, base, *came))

    (patient,) = found(base, "Patient?identifier=4")
    assert {item["value"] for item in patient["identifier"]} == {"4", "E4"}
    assert len(found(base, f"Observation?patient={patient['id']}")) == 3
    assert found(base, "Patient?identifier=N4") == []


def test_a_merged_patient_is_not_meant_where_another_has_the_number(base: str, inbox: Inbox) -> None:
    numbers, gone = "42^^^WEST^MR~41^^^WEST^MR", "MRG|41^^^WEST^MR"
    came = [
        admission(411, "41^^^WEST^MR"),
        admission(412, numbers, "A40", gone),
        admission(413, numbers),
        admission(414, numbers, "A40", gone),
        potassium(415, "41^^^WEST^MR"),
    ]
    asyncio.run(deliver_all(inbox, base, *came))

    (kept,) = found(base, "Patient?identifier=42")
    assert [link["type"] for link in kept["link"]] == ["replaces"]
    assert len(found(base, "Patient?identifier=41")) == 2
    assert len(found(base, f"Observation?patient={kept['id']}")) == 1


@pytest.mark.parametrize(
    ("there", "reason"),
    [
        ([("1", "4^^^WEST"), ("2", "E4^^^EPI")], "Several patients have the numbers of this message"),
        (
            [("1", "5^^^WEST~E4^^^EPI")],
            "The patient with one of these numbers has another one of the first one's authority",
        ),
    ],
)
def test_who_is_meant_is_not_guessed(inbox: Inbox, there: list[tuple[str, str]], reason: str) -> None:
    server = Server()
    for number, pid_3 in there:
        (entry,) = convert(parse(admission(1, pid_3)), source="ab" * 32).entries
        server.patients.append({**entry.resource, "id": number})

    listed = deliver_once(inbox, server, MemoryLog(), admission(2, "4^^^WEST~E4^^^EPI"))

    assert (listed.state, listed.reason.partition(". ")[0]) == (State.QUARANTINED, reason)
    assert server.transactions == []


def test_a_correction_that_is_written_in_another_way_replaces_the_first_report(base: str, inbox: Inbox) -> None:
    def lines(*texts: str) -> list[str]:
        return [f"OBX|{number}|TX|71020^Chest X-ray||{text}||||||F" for number, text in enumerate(texts, start=2)]

    header = "MSH|^~\\&|LAB|WEST|R1|R1|2026010203040{0}||ORU^R01|K{0}|P|2.5"
    first = message(
        "PID|1||702^^^WEST",
        "ORC|RE|P1|F12",
        "OBR|1|P1|F12|24326-1^Electrolytes^LN",
        "OBX|1|NM|2823-3^Potassium^LN||7.4|mmol/L|3.5-5.1|HH|||P",
        *lines("No effusion.", "No fracture.", "Pulmonary embolism."),
        header=header.format(1),
    )
    corrected = message(
        "PID|1||702^^^WEST",
        "OBR|1||F12|24326-1^LYTES^LN",
        "OBX|1|NM|2823-3^K^LN||4.1|mmol/L|3.5-5.1||||C",
        *lines("No effusion.", "No fracture."),
        header=header.format(2),
    )
    asyncio.run(deliver_all(inbox, base, first, corrected))

    (patient,) = found(base, "Patient?identifier=702")
    potassium, report = found(base, f"Observation?patient={patient['id']}")
    assert (potassium["status"], potassium["valueQuantity"]["value"]) == ("corrected", 4.1)
    assert report["valueString"] == "No effusion.\nNo fracture."
    assert len(found(base, f"DiagnosticReport?patient={patient['id']}")) == 1


def test_what_replaces_a_resource_has_its_id(inbox: Inbox) -> None:
    """https://hl7.org/fhir/R4/http.html#update: a server refuses what has none."""
    server, raw = Server(), potassium(431, "4^^^WEST")
    known = json.loads(json.dumps(convert(parse(raw), source="ab" * 32).bundle["entry"], default=float))
    server.patients += [{**entry["resource"], "id": str(number)} for number, entry in enumerate(known)]

    deliver_once(inbox, server, MemoryLog(), raw.replace(b"7.4", b"4.4"))

    (sent,) = server.transactions
    replaced = [entry for entry in sent["entry"] if entry["request"]["method"] == "PUT"]
    assert len(replaced) == 3
    for entry in replaced:
        kind, _, number = entry["request"]["url"].partition("/")
        assert (entry["resource"]["resourceType"], entry["resource"]["id"]) == (kind, number)


def test_a_result_that_becomes_final_without_being_sent_again_keeps_its_value(base: str, inbox: Inbox) -> None:
    def results(status: str, of_order: str, *said: str) -> bytes:
        potassium, pdf = said or ("", "")
        return message(
            "PID|1||703^^^WEST",
            f"OBR|1||F13|24326-1^Electrolytes^LN|||20260101||||||||||||||||||{of_order}",
            f"OBX|1|NM|2823-3^K^LN||{potassium}||||||{status}",
            f"OBR|2||F13|71020^Chest X-ray^L|||20260101||||||||||||||||||{of_order}",
            f"OBX|1|ED|71020^Chest X-ray^L||{pdf}||||||{status}",
            header=f"MSH|^~\\&|LAB|WEST|R1|R1|20260102030405||ORU^R01|U{status}|P|2.5",
        )

    steps = [
        (results("R", "P", "7.4", "^application^pdf^Base64^JVBERg=="), "preliminary", "R"),
        (results("U", "F"), "final", "U"),
        (results("F", "F"), "final", ""),
        (results("D", "C"), "entered-in-error", ""),
    ]
    for raw, status, original in steps:
        asyncio.run(deliver_all(inbox, base, raw))
        (patient,) = found(base, "Patient?identifier=703")
        potassium = found(base, f"Observation?patient={patient['id']}&code=2823-3")[0]
        reports = found(base, f"DiagnosticReport?patient={patient['id']}")
        assert (potassium["status"], potassium["valueQuantity"]["value"]) == (status, 7.4)
        assert (original in json.dumps(potassium["_status"])) if original else ("_status" not in potassium)
        forms = [form["data"] for report in reports for form in report.get("presentedForm", ())]
        assert (len(reports), forms) == (2, [] if status == "entered-in-error" else ["JVBERg=="])


def test_public_messages_of_each_kind_are_delivered(base: str, inbox: Inbox) -> None:
    by_kind: dict[str, bytes] = {}
    for path in sorted(public_data("ehr", "hl7v2").glob("*.hl7")):
        raw = path.read_bytes()
        kind = parse(raw).kind
        if kind.startswith("OUL"):  # their patient has the visit of that of the ADT messages
            raw = raw.replace(b"|40007716^", b"|40007717^")
        by_kind.setdefault(kind, raw)
    known = [raw for kind, raw in by_kind.items() if kind in KNOWN]
    asyncio.run(deliver_all(inbox, base, *known))
    assert inbox.counts()[State.DONE] == len(known) > 0


def test_the_server_is_away_for_a_while(inbox: Inbox, tmp_path: Path) -> None:
    """What came in meanwhile is delivered when it is back, each patient's in order, and none counts an attempt."""
    port = free_port()
    patients, each = (801, 802, 803), 4

    def given_names(base: str, patient: int) -> list[str]:
        (current,) = found(base, f"Patient?identifier={patient}")
        versions = found(base, f"Patient/{current['id']}/_history")
        return [version["name"][0]["given"][0] for version in reversed(versions)]

    async def run() -> None:
        async with delivering(inbox, f"http://127.0.0.1:{port}/fhir") as deliverer:
            worker = asyncio.create_task(deliverer.run())
            for number in range(each):
                for patient in patients:
                    raw = update_of(patient, number)
                    await inbox.put(raw, parse(raw))
                await asyncio.sleep(1)
            assert inbox.counts()[State.WAITING] == len(patients) * each
            with sekmet(tmp_path, port=port) as base:
                async with asyncio.timeout(120):
                    while inbox.counts()[State.WAITING]:
                        await asyncio.sleep(0.2)
                for patient in patients:
                    names = await asyncio.to_thread(given_names, base, patient)
                    assert names == [f"N{number}" for number in range(each)]
            worker.cancel()

    asyncio.run(run())
    assert {(item.state, item.attempts) for item in inbox.listed()} == {(State.DONE, 1)}


@pytest.mark.parametrize(("granted", "state"), [("system/*.*", State.DONE), ("system/*.read", State.WAITING)])
def test_delivery_signs_in_with_the_key_of_the_site(inbox: Inbox, tmp_path: Path, granted: str, state: State) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    file = tmp_path / "key.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    keys = SiteKeys(file)
    client = {"client_id": "r1", "jwks": keys.public_jwks(), "scopes": granted}

    async def run(base: str) -> None:
        auth = BackendServices(OAuthServer(base), client_id="r1", keys=keys, scope=granted)
        await inbox.put(ADMIT, parse(ADMIT))
        async with FhirClient(base, log=MemoryLog(), auth=auth) as fhir:
            await Deliverer(inbox, fhir).once()

    with sekmet(tmp_path, types=["bearer", "smart"], smart_clients=[client]) as base:
        asyncio.run(run(base))
        (listed,) = inbox.listed()
        assert (listed.state, listed.attempts) == (state, 1 if state is State.DONE else 0)
        assert len(found(base, "Patient?identifier=77")) == (state is State.DONE)
