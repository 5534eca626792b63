"""Rules across settings. A rule returns what is wrong, by the names of the variables, or an empty text."""

import base64
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from .addresses import is_loopback, is_private, url_is_loopback

if TYPE_CHECKING:
    from .settings import Settings

_SHORTEST_TOKEN = 20  # characters
_SHORTEST_WEBHOOK_KEY = 24  # bytes


def first_broken(settings: "Settings") -> str:
    """The message of the first broken rule; empty if there is none."""
    return next((problem for rule in _RULES if (problem := rule(settings))), "")


def _memory(settings: "Settings") -> str:
    return "R1_MEMORY is less than 512 and not 0" if 0 < settings.memory < 512 else ""


def _access_token(settings: "Settings") -> str:
    return "R1_ACCESS_TOKEN has fewer than 20 characters" if _is_short(settings.access_token) else ""


def _engine_url(settings: "Settings") -> str:
    missing = settings.engine == "openai" and settings.engine_url is None
    return "R1_ENGINE is openai, so R1_ENGINE_URL must be set" if missing else ""


def _engine_encrypted(settings: "Settings") -> str:
    plain = settings.engine_url and not is_private(settings.engine_url) and not settings.engine_open
    return "R1_ENGINE_URL is http: to another machine, so R1_ENGINE_OPEN must be set, or https:" if plain else ""


def _api_keys(settings: "Settings") -> str:
    keys = settings.api_keys.get_secret_value().split(",") if settings.api_keys else []
    short = any(len(key.strip()) < _SHORTEST_TOKEN for key in keys)
    return "R1_API_KEYS has a key of fewer than 20 characters" if short else ""


def _smart_client(settings: "Settings") -> str:
    missing = settings.smart_key is not None and settings.smart_client_id is None
    return "R1_SMART_KEY is set, so R1_SMART_CLIENT_ID must be set" if missing else ""


def _one_way_to_fhir(settings: "Settings") -> str:
    both = settings.smart_key is not None and settings.fhir_token is not None
    return "R1_FHIR_TOKEN and R1_SMART_KEY are both set; one must go" if both else ""


def _mail_together(settings: "Settings") -> str:
    alone = (settings.smtp_url is None) != (settings.smtp_from is None)
    return "R1_SMTP_URL and R1_SMTP_FROM go together" if alone else ""


def _mail_server(settings: "Settings") -> str:
    odd = settings.smtp_url and not _is_mail_server(settings.smtp_url.get_secret_value())
    return "R1_SMTP_URL is not like smtp://user:password@host:587, with %23 for # and the like" if odd else ""


def _webhook_together(settings: "Settings") -> str:
    alone = (settings.webhook_url is None) != (settings.webhook_secret is None)
    return "R1_WEBHOOK_URL and R1_WEBHOOK_SECRET go together" if alone else ""


def _webhook_encrypted(settings: "Settings") -> str:
    plain = settings.webhook_url and not is_private(settings.webhook_url)
    return "R1_WEBHOOK_URL has no https:, so conversations would travel unencrypted" if plain else ""


def _webhook_secret(settings: "Settings") -> str:
    secret = settings.webhook_secret
    weak = secret and len(_webhook_key(secret.get_secret_value())) < _SHORTEST_WEBHOOK_KEY
    return "R1_WEBHOOK_SECRET is not whsec_ and at least 24 bytes in base64" if weak else ""


def _desk_token(settings: "Settings") -> str:
    return "R1_DESK_TOKEN has fewer than 20 characters" if _is_short(settings.desk_token) else ""


def _widget_origins(settings: "Settings") -> str:
    odd = any(not re.fullmatch(r"https?://[^/*\s]+", origin) for origin in settings.widget_origin_list)
    return "R1_WIDGET_ORIGINS has an entry that is not like https://www.example.com" if odd else ""


def _password_for_others(settings: "Settings") -> str:
    unsafe = not settings.on_loopback and settings.access_token is None
    return "R1_HOST is not a loopback address, so R1_ACCESS_TOKEN must be set" if unsafe else ""


def _public_url(settings: "Settings") -> str:
    odd = settings.public_url and not re.fullmatch(r"https?://[^/?#]+/?", settings.public_url, re.IGNORECASE)
    return "R1_PUBLIC_URL has more than scheme, host and port: the suite cannot live below a path" if odd else ""


def _password_in_public(settings: "Settings") -> str:
    public = settings.public_url and not url_is_loopback(settings.public_url)
    unsafe = public and settings.access_token is None
    return "R1_PUBLIC_URL is not a loopback address, so R1_ACCESS_TOKEN must be set" if unsafe else ""


def _oidc_together(settings: "Settings") -> str:
    lacking = settings.oidc_client_id is None or not settings.oidc_roles
    missing = settings.oidc_issuer is not None and lacking
    return "R1_OIDC_ISSUER is set, so R1_OIDC_CLIENT_ID and R1_OIDC_ROLES must be set" if missing else ""


def _oidc_encrypted(settings: "Settings") -> str:
    plain = settings.oidc_issuer and not is_private(settings.oidc_issuer)
    return "R1_OIDC_ISSUER has no https:, so the identity provider could be anybody" if plain else ""


def _mllp_certificate(settings: "Settings") -> str:
    alone = (settings.mllp_certificate is None) != (settings.mllp_key is None)
    return "R1_MLLP_CERTIFICATE and R1_MLLP_KEY belong together" if alone else ""


def _mllp_clients(settings: "Settings") -> str:
    missing = settings.mllp_clients is not None and settings.mllp_certificate is None
    return "R1_MLLP_CLIENTS needs R1_MLLP_CERTIFICATE" if missing else ""


def _mllp_from_others(settings: "Settings") -> str:
    guarded = is_loopback(settings.mllp_host) or settings.mllp_clients is not None or settings.mllp_open
    return "" if guarded else "R1_MLLP_HOST is not a loopback address, so R1_MLLP_CLIENTS must be set, or R1_MLLP_OPEN"


def _results_encrypted(settings: "Settings") -> str:
    to = urlsplit(settings.result_url or "")
    unsafe = to.scheme == "mllp" and not is_loopback(to.hostname or "") and not settings.mllp_open
    return "R1_RESULT_URL is mllp: to another machine, so R1_MLLP_OPEN must be set, or mllps:" if unsafe else ""


_RULES = (
    _memory,
    _access_token,
    _engine_url,
    _engine_encrypted,
    _api_keys,
    _smart_client,
    _one_way_to_fhir,
    _mail_together,
    _mail_server,
    _webhook_together,
    _webhook_encrypted,
    _webhook_secret,
    _desk_token,
    _widget_origins,
    _password_for_others,
    _public_url,
    _password_in_public,
    _oidc_together,
    _oidc_encrypted,
    _mllp_certificate,
    _mllp_clients,
    _mllp_from_others,
    _results_encrypted,
)


def _is_short(token: SecretStr | None) -> bool:
    return token is not None and len(token.get_secret_value()) < _SHORTEST_TOKEN


def _is_mail_server(url: str) -> bool:
    """Whether the mailer can parse the URL: it has a host, maybe a port, and nothing after them."""
    try:
        parts = urlsplit(url)
        return re.fullmatch(r"smtps?://[^/?#\s]+", url) is not None and bool(parts.hostname) and parts.port != 0
    except ValueError:  # bad port or bracket
        return False


def _webhook_key(secret: str) -> bytes:
    """The bytes after ``whsec_``; empty if malformed."""
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True) if secret.startswith("whsec_") else b""
    except ValueError:
        return b""
