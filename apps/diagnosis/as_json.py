"""An assessment as JSON, as printed by ``r1 diagnose --json``."""

from datetime import timedelta
from typing import Any

from knowledge.medical.case import Finding, Unread
from knowledge.medical.confidence import Confidence
from knowledge.medical.differential import Contribution, RankedDisease
from knowledge.medical.measurements import Quantity
from knowledge.medical.next_finding import NextFinding
from knowledge.medical.red_flag_findings import WINDOW
from knowledge.medical.red_flags import RedFlag, Used

from .assessment import Assessment


def assessment_json(assessment: Assessment) -> dict[str, Any]:
    """Plain values, ready for ``json.dumps``.

    ``score`` orders one ranking, in nats; it is not a probability. ``confidence`` holds probabilities, only with a
    certificate for the kind of case.
    """
    case, ranking = assessment.case, assessment.ranking
    certificate, confidence = assessment.certificate, assessment.confidence
    return {
        "patient": {
            "resource": case.patient,
            "sex": case.sex.value,
            "birth_date": case.birth_date.isoformat() if case.birth_date else None,
            "age_years": case.age_years,
            "pregnant": case.pregnant,
            "gestation_weeks": case.gestation,
        },
        "red_flags": [_red_flag(flag) for flag in assessment.red_flags],
        "findings": [_finding(finding) for finding in case.findings],
        "unread": [_unread(unread) for unread in case.unread],
        "ranking": {
            "switched_off": assessment.switched_off,
            "status": "suggestion" if assessment.is_suggestion else "to consider",
            "certificate": certificate.to_json() if certificate else None,
            "confidence": _confidence(confidence) if confidence else None,
            "source": ranking.source,
            "version": ranking.version,
            "findings_used": ranking.findings_used,
            "reason": ranking.reason.value if ranking.reason else None,
            "conflicts": [{"present": present.code, "absent": absent.code} for present, absent in ranking.conflicts],
            "doubts": [{"present": present.code, "absent": absent.code} for present, absent in assessment.doubts],
            "pair": {"ids": ranking.pair.ids, "explained": ranking.pair.explained} if ranking.pair else None,
            "next_finding": _next(ranking.next_finding) if ranking.next_finding else None,
            "diseases": [_disease(place, disease) for place, disease in enumerate(ranking.diseases, start=1)],
            "must_not_miss": [{"id": disease.id, "red_flags": list(disease.red_flags)} for disease in ranking.urgent],
        },
    }


def _red_flag(flag: RedFlag) -> dict[str, Any]:
    rule = flag.rule
    return {
        "id": rule.id,
        "outcome": flag.outcome.value,
        "reviewed": False,
        "name": rule.name[0],
        "action": rule.action[0],
        "source": rule.source,
        "follows_source": rule.follows,
        "source_checked": rule.checked,
        "window_hours": WINDOW // timedelta(hours=1),
        "because": [_used(used) for used in flag.because],
        "looked_at": [_used(used) for used in flag.looked_at],
        "missing": list(flag.missing),
    }


def _used(used: Used) -> dict[str, Any]:
    return {
        "what": used.what,
        "value": used.value,
        "unit": None if used.value is None else Quantity(used.what).unit,
        "time": used.time.isoformat() if used.time else None,
        "source": used.source,
        "phrase": used.phrase,
        "week": used.week,
    }


def _confidence(confidence: Confidence) -> dict[str, float]:
    return {
        "first_is_right": round(confidence.right, 3),
        "another_disease": round(confidence.other, 3),
        "not_in_the_knowledge_base": round(confidence.outside, 3),
    }


def _next(finding: NextFinding) -> dict[str, Any]:
    return {"code": finding.code, "label": finding.label, "bits": finding.bits}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "label": finding.label,
        "status": finding.status.value,
        "evidence": [
            {
                "source": evidence.source,
                "date": evidence.date.isoformat() if evidence.date else None,
                "phrase": evidence.phrase,
                "start": evidence.start,
                "end": evidence.end,
                "cue": evidence.cue,
                "site": evidence.site,
                "side": evidence.side.value if evidence.side else None,
            }
            for evidence in finding.evidence
        ],
    }


def _unread(unread: Unread) -> dict[str, str]:
    return {"source": unread.source, "reason": unread.reason, "phrase": unread.phrase}


def _disease(place: int, disease: RankedDisease) -> dict[str, Any]:
    condition = disease.condition
    return {
        "rank": place,
        "id": disease.id,
        "aliases": list(disease.aliases),
        "name": disease.name,
        "icd10cm": condition.icd10cm if condition else None,
        "basis": condition.basis if condition else "annotations",
        "must_not_miss": condition.must_not_miss if condition else None,
        "raised": disease.raised,
        "first_tests": condition.first_tests.en if condition else None,
        "score": None if condition else round(disease.score, 3),
        "supporting": [_contribution(contribution, condition is not None) for contribution in disease.supporting],
        "overall": None if condition else round(disease.overall, 3),
        "opposing": [_contribution(contribution, condition is not None) for contribution in disease.opposing],
        "missing": [
            {"code": missing.code, "label": missing.label, "frequency": missing.frequency}
            for missing in disease.missing
        ],
    }


def _contribution(contribution: Contribution, editorial: bool) -> dict[str, Any]:
    """Editorial classes are judgements, so they are reported without a number."""
    return {
        "code": contribution.code,
        "label": contribution.label,
        "status": contribution.status.value,
        "nats": None if editorial else round(contribution.nats, 3),
        "strength": contribution.strength.value if contribution.strength else None,
        "basis": contribution.basis.value,
        "annotation": contribution.annotation_code or None,
        "annotation_label": contribution.annotation_label or None,
        "frequency": contribution.frequency or None,
        "references": list(contribution.references),
    }
