"""``r1 diagnose``: one patient from a file or the FHIR server, ranked in the terminal."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import InputError, InputFormatError
from core.settings import Settings

from .audit import open_trail
from .terminal import command_settings, printable, read_file, stderr, stdout, table_of, terminal_user

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.fhir.bundle import PatientRecord
    from knowledge.medical.case import Unread
    from knowledge.medical.red_flags import RedFlag
    from knowledge.retrieval.language import Language

    from ..diagnosis.assessment import Assessment

_MOST_UNREAD = 10  # of one reason; --json has all
_MAX_FILE = 64 << 20  # bytes; each format has a lower limit of its own
_NO_LIST = {
    "no_present_finding": "Nothing to rank: the record has no present finding.",
    "conflicting": "No list: findings contradict each other.",
    "out_of_scope": "No list: the present findings alone point to no disease in the knowledge base.",
}

_FINDING_COLUMNS = ("Code", "Finding", "Status", "Read from"), ("编码", "表现", "状态", "来源")
_DISEASE_COLUMNS = ("", "Disease", "Id", "For", "Against"), ("", "疾病", "编码", "支持", "反对")
"""English and Chinese."""


def diagnose(
    file: Annotated[Path | None, typer.Argument(help="FHIR R4 Bundle (.json) or clinical note (.txt).")] = None,
    server: Annotated[str | None, typer.Option(help="FHIR R4 server to read from; default R1_FHIR_URL.")] = None,
    patient: Annotated[str | None, typer.Option(help="Id of the patient on the server.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Diseases to show.")] = 10,
    rules: Annotated[bool, typer.Option("--rules", help="List the rules of red flags that did not fire, too.")] = False,
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
        from ..diagnosis.report import assessment_json

        print(json.dumps(assessment_json(assessment), indent=2, ensure_ascii=False))
    else:
        from knowledge.retrieval.language import language_of

        is_note = file is not None and file.suffix.lower() == ".txt"
        language = language_of(data.decode(errors="ignore")) if is_note else "en"
        _print_red_flags(assessment.red_flags, language, rules=rules)
        _print_assessment(assessment, language)


async def _read_from_server(settings: Settings, server: str | None, patient: str) -> "PatientRecord":
    from ..bootstrap import open_fhir

    async with open_fhir(settings, open_trail(settings).user(terminal_user()), server) as client:
        return await client.read_patient(patient)


def _print_assessment(assessment: "Assessment", language: "Language") -> None:
    """Prints findings and ranking as tables, names and headings in the language of the note."""
    from ..diagnosis.assessment import name_of, opposing_of
    from ..diagnosis.words import finding_words, side_words
    from ..ui.texts import t

    case, ranking = assessment.case, assessment.ranking
    chinese = language == "zh"
    findings = table_of(
        *_FINDING_COLUMNS[chinese],
        title=t("diagnosis.findings", language, count=len(case.findings)),
        title_justify="left",
    )
    for finding in case.findings:
        sources = ", ".join(dict.fromkeys(evidence.source for evidence in finding.evidence))
        status = t(f"export.{finding.status.value}", "zh") if chinese else finding.status.value
        if finding.evidence and all(evidence.is_past for evidence in finding.evidence):
            status += f"（{t('named.historical', 'zh')}）" if chinese else f" ({t('named.historical', 'en')})"
        name = finding_words(finding.label, language)
        if side := side_words(finding.sides, finding.label, language):
            name += f"（{side}）" if chinese else f" ({side})"
        findings.add_row(finding.code, name, status, sources)
    stdout.print(findings)
    if assessment.switched_off:
        stdout.print("Suggestions are switched off: r1 diagnosis status says since when.", style="bold")
    elif ranking.reason:
        reason = t(f"abstain.{ranking.reason.value}", "zh") if chinese else _NO_LIST[ranking.reason.value]
        stdout.print(reason, style="bold")
        for present, absent in ranking.conflicts:
            stdout.print(f"  {present.label} ({present.code}) is present, {absent.label} ({absent.code}) absent")
    else:
        heading = t("export.ranking", "zh") if chinese else "To consider, best match first"
        title = f"{heading}. {ranking.source} {ranking.version}"
        columns = _DISEASE_COLUMNS[chinese]
        diseases = table_of(*columns, title=title, title_justify="left")
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
            ask = t("diagnosis.would_help", "zh") if chinese else "Would tell most if known"
            stdout.print(f"{ask}: {finding_words(next_one.label, language)} ({next_one.code})")
        if ranking.pair:
            stdout.print(f"{t('visit.pair', language)}: {' + '.join(ranking.pair.names)}")
    for present, absent in assessment.doubts:
        if chinese:
            pair = {"absent": finding_words(absent.label, "zh"), "present": finding_words(present.label, "zh")}
            stdout.print(t("export.doubt", "zh", **pair))
            continue
        stdout.print(f"In doubt, so left out: a note says no {absent.label}, yet {present.label} is present.")
    _print_unread(case.unread, language)
    if assessment.confidence and assessment.is_suggestion:
        sure = f"{assessment.confidence.right:.0%} that the first is right"
        outside = f"{assessment.confidence.outside:.0%} that the disease is not in the knowledge base"
        stdout.print(f"Suggestion: {sure}, {outside}.", style="bold")
        stdout.print("This supports clinicians. It is not a diagnosis.", style="dim")
    else:
        no_claim = "This supports clinicians. It is not a diagnosis, and no probability is claimed."
        stdout.print(t("diagnosis.not_a_diagnosis", "zh") if chinese else no_claim, style="dim")


def _print_red_flags(flags: "Sequence[RedFlag]", language: "Language", *, rules: bool) -> None:
    """Prints those that fired or lack a value, and counts the others; ``rules`` lists these, too."""
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
    """What a rule that has not fired looked at, each with its time or words, and in which window."""
    from ..diagnosis.words import known, used_words, window_words
    from ..ui.texts import t

    told = [f"{used_words(used, language)} ({used.time or used.phrase or used.source})" for used in known(flag)]
    words = t("diagnosis.and", language).join(told) or t("diagnosis.nothing_known", language)
    return f" · {window_words(flag, language)} · {words}"


def _print_unread(unread: "tuple[Unread, ...]", language: "Language") -> None:
    """What was left out, in its own words under each reason: one of them may be what matters most."""
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
    from ..diagnosis.words import value_words, window_words

    if language == "zh":
        _print_red_flag_in_chinese(flag)
        return
    name, missing = flag.rule.name[0], ", ".join(flag.missing)
    if missing:
        stdout.print(printable(f"{name}: cannot assess, not known: {missing}{_known(flag, language)}"), style="dim")
        return
    reasons = "; ".join(
        f"{used.what} {value_words(used)}".strip() + (f" ({used.time})" if used.time else "") for used in flag.because
    )
    stdout.print(f"Red flag (possible, unreviewed): {name}. {flag.rule.action[0]}.", style="bold")
    unchecked = "" if flag.rule.checked else " (wording not checked against it yet)"
    window = window_words(flag, language)
    stdout.print(printable(f"  Because of {reasons} ({window}). {flag.rule.source}{unchecked}"))


def _print_red_flag_in_chinese(flag: "RedFlag") -> None:
    from knowledge.medical.red_flags import Used

    from ..diagnosis.words import used_words, window_words
    from ..ui.texts import t

    name, joined = flag.rule.name[1], t("diagnosis.and", "zh")
    if flag.missing:
        missing = joined.join(used_words(Used(what), "zh") for what in flag.missing)
        told = f"{name}{t('diagnosis.cannot_assess', 'zh')}{missing}{_known(flag, 'zh')}"
        stdout.print(printable(told), style="dim")
        return
    because = joined.join(used_words(used, "zh") for used in flag.because)
    stdout.print(f"{name}（{t('diagnosis.unreviewed', 'zh')}）：{flag.rule.action[1]}", style="bold")
    unchecked = "" if flag.rule.checked else f"（{t('diagnosis.not_checked', 'zh')}）"
    window = window_words(flag, "zh")
    stdout.print(printable(f"  {because}（{window}）。{flag.rule.source}{unchecked}"))
