"""Errors in the format of OpenAI's API. None repeats text from the client or reveals the server's internals."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi.responses import Response

from ...errors import (
    BusyError,
    ContextLengthError,
    DeadlineError,
    EngineError,
    GenerationError,
    InvalidRequestError,
    SettingsError,
    UnknownModelError,
)
from ...validation import says

_NAMES_SHOWN, _NAME_LENGTH = 10, 60


class Json(Response):
    """JSON in ASCII, so that it cannot contain any kind of raw line break or broken character."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The encoded body."""
        return json.dumps(content, separators=(",", ":"), allow_nan=False).encode("ascii")


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, for the client.

    Attributes:
        status: HTTP status.
        message: a plain sentence.
        kind: ``invalid_request_error``, ``rate_limit_error`` or ``server_error``.
        code: identifies the error for programs.
        param: the field at fault.
        retry_after: seconds after which a retry may succeed; 0 if unknown.
        headers: additional ones.
    """

    status: int
    message: str
    kind: str = "invalid_request_error"
    code: str | None = None
    param: str | None = None
    retry_after: int = 0
    headers: Mapping[str, str] | None = None

    @property
    def body(self) -> dict[str, Any]:
        """OpenAI's error object."""
        error = {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}
        return {"error": error}

    def response(self) -> Response:
        """The error as an HTTP response."""
        retry = {"retry-after": str(self.retry_after)} if self.retry_after else {}
        return Json(self.body, status_code=self.status, headers={**retry, **(self.headers or {})})


WRONG_KEY = Problem(
    401,
    "The API key is missing or wrong. Send it as: Authorization: Bearer KEY",
    code="invalid_api_key",
    headers={"www-authenticate": "Bearer"},
)
NOT_JSON = Problem(415, "The body must be sent as application/json", code="unsupported_media_type")
SHUTTING_DOWN = Problem(
    503,
    "The server is shutting down",
    "server_error",
    code="shutting_down",
    retry_after=5,
    headers={"connection": "close"},
)
NO_MODEL = Problem(503, "The model cannot answer now", "server_error", code="engine_unavailable", retry_after=5)
INTERNAL = Problem(500, "The server made a mistake; its log says more", "server_error", code="internal_error")
_BY_ERROR: dict[type[Exception], Problem] = {
    InvalidRequestError: Problem(400, "", code="invalid_value"),
    ContextLengthError: Problem(400, "", code="context_length_exceeded"),
    UnknownModelError: Problem(
        404, "There is no such model; GET /v1/models lists those there are", code="model_not_found", param="model"
    ),
    BusyError: Problem(429, "Too many requests wait already", "rate_limit_error", code="queue_full", retry_after=2),
    DeadlineError: Problem(504, "The answer was not finished in its time", "server_error", code="deadline_exceeded"),
    EngineError: NO_MODEL,
    SettingsError: NO_MODEL,  # another server refuses the suite's key
}
_BY_STATUS = {
    404: Problem(404, "There is nothing at this address", code="unknown_url"),
    405: Problem(405, "This address does not take this method", code="method_not_allowed"),
}


def no_embedder(known: str) -> Problem:
    """Embeddings were requested from a model other than ``known``."""
    return replace(_BY_ERROR[UnknownModelError], message=f"There is no such embedding model; the one there is: {known}")


def too_large(limit: int) -> Problem:
    """The body has more than ``limit`` bytes."""
    return Problem(413, f"The body has more than {limit} bytes", code="request_too_large")


def too_often(seconds: int) -> Problem:
    """The rate limit is exceeded for another ``seconds``."""
    message = f"Too many requests with this API key; try again in {seconds} s"
    return Problem(429, message, "rate_limit_error", code="rate_limit_exceeded", retry_after=seconds)


def of_error(error: Exception) -> Problem:
    """An error of the suite; those about the request keep their own text, which never repeats the client's."""
    problem = next((known for kind, known in _BY_ERROR.items() if isinstance(error, kind)), INTERNAL)
    if not problem.message and isinstance(error, GenerationError):
        return replace(problem, message=str(error), param=error.param or None)
    return problem


def of_status(status: int, headers: Mapping[str, str] | None) -> Problem:
    """A routing error: no such address or method, or a body that cannot be read."""
    problem = _BY_STATUS.get(status, Problem(status, "The body cannot be read as JSON", code="invalid_json"))
    return replace(problem, headers=headers)


def of_validation(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """What pydantic found; of the request, only field names are repeated."""
    unknown = [_field(error) for error in errors if error["type"] == "extra_forbidden"]
    if unknown:
        more = "" if len(unknown) <= _NAMES_SHOWN else " and more"
        message = "Unknown fields: " + ", ".join(unknown[:_NAMES_SHOWN]) + more
        return Problem(400, message, code="unknown_field", param=unknown[0])
    first = errors[0]
    field = _field(first)
    if first["type"] == "json_invalid" or not field:
        return Problem(400, "The body must be a JSON object", code="invalid_json")
    if first["type"] == "missing":
        return Problem(400, f"{field}: it is missing or null", code="missing_field", param=field)
    return Problem(400, f"{field}: {says(first)}", code="invalid_value", param=field)


def _field(error: Mapping[str, Any]) -> str:
    """``messages.0.content``, in printable ASCII."""
    if error["type"] == "json_invalid":
        return ""
    named = error.get("ctx", {}).get("field")  # rejected before the fields were validated
    path = [*error["loc"][1:], *([named] if named else [])]
    return ascii(".".join(str(part)[:_NAME_LENGTH] for part in path))[1:-1]
