"""An assessment as headed lines of plain text: the content of every export, whatever its format."""

from dataclasses import dataclass

from apps.ui.texts import enumerated, t
from apps.ui.times import to_the_minute
from knowledge.medical.case import Case, Finding, Status
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import Outcome, RedFlag
from knowledge.retrieval.language import Language

from .assessment import Assessment, probabilities
from .decision import Candidate, Decided, candidates, reasons
from .person import corrections, shown_facts
from .visit import Visit
from .words import finding_words, lost_words, red_flags_hint, side_words, told_of_patient, used_words, without_echoes


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines; ``part`` is the heading's key, the same in every language."""

    part: str
    heading: str
    lines: tuple[str, ...]


def sections(
    visit: Visit, decided: Decided | None, knowledge: MedicalKnowledge, language: Language
) -> tuple[Section, ...]:
    """Patient, red flags, findings, diseases, decision and basis, without empty ones."""
    assessment = visit.assessment
    ranked = candidates(assessment, language) if assessment else ()
    parts = {
        "patient": _patient(visit, language),
        "red_flags": _red_flags(visit, language),
        "findings": _findings(assessment.case if assessment else visit.reviewed, language),
        "ranking": _ranking(assessment, ranked, language),
        "decision": _decision(decided, ranked, language),
        "basis": _basis(visit, knowledge, language),
    }
    return tuple(Section(part, t(f"export.{part}", language), tuple(lines)) for part, lines in parts.items() if lines)


def plain_text(parts: tuple[Section, ...], language: Language) -> str:
    """Text for the clipboard."""
    blocks = ["\n".join([part.heading, *(f"- {line}" for line in part.lines)]) for part in parts]
    return "\n\n".join([t("export.title", language), *blocks]) + "\n"


def _patient(visit: Visit, language: Language) -> list[str]:
    case, unknown = visit.case, t("diagnosis.not_given", language)
    lines = {
        "name": case.name or unknown,
        "birth_date": case.birth_date.isoformat() if case.birth_date else unknown,
        **{fact: words or unknown for fact, words in shown_facts(visit, language).items()},
        **corrections(visit, language),
        "record_number": case.record_number or unknown,
        "source": f"{t(f'diagnosis.source_{visit.source}', language)} {visit.origin}".strip(),
        "read_at": to_the_minute(visit.read_at),
    }
    return [
        *(_pair(t(f"diagnosis.{name}", language), value, language) for name, value in lines.items()),
        *told_of_patient(case, language),
    ]


def whose(visit: Visit, language: Language) -> list[str]:
    """The patient's name and, if known, date of birth and record number."""
    case = visit.case
    name = case.name or t("diagnosis.no_name", language)
    facts = {
        "diagnosis.birth_date": case.birth_date.isoformat() if case.birth_date else "",
        "diagnosis.record_number": case.record_number,
    }
    return [name, *(_pair(t(key, language), value, language) for key, value in facts.items() if value)]


def _red_flags(visit: Visit, language: Language) -> list[str]:
    """The rules that fired with their grounds, or that none did; what no rule saw; and what the rules look at."""
    fired = [_fired(flag, language) for flag in visit.red_flags if flag.outcome is Outcome.FIRED]
    none = t("diagnosis.no_red_flag", language, rules=len(RULES))
    lost = lost_words(visit.case, language)
    return [*(fired or [none]), *filter(None, [lost]), red_flags_hint(language)]


def _fired(flag: RedFlag, language: Language) -> str:
    chinese = language == "zh"
    name = f"{flag.rule.name[chinese]} ({t('diagnosis.unreviewed', language)})"
    because = enumerated((used_words(used, language) for used in without_echoes(flag.because)), language)
    return _pair(name, f"{flag.rule.action[chinese]} ({because})", language)


def _findings(case: Case, language: Language) -> list[str]:
    return [
        _pair(t(f"export.{status.value}", language), _named(case.findings, status, language), language)
        for status in Status
        if any(finding.status is status for finding in case.findings)
    ]


def _named(findings: tuple[Finding, ...], status: Status, language: Language) -> str:
    named = [_name(finding, language) for finding in findings if finding.status is status]
    return enumerated(named, language)


def _name(finding: Finding, language: Language) -> str:
    side = side_words(finding.sides, finding.label, language)
    return f"{finding_words(finding.label, language)} ({', '.join(filter(None, (finding.code, side)))})"


def _ranking(assessment: Assessment | None, ranked: tuple[Candidate, ...], language: Language) -> list[str]:
    """Why there is no list; otherwise the probabilities, the findings set aside, and the diseases."""
    if assessment is None:
        return []
    if reason := assessment.ranking.reason:
        return [t(f"abstain.{reason.value}", language)]
    doubts = [
        t("export.doubt", language, present=present.label, absent=absent.label) for present, absent in assessment.doubts
    ]
    sure = [probabilities(assessment.confidence, language)] if assessment.certificate and assessment.confidence else []
    return [*sure, *doubts, *(_disease(candidate, language) for candidate in ranked)]


def _disease(candidate: Candidate, language: Language) -> str:
    head = f"{candidate.place}. {candidate.name} ({candidate.shown_code})"
    return t("decision.then", language).join([head, *reasons(candidate, language)])


def _decision(decided: Decided | None, offered: tuple[Candidate, ...], language: Language) -> list[str]:
    if decided is None:
        return [t("export.undecided", language)]
    chosen = next((candidate.name for candidate in offered if candidate.id == decided.decision.chosen), "")
    if not chosen:
        return [_pair(t("decision.disagree", language), t(f"reason.{decided.decision.reason}", language), language)]
    state = "withdrawn" if decided.withdrawn else "written" if decided.written else "not_written"
    return [t("decision.summary_considers", language, disease=chosen), t(f"export.{state}", language)]


def _basis(visit: Visit, knowledge: MedicalKnowledge, language: Language) -> list[str]:
    assessment = visit.assessment
    certified = assessment is not None and assessment.certificate is not None
    lines = [
        t("diagnosis.knowledge", language, source=knowledge.source, version=knowledge.version),
        t("diagnosis.not_a_diagnosis" if certified else "diagnosis.no_certificate", language),
        knowledge.acknowledgement,
    ]
    if visit.case.unread:
        lines.insert(0, t("diagnosis.unread", language, count=len(visit.case.unread)))
    return lines


def _pair(name: str, value: str, language: Language) -> str:
    return f"{name}{'：' if language == 'zh' else ': '}{value}"
