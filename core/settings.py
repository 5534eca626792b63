"""Settings: the environment read once into one frozen object."""

import ipaddress
import os
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from .errors import SettingsError


def _default_home() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "r1-suite"


class Settings(BaseSettings):
    """Every setting of the suite; each is read from ``R1_<NAME>``. Use :func:`load_settings` to make one."""

    model_config = SettingsConfigDict(env_prefix="R1_", frozen=True, extra="ignore")

    home: Path = Field(
        default_factory=_default_home, description="Folder for models, compiled knowledge and the database."
    )
    model: str = Field(
        default="smollm2-135m-instruct",
        description="Language model: a name from `r1 models list`, a local folder, or a Hugging Face id `owner/name`.",
    )
    device: str = Field(default="auto", description="Device for the model: `auto`, `cpu`, `cuda`, `cuda:0`, `mps`.")
    precision: Literal["auto", "bf16", "fp16", "fp32"] = Field(
        default="auto", description="Number format of the weights; `auto` is bf16 where the processor computes in it."
    )
    threads: int = Field(
        default=0, ge=0, le=1024, description="Processor threads for the model; 0 leaves the choice to torch."
    )
    host: str = Field(
        default="127.0.0.1", description="Address to listen on; other than loopback needs `R1_ACCESS_TOKEN`."
    )
    port: int = Field(default=8000, ge=1, le=65535, description="TCP port to listen on.")
    access_token: SecretStr | None = Field(
        default=None, description="Password for every page (HTTP Basic, any user name), at least 20 characters."
    )
    company: Path | None = Field(
        default=None, description="Folder with `company.toml` and `faq.json`; unset shows the sample company."
    )
    fhir_url: str | None = Field(default=None, description="Base URL of the FHIR R4 server to read patients from.")
    fhir_token: SecretStr | None = Field(default=None, description="Bearer token sent to the FHIR server.")
    fhir_timeout: float = Field(
        default=20.0, gt=0, le=300, description="Seconds to wait for one answer of the FHIR server."
    )
    database_url: SecretStr | None = Field(
        default=None, description="SQLAlchemy URL of the database; unset is SQLite in `R1_HOME`."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="How much is logged.")

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if self.access_token is not None and len(self.access_token.get_secret_value()) < 20:
            raise ValueError("R1_ACCESS_TOKEN has fewer than 20 characters")
        if not self.on_loopback and self.access_token is None:
            raise ValueError("R1_HOST is not a loopback address, so R1_ACCESS_TOKEN must be set")
        return self

    @property
    def on_loopback(self) -> bool:
        """Whether the server can be reached from this machine only."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def load_settings() -> Settings:
    """Reads the environment.

    Raises:
        SettingsError: a value is malformed, out of range or unsafe; the message names the variable, never its value.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = []
        for detail in error.errors(include_input=False, include_url=False):
            name = "R1_" + str(detail["loc"][0]).upper() + ": " if detail["loc"] else ""
            problems.append(name + detail["msg"].removeprefix("Value error, "))
        raise SettingsError("; ".join(problems), hint="docs/settings.md lists every setting") from None
