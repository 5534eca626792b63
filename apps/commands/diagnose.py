"""``r1 diagnose``: one patient from a file or the FHIR server, ranked in the terminal."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import InputError, InputFormatError
from core.settings import Settings

from .terminal import command_settings, open_server, printable, read_file, stderr, stdout, table_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.fhir.bundle import PatientRecord
    from knowledge.medical.case import Unread
    from knowledge.medical.red_flags import RedFlag
    from knowledge.retrieval.language import Language

    from ..diagnosis.assessment import Assessment

_MOST_UNREAD = 10  # per reason; --json has all
_MAX_FILE = 64 << 20  # bytes; each format has a lower limit of its own


def diagnose(
    file: Annotated[Path | None, typer.Argument(help="FHIR R4 Bundle (.json) or clinical note (.txt).")] = None,
    server: Annotated[str | None, typer.Option(help="FHIR R4 server to read from; default R1_FHIR_URL.")] = None,
    patient: Annotated[str | None, typer.Option(help="Id of the patient on the server.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Number of diseases to show.")] = 10,
    rules: Annotated[bool, typer.Option("--rules", help="Also list the red-flag rules that did not fire.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Reads a patient and ranks diseases to consider. It is not a diagnosis."""
    if (file is None) == (patient is None):
        raise InputError("Name either a file or --patient", hint="See: r1 diagnose --help")
    if file and server:
        raise InputError("A file is not read from a server", hint="Leave out --server, or name a --patient")
    if file and file.suffix.lower() not in ("", ".json", ".txt"):  # a pipe has none
        raise InputFormatError(
            "Files of this kind are not read", hint="Name a FHIR Bundle (.json) or a clinical note (.txt)"
        )
    settings = command_settings()
    data = read_file(file, _MAX_FILE, hint="Export one patient at a time") if file else b""
    record = asyncio.run(_read_from_server(settings, server, patient)) if patient else None
    with stderr.status("Reading…"):
        from ..bootstrap import build_diagnosis, build_oversight, open_suite_database

        service = build_diagnosis(settings, build_oversight(settings, open_suite_database(settings)))
        case = service.read_record(record) if record else service.read_file(data, name=file.name if file else "")
        assessment = service.assess(case, limit)
    if as_json:
        from ..diagnosis.as_json import assessment_json

        print(json.dumps(assessment_json(assessment), indent=2, ensure_ascii=False))
    else:
        from knowledge.retrieval.language import language_of

        is_note = file is not None and file.suffix.lower() == ".txt"
        language = language_of(data.decode(errors="ignore")) if is_note else "en"
        _print_red_flags(assessment.red_flags, language, rules=rules)
        _print_assessment(assessment, language)


async def _read_from_server(settings: Settings, server: str | None, patient: str) -> "PatientRecord":
    async with open_server(settings, server) as client:
        return await client.read_patient(patient)


def _print_assessment(assessment: "Assessment", language: "Language") -> None:
    """Prints findings and ranking as tables, names and headings in the language of the note."""
    from ..diagnosis.assessment import name_of, opposing_of
    from ..diagnosis.words import finding_words, side_words
    from ..ui.texts import t

    case, ranking = assessment.case, assessment.ranking
    columns = [t(f"terminal.{name}", language) for name in ("code", "finding", "status", "read_from")]
    title = t("diagnosis.findings", language, count=len(case.findings))
    findings = table_of(*columns, title=title, title_justify="left")
    for finding in case.findings:
        sources = ", ".join(dict.fromkeys(evidence.source for evidence in finding.evidence))
        status = t(f"export.{finding.status.value}", language).lower()
        if finding.is_past:
            status += _in_brackets(t("named.historical", language), language)
        name = finding_words(finding.label, language)
        if side := side_words(finding.sides, finding.label, language):
            name += _in_brackets(side, language)
        findings.add_row(finding.code, name, status, sources)
    stdout.print(findings)
    if assessment.switched_off:
        stdout.print("Suggestions are switched off: r1 diagnosis status says since when.", style="bold")
    elif ranking.reason:
        stdout.print(t(f"abstain.{ranking.reason.value}", language), style="bold")
        for present, absent in ranking.conflicts:
            stdout.print(f"  {present.label} ({present.code}) is present, {absent.label} ({absent.code}) absent")
    else:
        columns = [t(f"terminal.{name}", language) for name in ("disease", "code", "for", "against")]
        title = f"{t('export.ranking', language)}. {ranking.source} {ranking.version}"
        diseases = table_of("", *columns, title=title, title_justify="left")
        for place, disease in enumerate(ranking.diseases, start=1):
            supporting = ", ".join(finding_words(c.label, language) for c in disease.supporting[:4])
            opposing = ", ".join(finding_words(c.label, language) for c in opposing_of(disease)[:2])
            name, code = name_of(disease, language), disease.id
            if disease.condition is not None:
                name, code = f"{name} ({disease.condition.basis})", disease.condition.icd10cm
            diseases.add_row(str(place), name, code, supporting, opposing)
        stdout.print(diseases)
        if ranking.next_finding:
            next_one = ranking.next_finding
            ask = t("diagnosis.would_help", language)
            stdout.print(f"{ask}: {finding_words(next_one.label, language)} ({next_one.code})")
        if ranking.pair:
            stdout.print(f"{t('visit.pair', language)}: {' + '.join(ranking.pair.names)}")
    for present, absent in assessment.doubts:
        pair = {"absent": finding_words(absent.label, language), "present": finding_words(present.label, language)}
        stdout.print(t("export.doubt", language, **pair))
    _print_unread(case.unread, language)
    if assessment.confidence and assessment.is_suggestion:
        sure = f"{assessment.confidence.right:.0%} that the first is right"
        outside = f"{assessment.confidence.outside:.0%} that the disease is not in the knowledge base"
        stdout.print(f"Suggestion: {sure}, {outside}.", style="bold")
    stdout.print(t("diagnosis.not_a_diagnosis", language), style="dim")


