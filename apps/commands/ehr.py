"""``r1 ehr``: the hospital's FHIR server."""

import asyncio
import itertools
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import FhirAccessError, FhirNotFoundError, InputError, InputFormatError, R1Error
from core.settings import Settings

from ..ui.texts import t
from . import hl7
from .terminal import command_settings, open_server, private_file, stderr, stdout, table_of

if TYPE_CHECKING:
    from adapters.fhir.client import FhirClient
    from knowledge.medical.case import Case

    from ..diagnosis.service import DiagnosisService

app = typer.Typer(no_args_is_help=True, help="Connect to a hospital's systems.")
app.add_typer(hl7.inbox_app, name="inbox")
app.command()(hl7.listen)
app.command()(hl7.deliver)


_Server = Annotated[str | None, typer.Option("--server", help="FHIR R4 server; default R1_FHIR_URL.")]


@app.command()
def connect(server: _Server = None) -> None:
    """Queries the FHIR server's capabilities, reports what is missing, and fails if it does not accept the token."""
    from adapters.fhir.capability import missing, unscoped

    settings = command_settings()

    async def ask() -> None:
        async with open_server(settings, server) as client:
            limitations = missing(await client.capabilities())
            stdout.print("The server answers and speaks FHIR R4.")
            scopes = {"R1_SMART_SCOPE": settings.smart_scope, "R1_SMART_USER_SCOPE": settings.smart_user_scope}
            for name, scope in scopes.items() if settings.smart_client_id else ():
                if kinds := unscoped(scope):
                    limitations.append(f"{name} names no scope for {', '.join(kinds)}: the server may refuse them.")
            for sentence in limitations or ["Nothing that the suite uses is missing."]:
                stdout.print(f"- {sentence}" if limitations else sentence)
            if not await client.may_search():
                stdout.print("- The token may not search for patients: they can only be read by id.")

    asyncio.run(ask())


@app.command()
def pull(
    patients: Annotated[list[str] | None, typer.Argument(help="Ids of patients; leave out for a bulk export.")] = None,
    to: Annotated[Path | None, typer.Option(help="Folder to write to; without it, only counts are shown.")] = None,
    group: Annotated[str, typer.Option(help="Bulk-export the patients in this Group.")] = "",
    everybody: Annotated[bool, typer.Option("--all", help="Bulk-export all patients.")] = False,
    since: Annotated[str, typer.Option(help="Bulk-export only what changed after this time.")] = "",
    unmapped: Annotated[
        Path | None, typer.Option(help="CSV file to list codes that were not mapped to a finding.")
    ] = None,
    server: _Server = None,
) -> None:
    """Reads patients from the FHIR server: counts what became a finding and what did not, and saves the records."""
    if [bool(patients), bool(group), everybody].count(True) != 1:
        raise InputError("Name either patients, or --group or --all", hint="See: r1 ehr pull --help")
    if patients and since:
        raise InputError("--since is for a bulk export", hint="Leave it out, or use --all instead of patients")
    if unmapped and not patients:
        raise InputError("--unmapped is for named patients", hint="Leave it out, or name patients")
    settings = command_settings()
    if patients:
        asyncio.run(_pull_patients(settings, patients, to, unmapped, server))
    elif to is None:
        raise InputError("A bulk export needs a folder", hint="Add --to FOLDER")
    else:
        asyncio.run(_pull_all(settings, to, group, since, server))


@app.command()
def watch(
    patients: Annotated[list[str], typer.Argument(help="Ids of patients.")],
    every: Annotated[int, typer.Option(min=10, max=86_400, help="Seconds between readings.")] = 300,
    times: Annotated[int, typer.Option(min=0, help="Number of readings; 0 continues until Ctrl-C.")] = 0,
    server: _Server = None,
) -> None:
    """Reads patients repeatedly and reports how many findings are new or gone."""
    settings = command_settings()

    async def go_on() -> None:
        before: dict[str, set[tuple[str, str]]] = {}
        async with open_server(settings, server) as client:
            service = _service(settings)
            for reading in itertools.count(1):
                for place, patient in enumerate(patients, start=1):
                    await _look(client, service, place, patient, before)
                if reading == times:
                    return
                await asyncio.sleep(every)

    asyncio.run(go_on())


