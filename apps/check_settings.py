"""Reports mistakes in files named in the settings, and missing models, before anything slow starts."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from core.hub import ModelHub
from core.settings import Settings

from .company_folder import company_faq, open_company

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine as Database

_log = logging.getLogger(__name__)

_SERVED = ("bge-small-en", "multilingual-e5-small", "use-multilingual-v3", "hpo")
"""Models and data that the server needs, besides the language model."""

REQUIRED = (*_SERVED, "icd-10-cm", "medical-abbreviations")
"""These, and those that `r1 terms` reads."""


def check_settings(settings: Settings, database: "Database") -> None:
    """Reads the small files named in the settings, to report mistakes before models load, which may take minutes.

    Settings that are valid but hardly intended are logged as warnings.

    Raises:
        R1Error: one of them cannot be used.
    """
    from adapters.cds_hooks.trust import read_clients
    from adapters.cds_hooks.used_tokens import UsedTokens
    from adapters.fhir.auth import SiteKeys
    from adapters.fhir.concept_map import read_concept_map
    from adapters.hl7v2.to_fhir.patient_systems import read_patient_systems
    from knowledge.faq.library import Library

    from .auth.accounts import Accounts
    from .auth.oidc import identity_provider
    from .hospital import open_result_receiver

    open_company(settings)
    if Library(database).current() is None:
        company_faq(settings)
    identity_provider(settings)
    open_result_receiver(settings)
    if settings.concept_map:
        read_concept_map(settings.concept_map)
    if settings.message_authorities:
        read_patient_systems(settings.message_authorities)
    if settings.smart_key:
        SiteKeys(settings.smart_key)
    if settings.cds_clients:
        read_clients(settings.cds_clients, UsedTokens(database))
    if settings.public_url is None and settings.host in ("0.0.0.0", "::"):
        _log.warning("R1_PUBLIC_URL is not set, so links lead to %s, and cookies need no HTTPS", settings.address)
    former = settings.home / "r1.db"
    moved = former.exists() and Path(database.url.database or "").resolve() != former.resolve()
    if moved and not Accounts(database).any():
        _log.warning("R1_DATABASE_URL names a database without accounts; those and all else in %s stay behind", former)


def check_models(settings: Settings) -> None:
    """Looks for the models and data that the server needs, before the language model is loaded.

    Raises:
        ModelError: one is not on this machine.
    """
    for name in _SERVED:
        ModelHub(settings.home).folder(name)