def _print_red_flags(flags: "Sequence[RedFlag]", language: "Language", *, rules: bool) -> None:
    """Prints the rules that fired or lack a value and counts the others, which ``rules`` lists too."""
    from knowledge.medical.red_flags import Outcome

    from ..ui.texts import t

    quiet = [flag for flag in flags if flag.outcome is Outcome.NOT_FIRED]
    for flag in flags[: len(flags) - len(quiet)]:
        _print_red_flag(flag, language)
    hint = "" if rules else f" · {t('diagnosis.not_fired_hint', language)}"
    stdout.print(f"{t('diagnosis.not_fired', language, count=len(quiet))}{hint}", style="dim")
    for flag in sorted(quiet, key=lambda flag: not flag.looked_at) if rules else ():
        stdout.print(printable(f"  {flag.rule.name[language == 'zh']}{_known(flag, language)}"), style="dim")


def _known(flag: "RedFlag", language: "Language") -> str:
    """Values and findings that an unfired rule looked at, each with its time or words, and the time window."""
    from ..diagnosis.words import known, used_words, window_words
    from ..ui.texts import t

    values = [f"{used_words(used, language)} ({used.time or used.phrase or used.source})" for used in known(flag)]
    words = t("diagnosis.and", language).join(values) or t("diagnosis.nothing_known", language)
    return f" · {window_words(language)} · {words}"


def _print_unread(unread: "tuple[Unread, ...]", language: "Language") -> None:
    """Prints what was left out, verbatim and by reason: it may hold what matters most."""
    from ..ui.texts import t

    if not unread:
        return
    by_reason: dict[str, list[str]] = {}
    for item in unread:
        where = "" if item.source == "text" and item.phrase else item.source
        by_reason.setdefault(item.reason, []).append(": ".join(part for part in (where, item.phrase) if part))
    stdout.print(t("diagnosis.unread", language, count=len(unread)))
    for reason, phrases in by_reason.items():
        more = [t("diagnosis.more", language, count=len(phrases) - _MOST_UNREAD)] if phrases[_MOST_UNREAD:] else []
        said = "; ".join([*phrases[:_MOST_UNREAD], *more])
        stdout.print(printable(f"  {t(f'unread.{reason}', language)}: {said}"))


def _print_red_flag(flag: "RedFlag", language: "Language") -> None:
    from knowledge.medical.red_flags import Used

    from ..diagnosis.words import used_words, window_words
    from ..ui.texts import t

    chinese, joined = language == "zh", t("diagnosis.and", language)
    if flag.missing:
        missing = joined.join(used_words(Used(what), language) for what in flag.missing)
        line = f"{flag.rule.name[chinese]}{t('diagnosis.cannot_assess', language)}{missing}{_known(flag, language)}"
        stdout.print(printable(line), style="dim")
        return
    name, action, unreviewed = flag.rule.name[chinese], flag.rule.action[chinese], t("diagnosis.unreviewed", language)
    stdout.print(t("terminal.red_flag", language, name=name, action=action, unreviewed=unreviewed), style="bold")
    because = joined.join(
        used_words(used, language) + (f" ({used.time})" if used.time else "") for used in flag.because
    )
    window = _in_brackets(window_words(language), language)
    unchecked = "" if flag.rule.checked else _in_brackets(t("diagnosis.not_checked", language), language)
    stdout.print(printable(f"  {because}{window} · {flag.rule.source}{unchecked}"))


def _in_brackets(words: str, language: "Language") -> str:
    return f"（{words}）" if language == "zh" else f" ({words})"
