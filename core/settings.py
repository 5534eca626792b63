"""Settings: the environment, read once into a frozen object."""

import difflib
import os
import re
from pathlib import Path
from typing import Literal, Self

from pydantic import EmailStr, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from .addresses import is_loopback
from .errors import SettingsError
from .setting_rules import first_broken
from .setting_types import Charset, HostName, LocalPath, MllpUrl, ModelName, TimeZone, WebUrl
from .validation import says

_FOR_DEVELOPERS = re.compile(r"R1_DATA|R1_REQUIRE_ALL|R1_TEST_\w+")  # read by benchmarks and tests; see CONTRIBUTING.md


def _default_home() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "r1-suite"


class Settings(BaseSettings):
    """Every setting of the suite, each read from ``R1_<NAME>``. Use :func:`load_settings` to create one."""

    model_config = SettingsConfigDict(env_prefix="R1_", env_ignore_empty=True, frozen=True, extra="ignore")

    home: LocalPath = Field(
        default_factory=_default_home, description="Folder for models, compiled knowledge and the database."
    )
    model: ModelName = Field(
        default="smollm2-135m-instruct",
        description="Language model: a name from `r1 models list`, a local folder, or a Hugging Face id `owner/name`.",
    )
    device: str = Field(default="auto", description="Device for the model: `auto`, `cpu`, `cuda`, `cuda:0`, `mps`.")
    precision: Literal["auto", "int8", "bf16", "fp16", "fp32"] = Field(
        default="auto", description="Number format of the weights; `auto` is INT8 on a processor, bf16 on a GPU."
    )
    context: int = Field(
        default=16_384,
        ge=512,
        le=1_048_576,
        description="Longest prompt and answer together, in tokens. The part of a request beyond the length that the "
        "model was trained with is read by SelfExtend. Where `R1_CACHE_TOKENS` is less, that is the limit.",
    )
    memory: int = Field(
        default=0,
        ge=0,
        le=1_048_576,
        multiple_of=64,
        description="Most tokens that a sequence keeps in memory, for endless texts: its beginning, its newest part "
        "and the most attended ones between them. 0 keeps everything, and `R1_CONTEXT` is the limit.",
    )
    threads: int = Field(
        default=0, ge=0, le=1024, description="Processor threads for the model; 0 leaves the choice to torch."
    )
    cache_tokens: int = Field(
        default=32_768,
        ge=512,
        le=16_777_216,
        description="Tokens that all requests together can keep in memory, and one request at most. Free space keeps "
        "the beginnings of earlier prompts, which then need not be read again.",
    )
    queue: int = Field(
        default=64,
        ge=1,
        le=10_000,
        description="Requests that may wait for the model; further ones are refused and asked to retry.",
    )
    adapters: LocalPath | None = Field(
        default=None,
        description="Folder of domain adapters in peft's format, one folder each; unset uses those that come with the "
        "suite, for the default model.",
    )
    engine: Literal["local", "openai"] = Field(
        default="local",
        description="`local` runs the model in this process; `openai` asks a server with the OpenAI API, such as vLLM.",
    )
    engine_url: WebUrl | None = Field(
        default=None, description="Base URL of that server, such as `http://127.0.0.1:8001/v1`."
    )
    engine_key: SecretStr | None = Field(default=None, description="API key sent to that server.")
    engine_open: bool = Field(
        default=False,
        description="Sends prompts and key to another machine without TLS; only for a closed network.",
    )
    engine_timeout: float = Field(
        default=60.0, gt=0, le=3600, description="Seconds to wait for each part of that server's answer."
    )
    api_keys: SecretStr | None = Field(
        default=None,
        description="Keys of the OpenAI API, separated by commas, each of at least 20 characters. Unset switches the "
        "API off, except on loopback.",
    )
    rate_limit: int = Field(
        default=120, ge=0, le=1_000_000, description="Requests per minute for each API key; 0 means no limit."
    )
    host: HostName = Field(
        default="127.0.0.1", description="Address to listen on; any but loopback needs `R1_ACCESS_TOKEN`."
    )
    port: int = Field(default=8000, ge=1, le=65535, description="TCP port to listen on.")
    access_token: SecretStr | None = Field(
        default=None, description="Password for every page (HTTP Basic, any user name), at least 20 characters."
    )
    company: LocalPath | None = Field(
        default=None, description="Folder with `company.toml` and `faq.json`; unset shows the sample company."
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="Mail server for hand-offs, `smtp://user:password@host:587` (STARTTLS) or `smtps://...`.",
    )
    smtp_from: EmailStr | None = Field(default=None, description="Address that e-mails come from.")
    webhook_url: WebUrl | None = Field(
        default=None,
        description="Address that is notified of hand-offs and of customers' messages to a person: `https`, or this "
        "machine.",
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="Key of the webhook's signature: `whsec_` and at least 24 bytes in base64."
    )
    desk_token: SecretStr | None = Field(
        default=None, description="Bearer token, at least 20 characters, with which the desk's system sends replies."
    )
    widget_origins: str = Field(
        default="",
        description="Origins of the pages that may show the chat, such as `https://www.example.com`, separated by "
        "commas.",
    )
    conversation_days: int = Field(
        default=365, ge=1, le=3650, description="Days that an idle conversation of the support chat is kept."
    )
    fhir_url: WebUrl | None = Field(default=None, description="Base URL of the FHIR R4 server to read patients from.")
    fhir_token: SecretStr | None = Field(default=None, description="Bearer token sent to the FHIR server.")
    fhir_timeout: float = Field(
        default=20.0, gt=0, le=300, description="Seconds to wait for a response from the FHIR server."
    )
    fhir_record_seconds: float = Field(
        default=180.0,
        gt=0,
        le=1800,
        description="Seconds for a patient's whole record; after two thirds the oldest notes are left out.",
    )
    smart_client_id: str | None = Field(
        default=None, description="Client id of the suite at the FHIR server's authorisation server (SMART on FHIR)."
    )
    smart_key: LocalPath | None = Field(
        default=None,
        description="File with the private keys that prove its identity, the signing one first: PEM or JWK, EC P-384 "
        "or RSA; their public parts are served at `/.well-known/jwks.json`.",
    )
    smart_scope: str = Field(
        default="system/*.rs",
        description="Scopes for what the suite does on its own (SMART Backend Services); `r1 ehr listen` and `deliver` "
        "need to write, with `system/*.cruds`.",
    )
    smart_user_scope: str = Field(
        default="user/*.rs", description="Scopes for what a signed-in clinician reads and writes."
    )
    public_url: WebUrl | None = Field(
        default=None,
        description="Address at which others reach the suite; unset uses `R1_HOST` and `R1_PORT`. With `https`, "
        "browsers use only HTTPS for that host for a year (HSTS).",
    )
    session_minutes: int = Field(
        default=30,
        ge=1,
        le=720,
        description="Minutes of inactivity after which a sign-in ends. An active one ends after 12 hours, one through "
        "the hospital after 8.",
    )
    oidc_issuer: WebUrl | None = Field(
        default=None,
        description="Issuer of the company's identity provider (OpenID Connect); unset uses passwords only.",
    )
    oidc_client_id: str | None = Field(default=None, description="Client id of the suite at the identity provider.")
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="Client secret at the identity provider; unset means a public client, with PKCE only."
    )
    oidc_scope: str = Field(default="openid profile", description="Scopes requested from the identity provider.")
    oidc_claim: str = Field(default="groups", description="Claim whose values are mapped to roles.")
    oidc_roles: str = Field(
        default="",
        description="Roles for the values of that claim, such as `support-desk=operator,support-leads=approver`.",
    )
    cds_clients: LocalPath | None = Field(
        default=None, description="TOML file with the hospital systems that may call CDS Hooks; unset switches it off."
    )
    concept_map: LocalPath | None = Field(
        default=None, description="CSV file that maps the site's own codes to findings; unset uses none."
    )
    audit_key: SecretStr | None = Field(
        default=None,
        description="Key of the audit trail, at least 32 bytes, the same for all processes that share the database; "
        "unset creates one in `R1_HOME`.",
    )
    mllp_host: HostName = Field(
        default="127.0.0.1",
        description="Address on which HL7 v2 messages are received; any but loopback needs `R1_MLLP_CLIENTS`.",
    )
    mllp_port: int = Field(default=2575, ge=1, le=65535, description="TCP port on which HL7 v2 messages are received.")
    mllp_certificate: LocalPath | None = Field(
        default=None, description="PEM file with the certificate chain for MLLP over TLS; unset receives without TLS."
    )
    mllp_key: LocalPath | None = Field(default=None, description="PEM file with the private key of that certificate.")
    mllp_clients: LocalPath | None = Field(
        default=None, description="PEM file with the authorities that must have issued the senders' certificates."
    )
    mllp_open: bool = Field(
        default=False,
        description="Receives from other machines without their certificates, and sends to them without TLS; only for "
        "a closed network.",
    )
    message_charset: Charset = Field(
        default="utf-8", description="Character set of HL7 v2 messages that do not name one, as Python calls it."
    )
    message_timezone: TimeZone = Field(
        default="UTC", description="Time zone of HL7 v2 times that do not name one, such as `Europe/Berlin`."
    )
    message_authorities: LocalPath | None = Field(
        default=None,
        description="CSV file that maps the assigning authorities of patient identifiers in HL7 v2 messages to the "
        "FHIR server's identifier systems; unset uses none.",
    )
    message_processing: str = Field(
        default="P",
        pattern="^[PTD]+$",
        description="Processing ids (MSH-11) of the HL7 v2 messages that are accepted: `P` for production; `PTD` on a "
        "test system, which accepts training and debugging messages too.",
    )
    result_url: MllpUrl | None = Field(
        default=None,
        description="Address that approved results can be sent to as HL7 v2 messages: `mllps://host:port`, or without "
        "TLS `mllp://host:port`; unset sends none.",
    )
    result_authorities: LocalPath | None = Field(
        default=None,
        description="PEM file with the authorities that may have issued its certificate; unset trusts the machine's.",
    )
    result_sender: str = Field(
        default="R1", description="Application and facility that these messages come from, such as `R1,WEST`."
    )
    result_receiver: str = Field(
        default="", description="Application and facility that these messages are for, such as `EHR,WEST`."
    )
    inbox_key_file: LocalPath | None = Field(
        default=None, description="File with the keys that encrypt received messages, made by `r1 ehr inbox key`."
    )
    inbox_volume_encrypted: bool = Field(
        default=False, description="Declares that the database's disk is encrypted, so that messages need no key."
    )
    inbox_keep_days: int = Field(
        default=90,
        ge=0,
        le=36_500,
        description="Days after which a delivered message is deleted; 0 keeps it. Quarantined ones always stay.",
    )
    inbox_metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="TCP port where `r1 ehr listen` or `deliver` serves its metrics; unset serves none.",
    )
    inbox_metrics_host: HostName = Field(
        default="127.0.0.1",
        description="Address at which it serves them: they contain no patient data, and no password is needed.",
    )
    database_url: SecretStr | None = Field(
        default=None, description="SQLAlchemy URL of the database; unset uses SQLite in `R1_HOME`."
    )
    log_level: Literal["info", "warning", "error"] = Field(default="info", description="How much is logged.")

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if problem := first_broken(self):
            raise ValueError(problem)
        return self

    @property
    def address(self) -> str:
        """URL that the server listens at, without a trailing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def public_base(self) -> str:
        """URL at which others reach the suite, without a trailing slash."""
        return (self.public_url or self.address).rstrip("/")

    @property
    def public_netloc(self) -> str:
        """Host and port of ``public_base`` as browsers send them in ``Origin``: without the scheme's default port."""
        import httpx  # slow to import, and few commands need it

        return httpx.URL(self.public_base).netloc.decode()

    @property
    def widget_origin_list(self) -> list[str]:
        """``widget_origins`` as a list."""
        return [origin.strip() for origin in self.widget_origins.split(",") if origin.strip()]

    @property
    def keeps_messages(self) -> bool:
        """Whether received HL7 v2 messages may be stored."""
        return self.inbox_key_file is not None or self.inbox_volume_encrypted

    @property
    def on_loopback(self) -> bool:
        """Whether the server can be reached from this machine only."""
        return is_loopback(self.host)


def load_settings() -> Settings:
    """Reads the environment; an empty variable counts as unset.

    Raises:
        SettingsError: a value is malformed, out of range or unsafe, or an ``R1_`` variable is not a setting; the
            message names the variables, never their values.
    """
    problems = _unknown_variables()
    try:
        settings = Settings()
    except ValidationError as error:
        for detail in error.errors(include_input=False, include_url=False):
            name = "R1_" + str(detail["loc"][0]).upper() + ": " if detail["loc"] else ""
            problems.append(name + says(detail))
    if problems:
        raise SettingsError("; ".join(problems), hint="docs/settings.md lists every setting")
    return settings


def _unknown_variables() -> list[str]:
    """A problem for each unknown variable: a misspelt one would silently leave its setting at the default."""
    known = [f"R1_{name.upper()}" for name in Settings.model_fields]
    problems = []
    for name in sorted(map(str.upper, os.environ)):  # settings are case-insensitive too
        if name.startswith("R1_") and name not in known and not _FOR_DEVELOPERS.fullmatch(name):
            nearest = difflib.get_close_matches(name, known, n=1)
            problems.append(f"{name} is not a setting" + (f" (is {nearest[0]} meant?)" if nearest else ""))
    return problems
