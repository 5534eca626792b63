"""``r1 diagnose``: one patient from a file or the FHIR server, ranked in the terminal."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import InputError, InputFormatError
from core.settings import Settings

from ..ui.texts import enumerated, t
from .terminal import command_settings, open_oversight, open_server, printable, read_file, stderr, stdout, table_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.fhir.bundle import PatientRecord
    from knowledge.medical.case import Case, Unread
    from knowledge.medical.differential import RankedDisease, Ranking
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
    with stderr.status("Reading…"):
        from ..bootstrap import build_diagnosis
        from ..diagnosis.service import parse_file

        if patient:
            content: PatientRecord | str = asyncio.run(_read_from_server(settings, server, patient))
        else:  # a file that cannot be read is told before the knowledge is loaded
            content = parse_file(data, name=file.name if file else "")
        service = build_diagnosis(settings, open_oversight(settings))
        assessment = service.assess(service.read(content), limit)
    if as_json:
        from ..diagnosis.as_json import assessment_json

        print(json.dumps(assessment_json(assessment), indent=2, ensure_ascii=False))
    else:
        from knowledge.retrieval.language import language_of

        language = language_of(content) if isinstance(content, str) else "en"
        _print_red_flags(assessment.red_flags, language, rules=rules)
        _print_assessment(assessment, language)


async def _read_from_server(settings: Settings, server: str | None, patient: str) -> "PatientRecord":
    async with open_server(settings, server) as client:
        return await client.read_patient(patient)


def _print_assessment(assessment: "Assessment", language: "Language") -> None:
    """Prints findings and ranking as tables, names and headings in the language of the note."""
    from ..diagnosis.words import finding_words

    _print_findings(assessment.case, language)
    if assessment.switched_off:
        stdout.print("Suggestions are switched off: r1 diagnosis status says since when.", style="bold")
    else:
        _print_ranking(assessment.ranking, language)
    for present, absent in assessment.doubts:
        pair = {"absent": finding_words(absent.label, language), "present": finding_words(present.label, language)}
        stdout.print(t("export.doubt", language, **pair))
    _print_unread(assessment.case.unread, language)
    if assessment.confidence and assessment.is_suggestion:
        sure = f"{assessment.confidence.right:.0%} that the first is right"
        outside = f"{assessment.confidence.outside:.0%} that the disease is not in the knowledge base"
        stdout.print(f"Suggestion: {sure}, {outside}.", style="bold")
    stdout.print(t("diagnosis.not_a_diagnosis", language), style="dim")


def _print_findings(case: "Case", language: "Language") -> None:
    from ..diagnosis.words import finding_words, side_words

    columns = [t(f"terminal.{name}", language) for name in ("code", "finding", "status", "read_from")]
    title = t("diagnosis.findings", language, count=len(case.findings))
    table = table_of(*columns, title=title, title_justify="left")
    for finding in case.findings:
        sources = ", ".join(dict.fromkeys(evidence.source for evidence in finding.evidence))
        status = t(f"export.{finding.status.value}", language).lower()
        if finding.is_past:
            status += _in_brackets(t("named.historical", language), language)
        name = finding_words(finding.label, language)
        if side := side_words(finding.sides, finding.label, language):
            name += _in_brackets(side, language)
        table.add_row(finding.code, name, status, sources)
    stdout.print(table)


def _print_ranking(ranking: "Ranking", language: "Language") -> None:
    """Prints the diseases and what would help to tell them apart, or why there is no list."""
    from ..diagnosis.words import finding_words

    if ranking.reason:
        stdout.print(t(f"abstain.{ranking.reason.value}", language), style="bold")
        for present, absent in ranking.conflicts:
            stdout.print(f"  {present.label} ({present.code}) is present, {absent.label} ({absent.code}) absent")
        return
    columns = [t(f"terminal.{name}", language) for name in ("disease", "code", "for", "against")]
    title = f"{t('export.ranking', language)}. {ranking.source} {ranking.version}"
    table = table_of("", *columns, title=title, title_justify="left")
    for place, disease in enumerate(ranking.diseases, start=1):
        table.add_row(str(place), *_cells(disease, language))
    stdout.print(table)
    if finding := ranking.next_finding:
        ask = t("diagnosis.would_help", language)
        stdout.print(f"{ask}: {finding_words(finding.label, language)} ({finding.code})")
    if ranking.pair:
        stdout.print(f"{t('visit.pair', language)}: {' + '.join(ranking.pair.names)}")


def _cells(disease: "RankedDisease", language: "Language") -> tuple[str, str, str, str]:
    """A disease, its code, and the strongest findings for and against it."""
    from ..diagnosis.assessment import name_of, opposing_of
    from ..diagnosis.words import finding_words

    supporting = ", ".join(finding_words(c.label, language) for c in disease.supporting[:4])
    opposing = ", ".join(finding_words(c.label, language) for c in opposing_of(disease)[:2])
    name, code = name_of(disease, language), disease.id
    if disease.condition is not None:
        name, code = f"{name} ({disease.condition.basis})", disease.condition.icd10cm
    return name, code, supporting, opposing


def _print_red_flags(flags: "Sequence[RedFlag]", language: "Language", *, rules: bool) -> None:
    """Prints the rules that fired or lack a value and counts the others, which ``rules`` lists too."""
    from knowledge.medical.red_flags import Outcome

    quiet = [flag for flag in flags if flag.outcome is Outcome.NOT_FIRED]
    for flag in flags[: len(flags) - len(quiet)]:
        _print_red_flag(flag, language)
    hint = "" if rules else f" · {t('diagnosis.not_fired_hint', language)}"
    stdout.print(f"{t('diagnosis.not_fired', language, count=len(quiet))}{hint}", style="dim")
    for flag in sorted(quiet, key=lambda flag: not flag.looked_at) if rules else ():
        stdout.print(printable(f"  {flag.rule.name[language == 'zh']}{_known(flag, language)}"), style="dim")


def _known(flag: "RedFlag", language: "Language") -> str:
    """Values and findings that an unfired rule looked at, each with its time or words, and the time window."""
    from ..diagnosis.words import used_words, window_words, without_echoes

    values = [
        f"{used_words(used, language)} ({used.time or used.phrase or used.source})"
        for used in without_echoes(flag.looked_at)
    ]
    words = enumerated(values, language) or t("diagnosis.nothing_known", language)
    return f" · {window_words(language)} · {words}"


def _print_unread(unread: "tuple[Unread, ...]", language: "Language") -> None:
    """Prints what was left out, verbatim and by reason: it may hold what matters most."""
    from ..diagnosis.words import shortened

    if not unread:
        return
    by_reason: dict[str, list[str]] = {}
    for item in unread:
        where = "" if item.source == "text" and item.phrase else item.source
        by_reason.setdefault(item.reason, []).append(": ".join(part for part in (where, item.phrase) if part))
    stdout.print(t("diagnosis.unread", language, count=len(unread)))
    for reason, phrases in by_reason.items():
        said = "; ".join(shortened(phrases, _MOST_UNREAD, language))
        stdout.print(printable(f"  {t(f'unread.{reason}', language)}: {said}"))


def _print_red_flag(flag: "RedFlag", language: "Language") -> None:
    from knowledge.medical.red_flags import Used

    from ..diagnosis.words import used_words, window_words

    chinese = language == "zh"
    if flag.missing:
        missing = enumerated((used_words(Used(what), language) for what in flag.missing), language)
        line = f"{flag.rule.name[chinese]}{t('diagnosis.cannot_assess', language)}{missing}{_known(flag, language)}"
        stdout.print(printable(line), style="dim")
        return
    name, action, unreviewed = flag.rule.name[chinese], flag.rule.action[chinese], t("diagnosis.unreviewed", language)
    stdout.print(t("terminal.red_flag", language, name=name, action=action, unreviewed=unreviewed), style="bold")
    because = enumerated(
        (used_words(used, language) + (f" ({used.time})" if used.time else "") for used in flag.because), language
    )
    window = _in_brackets(window_words(language), language)
    unchecked = "" if flag.rule.checked else _in_brackets(t("diagnosis.not_checked", language), language)
    stdout.print(printable(f"  {because}{window} · {flag.rule.source}{unchecked}"))


def _in_brackets(words: str, language: "Language") -> str:
    return f"（{words}）" if language == "zh" else f" ({words})"
