"""Every exception of the openai package becomes one of ours."""

import inspect

import httpx
import openai
import pytest
from fake_openai_server import HANG_UP, Answer, FakeServer, delta, serving, written
from openai import _exceptions

from core.engine.remote import connect
from core.engine.remote_errors import error_of
from core.engine.request import Message, Request, complete
from core.errors import (
    BusyError,
    DeadlineError,
    EngineError,
    InvalidRequestError,
    R1Error,
    SettingsError,
    UnknownModelError,
)
from core.settings import Settings

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


@pytest.mark.parametrize(
    ("failing", "logged"),
    [
        (Answer(status=401, body={"error": {"message": SECRET}}), "refused the key. Set R1_ENGINE_KEY"),
        (Answer(status=404, body={"error": {"message": SECRET}}), "has no such model"),
        (Answer(status=500, body={"error": {"message": SECRET}}), "failed (500)"),
        (Answer(status=504, body={"error": {"message": SECRET}}), "did not finish the answer in time"),
        (Answer([SECRET]), "answered without a single event"),
        (Answer([delta(SECRET)]), "broke the answer off"),
        (Answer([delta(SECRET), HANG_UP]), "The connection to"),
        (Answer([2.0]), "did not answer in time"),
        (Answer(status=429, body={"error": {"message": SECRET}}), ""),
        (Answer(status=400, body={"error": {"message": SECRET}}), ""),
    ],
)
def test_a_failure_of_the_server_is_logged_once_a_minute(
    failing: Answer, logged: str, caplog: pytest.LogCaptureFixture
) -> None:
    asked = Request((Message("user", SECRET),))
    with serving(FakeServer([failing])) as fake:
        engine = connect(Settings(engine="openai", engine_url=fake.url, model="big", engine_timeout=0.5))
        for _ in range(2):
            with pytest.raises(R1Error):
                complete(engine, asked)
        assert len(caplog.messages) == (1 if logged else 0)
        assert logged in caplog.text
        fake.answers = [Answer(written("Hi."))]
        assert complete(engine, asked).text == "Hi."
    assert SECRET not in caplog.text
