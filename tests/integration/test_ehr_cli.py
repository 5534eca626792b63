"""``r1 ehr`` and ``r1 audit`` against a real FHIR server, with a real database."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from apps.commands import root
from core.errors import AuditError, FhirAccessError, FhirNotFoundError, InputError, InputFormatError, SettingsError
from tests.cds_hospital import condition
from tests.sekmet_server import TOKEN, sekmet, transaction

SNOMED = "http://snomed.info/sct"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    patient = {"resourceType": "Patient", "id": "p", "name": [{"family": "Zzyzx"}]}
    seizure = condition({"text": "Seizure"}, "a")
    shoe = condition({"coding": [{"system": SNOMED, "code": "1", "display": "Shoe"}]}, "b")
    with sekmet(tmp_path_factory.mktemp("sekmet"), transaction(patient, seizure, shoe)) as base:
        yield base


class Shell:
    """Runs commands with settings of their own."""

    def __init__(self, home: Path, database: Path, server: str) -> None:
        self.environment = {
            "R1_HOME": str(home),
            "R1_DATABASE_URL": f"sqlite:///{database}",
            "R1_AUDIT_KEY": "k" * 40,
            "R1_FHIR_URL": server,
            "R1_FHIR_TOKEN": TOKEN,
            "COLUMNS": "200",
        }

    def __call__(self, *arguments: str, **environment: str) -> str:
        result = CliRunner().invoke(root.app, list(arguments), env={**self.environment, **environment})
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output


@pytest.fixture
def shell(home: Path, tmp_path: Path, server: str) -> Shell:
    return Shell(home, tmp_path / "r1.db", server)


def test_connect_says_what_the_server_cannot_do(shell: Shell) -> None:
    said = shell("ehr", "connect")

    assert "speaks FHIR R4" in said
    assert "FamilyMemberHistory cannot be searched by patient" in said


def test_pull_counts_and_keeps_the_record_and_the_codes_that_are_lacking(shell: Shell, tmp_path: Path) -> None:
    said = shell("ehr", "pull", "p", "--to", str(tmp_path / "out"), "--unmapped", str(tmp_path / "codes.csv"))

    assert "1: 2 resources, 1 findings" in said
    assert "  FamilyMemberHistory: The server refused this search" in said
    assert "Zzyzx" not in said
    record = json.loads((tmp_path / "out" / "p.json").read_text())
    assert [entry["resource"]["resourceType"] for entry in record["entry"]] == ["Patient", "Condition", "Condition"]
    assert (tmp_path / "out" / "p.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "codes.csv").read_text().splitlines()[1:] == [f"{SNOMED},1,,Shoe,1"]

    (tmp_path / "map.csv").write_text(f"system,code,target\n{SNOMED},1,HP:0001250\n")
    shell("ehr", "pull", "p", "--unmapped", str(tmp_path / "codes.csv"), R1_CONCEPT_MAP=str(tmp_path / "map.csv"))
    assert len((tmp_path / "codes.csv").read_text().splitlines()) == 1


def test_a_patient_who_cannot_be_read_is_told_and_the_others_are_read(shell: Shell, tmp_path: Path) -> None:
    with pytest.raises(FhirNotFoundError):
        shell("ehr", "pull", "absent", "p", "--to", str(tmp_path / "out"), "--unmapped", str(tmp_path / "codes.csv"))

    assert [file.name for file in (tmp_path / "out").iterdir()] == ["p.json"]
    assert (tmp_path / "codes.csv").read_text().splitlines()[1:] == [f"{SNOMED},1,,Shoe,1"]
    assert shell("audit", "list").count("HTTP 404") == 1


def test_pull_exports_everybody(shell: Shell, tmp_path: Path) -> None:
    shell("ehr", "pull", "--all", "--to", str(tmp_path / "out"))

    assert {file.name.partition(".")[0] for file in (tmp_path / "out").iterdir()} == {"Patient", "Condition"}


def test_watch_reads_as_often_as_it_is_told(shell: Shell) -> None:
    assert "1: 1 findings" in shell("ehr", "watch", "p", "--every", "10", "--times", "1")
    assert shell("audit", "list", "--patient", "p").count("read") == 1


def test_the_trail_says_who_and_can_be_checked(shell: Shell, tmp_path: Path) -> None:
    assert "0 events" in shell("audit", "verify")
    shell("ehr", "watch", "p", "--times", "1")
    head = shell("audit", "verify").strip().rpartition(" ")[2]

    assert "terminal:" in shell("audit", "list")
    assert "No events" in shell("audit", "list", "--patient", "q")
    (event,) = shell("audit", "list", "--json").splitlines()
    assert json.loads(event)["resourceType"] == "AuditEvent"
    assert "1 events" in shell("audit", "verify", "--head", head)

    with create_engine(shell.environment["R1_DATABASE_URL"]).begin() as connection:
        connection.execute(text("UPDATE audit_event SET event = replace(event, 'terminal', 'somebody')"))
    with pytest.raises(AuditError, match="Event 1"):
        shell("audit", "verify")


@pytest.mark.parametrize(
    ("arguments", "environment", "kind"),
    [
        (["ehr", "pull"], {}, InputError),
        (["ehr", "pull", "p", "--all"], {}, InputError),
        (["ehr", "pull", "--all"], {}, InputError),
        (["ehr", "pull", "--all", "--group", "g", "--to", "out"], {}, InputError),
        (["ehr", "pull", "--all", "--unmapped", "codes.csv", "--to", "out"], {}, InputError),
        (["ehr", "pull", "p", "--since", "2026-01-02T03:04:05Z"], {}, InputError),
        (["ehr", "pull", "a/b"], {}, InputFormatError),
        (["ehr", "connect"], {"R1_FHIR_URL": ""}, SettingsError),
        (["ehr", "connect"], {"R1_SMART_KEY": "absent", "R1_SMART_CLIENT_ID": "c"}, SettingsError),
        (["ehr", "connect"], {"R1_FHIR_TOKEN": "wrong"}, FhirAccessError),
        (["audit", "verify"], {"R1_AUDIT_KEY": "short"}, SettingsError),
        (["ehr", "watch", "p", "--times", "1"], {"R1_CONCEPT_MAP": "absent.csv"}, InputFormatError),
        (
            ["ehr", "watch", "p"],
            {"R1_CONCEPT_MAP": "absent.csv", "R1_FHIR_URL": ""},
            SettingsError,
        ),  # before knowledge is read
        (["ehr", "pull", "p"], {"R1_CONCEPT_MAP": "absent.csv", "R1_FHIR_URL": ""}, SettingsError),
        (["ehr", "pull", "p"], {"R1_FHIR_TOKEN": "wrong"}, FhirAccessError),
    ],
)
def test_what_cannot_be_done_is_a_typed_error(
    shell: Shell, arguments: list[str], environment: dict[str, str], kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        shell(*arguments, **environment)


def test_why_a_patient_cannot_be_read_is_said_once(shell: Shell) -> None:
    result = CliRunner().invoke(root.app, ["ehr", "pull", "absent"], env=shell.environment)

    assert isinstance(result.exception, FhirNotFoundError)  # which main() prints
    assert "HTTP 404" not in result.output