async def _pull_patients(
    settings: Settings, patients: list[str], to: Path | None, unmapped: Path | None, server: str | None
) -> None:
    from adapters.fhir.concept_map import Unmapped, unmapped_csv

    codes: Counter[tuple[str, str, str]] = Counter()
    failed: R1Error | None = None
    async with open_server(settings, server) as client:
        service = _service(settings)
        for place, patient in enumerate(patients, start=1):
            with stderr.status(f"Reading {place} of {len(patients)}…"):
                try:
                    record = await client.read_patient(patient)
                except (InputError, FhirAccessError, FhirNotFoundError) as error:  # the others may be readable
                    failed = error
                    if len(patients) > 1:  # with only one, the error itself is shown
                        stderr.print(f"{place}: {error}")
                    continue
                case = await asyncio.to_thread(service.read_record, record)
                found = await asyncio.to_thread(service.unmapped_codes, record) if unmapped else ()
            for item in found:
                codes[item.system, item.code, item.display] += item.count
            if to is not None:
                entries = [{"resource": resource} for resource in (record.patient, *record.merged, *record.given)]
                bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
                private_file(to / f"{record.patient['id']}.json", json.dumps(bundle, ensure_ascii=False))
            stdout.print(f"{place}: {len(record.resources)} resources, {_counts(case)}")
            # The type and the reason alone: ids and words are the patient's.
            told = Counter((item.source.partition("/")[0], item.reason) for item in case.unread)
            for (kind, reason), count in told.most_common():
                stdout.print(f"  {kind}{f' ({count})' if count > 1 else ''}: {t(f'unread.{reason}', 'en')}")
    if unmapped is not None:
        private_file(unmapped, unmapped_csv(Unmapped(*key, count) for key, count in codes.items()))
        stderr.print(f"{len(codes)} codes became no finding; they are in the CSV file.")
    if failed is not None:
        raise failed


async def _pull_all(settings: Settings, to: Path, group: str, since: str, server: str | None) -> None:
    from adapters.fhir.export import export

    async with open_server(settings, server) as client:
        with stderr.status("Asking for the export…") as status:
            exported = await export(
                client, to, group=group, since=since, progress=lambda said: status.update(f"Export: {said}")
            )
    table = table_of("Type", "Resources")
    for kind, count in sorted(exported.resources.items()):
        table.add_row(kind, str(count))
    stdout.print(table)
    problems = {
        "lines were no resources and were left out": exported.bad_lines,
        "resources were counted by the server but not given": exported.missing,
        "reports of the server about what it could not export": exported.errors,
    }
    for what, count in problems.items():
        if count:
            stderr.print(f"{count} {what}.", style="yellow")


async def _look(
    client: "FhirClient", service: "DiagnosisService", place: int, patient: str, before: dict[str, set[tuple[str, str]]]
) -> None:
    """One reading of one patient; a failure is reported, and the next reading tries again."""
    try:
        record = await client.read_patient(patient)
        case = await asyncio.to_thread(service.read_record, record)
    except InputFormatError:
        raise
    except R1Error as error:
        stderr.print(f"{place}: {error}", style="yellow")
        return
    now = {(finding.code, finding.status.value) for finding in case.findings}
    if patient not in before:
        stdout.print(f"{place}: {_counts(case)}")
    elif now != before[patient]:
        new, gone = len(now - before[patient]), len(before[patient] - now)
        stdout.print(f"{place}: {new} findings are new or changed, {gone} are gone")
    before[patient] = now


def _counts(case: "Case") -> str:
    return f"{len(case.findings)} findings, {len(case.unread)} notices of what was not used"


def _service(settings: Settings) -> "DiagnosisService":
    from ..bootstrap import build_diagnosis

    with stderr.status("Loading the medical knowledge…"):
        return build_diagnosis(settings)
