"""Refusals at the desk with their reasons, in the page's language."""

from html import escape

from apps.ui.language import english
from apps.ui.texts import t
from core.errors import R1Error
from knowledge.faq.answer_tests import A_PERSON, MUST_NOT_ANSWER, SIGN_IN, Outcome, topic_in
from knowledge.faq.trial import FailedTestsError
from knowledge.retrieval.language import Language

_SHOWN = 5
_WITHOUT_ENTRY = {MUST_NOT_ANSWER: "no_entry", SIGN_IN: "to_sign_in", A_PERSON: "a_person"}


def refusal_html(error: R1Error, language: Language) -> str:
    """What was refused and why, with failed answer tests; an error without a text on the page shows its own message."""
    if not error.kind:
        return f"{escape(t('desk.refused', language))} {english(str(error))}"
    said = escape(t(f"refusal.{error.kind}", language))
    return said + _failed_html(error.failed, language) if isinstance(error, FailedTestsError) else said


def _failed_html(failed: tuple[Outcome, ...], language: Language) -> str:
    lines = [_failure(outcome, language) for outcome in failed[:_SHOWN]]
    if len(failed) > _SHOWN:
        lines.append(t("refusal.more_tests", language, count=len(failed) - _SHOWN))
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _failure(outcome: Outcome, language: Language) -> str:
    expected = _in_words(outcome.test.expect, language)
    came = _in_words(outcome.instead or outcome.given or MUST_NOT_ANSWER, language)
    if outcome.offered:
        came += t("refusal.nearest", language, ids=", ".join(outcome.offered))
    return t("refusal.test", language, question=outcome.test.question, expected=expected, came=came)


def _in_words(expected: str, language: Language) -> str:
    """An expected or actual outcome of a test, as shown on the page."""
    if topic := topic_in(expected):
        return t("refusal.on_topic", language, topic=t(f"topics.{topic}", language))
    if expected in _WITHOUT_ENTRY:
        return t(f"refusal.{_WITHOUT_ENTRY[expected]}", language)
    return t("refusal.entry", language, id=expected)
