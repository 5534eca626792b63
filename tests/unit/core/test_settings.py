"""Settings: refuse what is unsafe or malformed, and never show a value."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.errors import SettingsError
from core.settings import load_settings

LONG_TOKEN = "correct-horse-battery-staple"
LONG_LABEL = "s3cret" * 11
"""More characters than a part of a host's name may have."""


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("R1_")]:
        monkeypatch.delenv(name)


def test_defaults_listen_on_loopback_only() -> None:
    assert load_settings().on_loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "hospital.example", "127.0.0.1.example"])
def test_open_host_needs_a_token(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("R1_HOST", host)
    with pytest.raises(SettingsError, match="R1_ACCESS_TOKEN must be set"):
        load_settings()
    monkeypatch.setenv("R1_ACCESS_TOKEN", LONG_TOKEN)
    assert load_settings().host == host


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_needs_none(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("R1_HOST", host)
    assert load_settings().on_loopback


@pytest.mark.parametrize("token", ["x", "nineteen-characters"])
def test_short_token_is_refused_unseen(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("R1_ACCESS_TOKEN", token)
    with pytest.raises(SettingsError, match="fewer than 20 characters") as caught:
        load_settings()
    assert token not in _everything_said(caught.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("R1_PORT", "s3cret-port"),
        ("R1_PORT", "65536"),
        ("R1_THREADS", "-77777"),
        ("R1_MEMORY", "1000"),
        ("R1_MEMORY", "448"),
        ("R1_PRECISION", "s3cret-format"),
        ("R1_FHIR_TIMEOUT", "86400.5"),
        ("R1_CONVERSATION_DAYS", "99999"),
        ("R1_LOG_LEVEL", "s3cret-level"),
        ("R1_FHIR_URL", "s3cret.example.org/fhir"),
        ("R1_FHIR_URL", f"https://{LONG_LABEL}.example.org/fhir"),
        ("R1_HOST", LONG_LABEL),
        ("R1_MLLP_HOST", "s3cret..example.org"),
        ("R1_INBOX_METRICS_HOST", f"{LONG_LABEL}.example.org"),
        ("R1_RESULT_URL", f"mllps://{LONG_LABEL}:2575"),
        ("R1_FHIR_URL", "ftp://s3cret.example.org"),
        ("R1_FHIR_URL", "https://host:s3cret-port/fhir"),
        ("R1_DESK_TOKEN", "s3cret-too-short"),
        ("R1_WIDGET_ORIGINS", "https://www.example.com, *"),
        ("R1_WIDGET_ORIGINS", "https://www.example.com/s3cret"),
        ("R1_SMTP_FROM", "s3cret"),
        ("R1_PUBLIC_URL", "http://127.0.0.1/s3cret"),
        ("R1_PUBLIC_URL", "http://127.0.0.1//"),
        ("R1_PUBLIC_URL", "http://127.0.0.1?s3cret"),
        ("R1_PUBLIC_URL", "http://127.0.0.1/#s3cret"),
    ],
)
def test_malformed_value_names_the_variable_only(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable) as caught:
        load_settings()
    assert value not in _everything_said(caught.value)


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"R1_SMTP_URL": "smtp://u:s3cret@mail.example"}, "go together"),
        ({"R1_SMTP_FROM": "help@example.com"}, "go together"),
        ({"R1_SMTP_URL": "https://s3cret.example", "R1_SMTP_FROM": "help@example.com"}, "R1_SMTP_URL is not like"),
        ({"R1_WEBHOOK_URL": "https://desk.example/hook"}, "go together"),
        ({"R1_WEBHOOK_URL": "http://desk.example", "R1_WEBHOOK_SECRET": "whsec_s3cret"}, "no https"),
        ({"R1_WEBHOOK_URL": "https://desk.example", "R1_WEBHOOK_SECRET": "whsec_s3cret"}, "at least 24 bytes"),
        ({"R1_WEBHOOK_URL": "https://desk.example", "R1_WEBHOOK_SECRET": "s3cret" * 9}, "at least 24 bytes"),
    ],
)
def test_half_set_up_hand_offs_are_refused_unseen(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], problem: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=problem) as caught:
        load_settings()
    assert "s3cret" not in _everything_said(caught.value)


@pytest.mark.parametrize(
    "rest", ["u:s3#cret@h:587", "u:s3?cret@h", "u:s3/cret@h", "h:abc", "h:99999", "h:0", "u:p@", "[h"]
)
def test_a_mail_server_that_nothing_could_be_sent_to_is_refused(monkeypatch: pytest.MonkeyPatch, rest: str) -> None:
    monkeypatch.setenv("R1_SMTP_URL", f"smtp://{rest}")
    monkeypatch.setenv("R1_SMTP_FROM", "help@example.com")
    with pytest.raises(SettingsError, match="R1_SMTP_URL is not like"):
        load_settings()


