"""Refusals and failures, worded in the language of the page."""

from html import escape

from apps.ui.parts import english_error, notice
from apps.ui.reasons import reason_html
from apps.ui.texts import t
from core.errors import (
    ApprovalError,
    AuditError,
    FhirServerError,
    FhirVersionError,
    Hl7Error,
    InputFormatError,
    InputTooLargeError,
    R1Error,
    SettingsError,
    SignInError,
    StorageError,
)
from knowledge.retrieval.language import Language

_ERRORS: dict[type[Exception], str] = {
    ApprovalError: "decision.not_approved",
    Hl7Error: "decision.not_sent",
    AuditError: "decision.not_audited",
    StorageError: "decision.not_stored",
    InputTooLargeError: "diagnosis.error_too_large",
    InputFormatError: "diagnosis.error_format",
    FhirVersionError: "diagnosis.error_version",
    FhirServerError: "diagnosis.error_server",
    SettingsError: "diagnosis.error_settings",
    R1Error: "diagnosis.error_other",
}


def error_html(error: R1Error, language: Language) -> str:
    """The page's text for the error; if it has none, its own message, behind a Chinese one for its class."""
    if error.kind and not isinstance(error, SignInError):
        return notice(escape(t(f"refusal.{error.kind}", language)))
    if language == "en":
        lead = f"{escape(t('decision.not_approved', language))} " if isinstance(error, ApprovalError) else ""
        return notice(lead + english_error(error))
    key = next(_ERRORS[kind] for kind in type(error).__mro__ if kind in _ERRORS)
    label = escape(t("diagnosis.error_detail", language))
    return notice(f"{escape(t(key, language))}<br><small>{label}{reason_html(str(error), language)}</small>")
