"""Errors of the ``openai`` package as the suite's own."""

import re
from typing import TYPE_CHECKING

from ..errors import (
    BusyError,
    ContextLengthError,
    DeadlineError,
    EngineError,
    InvalidRequestError,
    R1Error,
    SettingsError,
    UnknownModelError,
)

if TYPE_CHECKING:
    from openai import APIError

CHECK_URL = "Check R1_ENGINE_URL; it usually ends in /v1"
"""Hint on a server that does not speak OpenAI's API."""

_STATUS_OF_CODE = {
    "model_not_found": 404,
    "rate_limit_exceeded": 429,
    "queue_full": 429,  # this and the next: R1's own server
    "deadline_exceeded": 504,
}
_FIELD = re.compile(r"[A-Za-z_][\w.\[\]]{0,63}")
# vLLM and SGLang have no code for this error, llama.cpp has a type.
_TOO_LONG = re.compile(r"context[ _](length|size)|maximum model length", re.IGNORECASE)


def error_of(error: Exception, host: str) -> R1Error:
    """The suite's error for one from the ``openai`` package, or for an answer that could not be read.

    It contains neither the key nor any text from the server, which may quote the prompt.

    Args:
        host: the server's name and port.
    """
    from openai import APIConnectionError, APIError, APIResponseValidationError, APITimeoutError

    if isinstance(error, APITimeoutError | TimeoutError):
        return DeadlineError(f"{host} did not answer in time", hint="R1_ENGINE_TIMEOUT sets how long to wait")
    if isinstance(error, APIConnectionError | RuntimeError):  # RuntimeError: closed on our side
        return EngineError(
            f"The connection to {host} failed", hint="Check R1_ENGINE_URL, and that the server is running"
        )
    if isinstance(error, APIError) and not isinstance(error, APIResponseValidationError):
        return _of_status(error, host)
    return EngineError(
        f"{host} answered something that is not of OpenAI's API ({type(error).__name__})",
        hint=CHECK_URL,
    )


def _of_status(error: "APIError", host: str) -> R1Error:
    status = getattr(error, "status_code", None) or _status_of_code(error.code or "")
    if error.code == "context_length_exceeded" or (status == 400 and _says_too_long(error)):
        return ContextLengthError(
            f"Prompt and answer do not fit the context of {host}", hint="Shorten the prompt or lower max_tokens"
        )
    if status in (401, 403):
        return SettingsError(f"{host} refused the key", hint="Set R1_ENGINE_KEY to a key of that server")
    if status == 404:
        return UnknownModelError(
            f"{host} has no such model or address", hint="Check R1_MODEL and R1_ENGINE_URL, which usually ends in /v1"
        )
    if status == 429:
        return BusyError(f"{host} has too many requests", hint="Try again later")
    if status in (408, 504):
        return DeadlineError(f"{host} did not finish the answer in time")
    if 300 <= status < 400:
        return EngineError(
            f"{host} redirects ({status}), which is not followed", hint="Set R1_ENGINE_URL to its new one"
        )
    if 400 <= status < 500:
        field = f": {error.param}" if _FIELD.fullmatch(str(error.param or "")) else ""
        return InvalidRequestError(f"{host} refused the request ({status}){field}")
    return EngineError(f"{host} failed" + (f" ({status})" if status else ""), hint="See its log for details")


def _status_of_code(code: str) -> int:
    """Mid-answer errors have no HTTP status; vLLM and llama.cpp send it as the code instead."""
    return int(code) if re.fullmatch(r"[45]\d\d", code) else _STATUS_OF_CODE.get(code, 0)


def _says_too_long(error: "APIError") -> bool:
    return bool(_TOO_LONG.search(f"{error.type} {error.message}"))
