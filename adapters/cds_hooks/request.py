"""Reads and checks what a CDS Hooks client sends: https://cds-hooks.hl7.org/2.0/#http-request_1.

Every refusal names the path of the fault, such as ``context.patientId``, and never its value.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from adapters.fhir.elements import Json, inner, is_id, string
from adapters.fhir.limits import read_json
from adapters.fhir.release import is_known_type, problem_in, refuse_other_release
from core.errors import FhirVersionError, InputFormatError

from .cards import OVERRIDE_REASONS, OVERRIDE_SYSTEM

PATIENT_VIEW = "patient-view"
_HOOK = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+){0,5}")
_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_USERS = ("Practitioner", "PractitionerRole", "Patient", "RelatedPerson")
_OUTCOMES = ("accepted", "overridden")
FEEDBACK_OUTCOMES = (*_OUTCOMES, *OVERRIDE_REASONS)
"""Possible values of :attr:`Feedback.outcome`."""
_SPEC = "See https://cds-hooks.hl7.org/2.0/"
_MOST = 1000  # prefetch keys, entries of feedback


@dataclass(frozen=True, slots=True)
class Authorization:
    """Access to the client's FHIR server for this one call."""

    server: str
    token: str


@dataclass(frozen=True, slots=True)
class HookRequest:
    """One call of a service.

    Attributes:
        hook: that triggered the call, such as ``patient-view``.
        user: ``Practitioner/id`` and the like.
        patient: the patient's id, without its type.
        prefetch: key -> resource, or None for "there is none". A key that the client did not send is absent.
        authorization: None if the client sent none.
    """

    hook: str
    user: str
    patient: str
    prefetch: dict[str, Json | None]
    authorization: Authorization | None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a clinician did with a card.

    Attributes:
        card: its id.
        overridden: whether it was dismissed; otherwise it was accepted.
        reason: a code of :data:`OVERRIDE_REASONS`; empty for any other reason, or none.
    """

    card: str
    overridden: bool
    reason: str = ""

    @property
    def outcome(self) -> str:
        """The reason, or the outcome if there is none."""
        return self.reason or ("overridden" if self.overridden else "accepted")


def parse_request(body: bytes) -> HookRequest:
    """Reads the body of a call.

    Raises:
        InputTooLargeError: over 32 MiB.
        InputFormatError: it is not such a body; the message has the path of the fault.
        FhirVersionError: a resource in it is of another FHIR release.
    """
    request = _content(body)
    hook = _text(request, "hook", _HOOK)
    _text(request, "hookInstance", _UUID)
    context = _object(request.get("context"), "context")
    user = _text(context, "context.userId")
    kind, _, user_id = user.partition("/")
    if kind not in _USERS or not is_id(user_id):
        raise _wrong("context.userId", "a reference such as Practitioner/123")
    patient = _id(context, "context.patientId")
    if context.get("encounterId") is not None:
        _id(context, "context.encounterId")
    prefetch = _prefetch(request.get("prefetch"))
    return HookRequest(hook, user, patient, prefetch, _authorization(request))


def parse_feedback(body: bytes) -> list[Feedback]:
    """Reads the body of a feedback call: https://cds-hooks.hl7.org/2.0/#feedback.

    Raises:
        InputTooLargeError: over 32 MiB.
        InputFormatError: it is not such a body; the message has the path of the fault.
    """
    request = _content(body)
    items = request.get("feedback")
    if not isinstance(items, list) or not items or len(items) > _MOST:
        raise _wrong("feedback", f"a list of 1 to {_MOST:,}")
    found = []
    for place, item in enumerate(items):
        path = f"feedback[{place}]"
        entry = _object(item, path)
        card = _text(entry, f"{path}.card", _UUID)
        outcome = _text(entry, f"{path}.outcome")
        if outcome not in _OUTCOMES:
            raise _wrong(f"{path}.outcome", "accepted or overridden")
        try:
            datetime.fromisoformat(_text(entry, f"{path}.outcomeTimestamp"))
        except ValueError:
            raise _wrong(f"{path}.outcomeTimestamp", "a date and time") from None
        overridden = outcome == "overridden"
        found.append(Feedback(card.lower(), overridden, _reason(entry, path) if overridden else ""))
    return found


def _reason(entry: Json, path: str) -> str:
    """The chosen reason, if it is one of the card's: a client may offer others, or the clinician only write words."""
    path = f"{path}.overrideReason"
    if entry.get("overrideReason") is None:
        return ""
    given = _object(entry["overrideReason"], path)
    if given.get("reason") is None:
        return ""
    reason = _object(given["reason"], f"{path}.reason")
    code = _text(reason, f"{path}.reason.code")
    return code if code in OVERRIDE_REASONS and reason.get("system", OVERRIDE_SYSTEM) == OVERRIDE_SYSTEM else ""


