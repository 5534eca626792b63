"""Every exception of the openai package becomes one of ours."""

import inspect

import httpx
import openai
import pytest
from openai import _exceptions

from core.engine.remote_errors import error_of
from core.errors import (
    BusyError,
    DeadlineError,
    EngineError,
    InvalidRequestError,
    R1Error,
    SettingsError,
    UnknownModelError,
)

SECRET = "the patient has a rare disease"
KEY = "a-key-that-nobody-may-see"
_BY_CLASS: dict[type[Exception], type[R1Error]] = {
    openai.BadRequestError: InvalidRequestError,
    openai.UnprocessableEntityError: InvalidRequestError,
    openai.ConflictError: InvalidRequestError,
    openai.AuthenticationError: SettingsError,
    openai.OAuthError: SettingsError,
    openai.PermissionDeniedError: SettingsError,
    openai.NotFoundError: UnknownModelError,
    openai.RateLimitError: BusyError,
    openai.APITimeoutError: DeadlineError,
}  # all others: EngineError


def vendor_errors() -> list[type[Exception]]:
    """Every exception class of the package, wherever it is exported."""
    found = {kind for module in (openai, _exceptions) for _, kind in inspect.getmembers(module, inspect.isclass)}
    return sorted((kind for kind in found if issubclass(kind, Exception)), key=lambda kind: kind.__name__)


def raised(kind: type[Exception]) -> Exception:
    """An error as the package makes it, with the secret wherever a text can stand."""
    request = httpx.Request("POST", f"http://host/v1?key={KEY}")
    parts = {
        "message": SECRET,
        "request": request,
        "response": httpx.Response(getattr(kind, "status_code", 500), request=request, text=SECRET),
        "body": {"message": SECRET, "type": SECRET, "param": SECRET},
        "completion": openai.types.chat.ChatCompletion.construct(),
        "unsent_messages": [SECRET],
    }
    try:
        wanted = inspect.signature(kind).parameters
    except ValueError:  # that of Exception itself
        return kind(SECRET)
    return kind(**{name: part for name, part in parts.items() if name in wanted})


@pytest.mark.parametrize("kind", vendor_errors(), ids=lambda kind: kind.__name__)
def test_every_error_of_the_package_becomes_one_of_ours(kind: type[Exception]) -> None:
    error = error_of(raised(kind), "host:1")
    assert type(error) is _BY_CLASS.get(kind, EngineError)
    assert "host:1" in error.message
    assert SECRET not in str(error)
    assert KEY not in str(error)


def test_the_package_has_the_errors_that_are_mapped() -> None:
    assert set(_BY_CLASS) <= set(vendor_errors())
    assert len(vendor_errors()) > 15