@pytest.mark.parametrize(
    "rest", ["mail.example", "u@example.com:p%23s:s@mail.example:587", "[::1]:25", "u:p@127.0.0.1"]
)
def test_mail_servers(monkeypatch: pytest.MonkeyPatch, rest: str) -> None:
    monkeypatch.setenv("R1_SMTP_URL", f"smtps://{rest}")
    monkeypatch.setenv("R1_SMTP_FROM", "help@example.com")
    load_settings()


def test_origins_are_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().widget_origin_list == []
    monkeypatch.setenv("R1_WIDGET_ORIGINS", "https://www.example.com, http://127.0.0.1:8080")
    assert load_settings().widget_origin_list == ["https://www.example.com", "http://127.0.0.1:8080"]


def test_every_problem_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("R1_PORT", "none")
    monkeypatch.setenv("R1_THREADS", "none")
    monkeypatch.setenv("R1_MODLE", "none")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert all(name in caught.value.message for name in ("R1_PORT: ", "R1_THREADS: ", "R1_MODLE "))


def test_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    unset = load_settings()
    for name in type(unset).model_fields:
        monkeypatch.setenv(f"R1_{name.upper()}", "")
    assert load_settings() == unset
    assert unset.home != Path()


@pytest.mark.parametrize("url", ["http://llm.example.org:8001/v1", "http://10.0.0.7/v1", "http://vllm:8000/v1"])
def test_prompts_travel_readable_only_where_the_network_is_said_to_be_closed(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("R1_ENGINE_URL", url)
    with pytest.raises(SettingsError, match="R1_ENGINE_OPEN must be set, or https:"):
        load_settings()
    monkeypatch.setenv("R1_ENGINE_OPEN", "true")
    assert load_settings().engine_url == url
    monkeypatch.delenv("R1_ENGINE_OPEN")
    for private in (url.replace("http:", "https:"), "http://127.0.0.1:8001/v1", "http://[::1]:8001/v1"):
        monkeypatch.setenv("R1_ENGINE_URL", private)
        assert load_settings().engine_url == private


@pytest.mark.parametrize("variable", ["R1_HOME", "R1_ADAPTERS", "R1_MODEL"])
def test_a_tilde_that_no_shell_has_read_is_the_home_folder(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    for value, path in (("~/r1 suite", "/home/ada/r1 suite"), ("~nobody-here/r1", "~nobody-here/r1"), ("a/~", "a/~")):
        monkeypatch.setenv(variable, value)
        assert Path(getattr(load_settings(), variable[3:].lower())) == Path(path)


def test_fhir_address_is_kept_as_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("R1_FHIR_URL", "https://Host.example.org/fhir")
    assert load_settings().fhir_url == "https://Host.example.org/fhir"


@pytest.mark.parametrize(
    ("host", "public", "base", "netloc"),
    [
        ("127.0.0.1", "", "http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("::1", "", "http://[::1]:8000", "[::1]:8000"),
        ("127.0.0.1", "https://r1.example.org:443/", "https://r1.example.org:443", "r1.example.org"),
        ("127.0.0.1", "http://r1.example.org:8080", "http://r1.example.org:8080", "r1.example.org:8080"),
        ("127.0.0.1", "HTTP://[::1]:8080/", "HTTP://[::1]:8080", "[::1]:8080"),
    ],
)
def test_public_address(monkeypatch: pytest.MonkeyPatch, host: str, public: str, base: str, netloc: str) -> None:
    for name, value in (("R1_HOST", host), ("R1_PUBLIC_URL", public), ("R1_ACCESS_TOKEN", LONG_TOKEN)):
        monkeypatch.setenv(name, value)
    assert load_settings().public_base == base
    assert load_settings().public_netloc == netloc


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ("R1_MODLE", r"R1_MODLE is not a setting \(is R1_MODEL meant\?\)"),
        ("R1_ACCESSTOKEN", r"\(is R1_ACCESS_TOKEN meant\?\)"),
        ("r1_prot", r"R1_PROT is not a setting \(is R1_PORT meant\?\)"),
        ("R1_TEMPERATURE_OF_THE_ROOM", r"R1_TEMPERATURE_OF_THE_ROOM is not a setting\. "),
    ],
)
def test_misspelt_variable_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str, told: str) -> None:
    monkeypatch.setenv(variable, "s3cret")
    with pytest.raises(SettingsError, match=told) as caught:
        load_settings()
    assert "s3cret" not in _everything_said(caught.value)


@pytest.mark.parametrize("variable", ["R1_DATA", "R1_REQUIRE_ALL", "R1_TEST_POSTGRES"])
def test_variables_of_the_tests_are_let_through(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "1")
    load_settings()


def test_secrets_stay_out_of_the_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("R1_ACCESS_TOKEN", LONG_TOKEN)
    monkeypatch.setenv("R1_DATABASE_URL", "postgresql+psycopg://r1:hunter2@db/r1")
    shown = f"{load_settings()!r} {load_settings()}"
    assert LONG_TOKEN not in shown
    assert "hunter2" not in shown


def test_frozen() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 9  # type: ignore[misc]


def _everything_said(error: BaseException) -> str:
    """The error and all that a traceback would print below it."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return f"{error!r} {error}" + (_everything_said(cause) if cause else "")