def _prefetch(value: object) -> dict[str, Json | None]:
    if value is None:
        return {}
    prefetch = _object(value, "prefetch")
    if len(prefetch) > _MOST:
        raise _wrong("prefetch", f"at most {_MOST} keys")
    for place, (key, resource) in enumerate(prefetch.items()):
        # A client's key may hold anything, so it is named only if it looks like a key.
        path = f"prefetch.{key}" if re.fullmatch(r"[a-z][A-Za-z0-9_-]{0,39}", key) else f"prefetch[{place}]"
        if resource is not None:
            _check_resource(_object(resource, path), path)
    return prefetch


def _check_resource(resource: Json, path: str, *, is_hit: bool = False) -> None:
    """Checks a resource, or a Bundle and its resources; an invalid hit in a Bundle is not refused but left out."""
    kind = string(resource.get("resourceType"))
    if not kind:
        raise _wrong(f"{path}.resourceType", "a resource type, since a prefetched resource stands there itself")
    try:
        if not is_hit or not is_known_type(kind):
            refuse_other_release(resource)
        if not is_known_type(kind):
            raise _wrong(f"{path}.resourceType", "a resource type of FHIR R4")
        if kind != "Bundle":
            if not is_hit and (problem := problem_in(resource)):
                raise _wrong(path + problem.removeprefix(kind), "valid FHIR R4")
            return
    except FhirVersionError as error:
        raise FhirVersionError(f"{path}: {error.message}", hint=error.hint) from None
    entries = [] if resource.get("entry") is None else resource["entry"]  # JSON of some clients has null for nothing
    if not isinstance(entries, list):
        raise _wrong(f"{path}.entry", "a list")
    for place, entry in enumerate(entries):
        inside = f"{path}.entry[{place}]"
        if _object(entry, inside).get("resource") is not None:
            _check_resource(_object(entry["resource"], f"{inside}.resource"), f"{inside}.resource", is_hit=True)


def _authorization(request: Json) -> Authorization | None:
    server, given = request.get("fhirServer"), request.get("fhirAuthorization")
    if server is not None and not _is_address(_text(request, "fhirServer")):
        raise _wrong("fhirServer", "the address of a FHIR server")
    if given is None:
        return None
    authorization = _object(given, "fhirAuthorization")
    token = _text(authorization, "fhirAuthorization.access_token", re.compile(r"[\x21-\x7e]{1,16384}"))
    if _text(authorization, "fhirAuthorization.token_type").lower() != "bearer":
        raise _wrong("fhirAuthorization.token_type", "Bearer")
    if server is None:
        raise _wrong("fhirServer", "the server that fhirAuthorization is for")
    return Authorization(str(server), token)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return text.isprintable() and parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # for half an IPv6 address, or a port above 65535
        return False


def _content(body: bytes) -> Json:
    try:
        return _object(read_json(body), "the body")
    except InputFormatError as error:
        raise InputFormatError(error.message, hint=_SPEC) from None  # there is no record to export again


def _object(value: Any, path: str) -> Json:
    if not isinstance(value, dict):
        raise _wrong(path, "an object")
    return inner(value)


def _text(parent: Json, path: str, pattern: re.Pattern[str] | None = None) -> str:
    value = parent.get(path.rpartition(".")[2])
    if not isinstance(value, str) or not value:
        raise _wrong(path, "a text")
    if pattern and not pattern.fullmatch(value):
        raise _wrong(path, "of the form that the specification gives")
    return value


def _id(parent: Json, path: str) -> str:
    value = parent.get(path.rpartition(".")[2])
    if not is_id(value):
        raise _wrong(path, "an id without a resource type before it")
    return str(value)


def _wrong(path: str, expected: str) -> InputFormatError:
    return InputFormatError(f"{path} is not {expected}", hint=_SPEC)
