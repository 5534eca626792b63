"""Turns HTTP statuses and OperationOutcomes of FHIR servers into the suite's errors."""

import math
import re

import httpx

from core.errors import (
    FhirAccessError,
    FhirBusyError,
    FhirConflictError,
    FhirNotFoundError,
    FhirRejectedError,
    FhirServerError,
    FhirUnreachableError,
)
from core.http_clients import fault_of

from .elements import Json, objects, string

_ELSEWHERE = "The server sends requests to another address: name that one in R1_FHIR_URL, https perhaps"
_HINTS = {
    **dict.fromkeys((301, 302, 303, 307, 308), _ELSEWHERE),
    400: "See the server's log for what it cannot use, and check R1_FHIR_URL",
    401: "Sign in at the hospital again; where R1_FHIR_TOKEN is used instead, set it to a valid one",
    403: "The token may not do this: ask the server's operator for access",
    404: "Check the patient id and R1_FHIR_URL",
    409: "Read the record again",
    410: "It was deleted on the server",
    412: "Read the record again",
    413: "The server, or a proxy in front of it, has to allow larger requests",
    422: "The server's own rules refuse the resource: see its log",
    429: "The server is busy: try again later",
}


def failure(status: int, resource: Json, retry_after: float | None = None) -> FhirServerError:
    """The error for an HTTP status and the resource that came with it.

    Only the issue codes of an OperationOutcome are kept (https://hl7.org/fhir/R4/valueset-issue-type.html): its texts
    may name the patient.

    Args:
        retry_after: seconds in the answer's Retry-After.
    """
    issues = objects(resource.get("issue")) if resource.get("resourceType") == "OperationOutcome" else []
    codes = [code for issue in issues if re.fullmatch(r"[a-z][a-z-]{2,30}", code := string(issue.get("code")))]
    hint = _HINTS.get(status, "The server failed: try again later" if status >= 500 else "Check R1_FHIR_URL")
    if retry_after:
        hint = f"The server asks to be left alone for {math.ceil(retry_after):,} s: try again after that"
    said = f" ({', '.join(dict.fromkeys(codes))})" if codes else ""
    return _kind(status)(
        f"The FHIR server answered with HTTP {status}{said}", hint=hint, status=status, retry_after=retry_after
    )


def _kind(status: int) -> type[FhirServerError]:
    match status:
        case 401 | 403:
            return FhirAccessError
        case 404 | 410:
            return FhirNotFoundError
        case 409 | 412:
            return FhirConflictError
        case 429 | 503:
            return FhirBusyError
        case _ if 400 <= status < 500:
            return FhirRejectedError
    return FhirServerError


def unreachable(error: httpx.HTTPError | httpx.InvalidURL | TimeoutError, timeout: float) -> FhirUnreachableError:
    """The error for a request without a complete answer. ``timeout`` is in seconds."""
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return FhirUnreachableError(
            f"The FHIR server gave no answer within {timeout:g} s", hint="Try again, or raise R1_FHIR_TIMEOUT"
        )
    if isinstance(error, httpx.DecodingError):
        return FhirUnreachableError(
            "The FHIR server's answer cannot be unpacked",
            hint="The server, or a proxy in front of it, must use gzip or no compression",
        )
    fault, hint = fault_of(error), "Check R1_FHIR_URL, with http or https and the port, and the network"
    if re.search(r"issuer|self.signed", fault):
        hint = "Name the authorities that may have issued its certificate in SSL_CERT_FILE: see docs/settings.md"
    return FhirUnreachableError(f"The FHIR server cannot be reached ({fault})", hint=hint)
