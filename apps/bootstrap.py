"""Builds the services from the settings, except those built in :mod:`.faq_search` and :mod:`.hospital`."""

import contextlib
import os
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from core.engine.open import open_engine
from core.errors import SettingsError
from core.files import packaged, storage_errors
from core.hub import ModelHub
from core.settings import Settings

from .check_settings import check_models, check_settings
from .company_folder import company_faq, open_company
from .faq_search import faq_builder, open_embedders, open_everyday
from .process import quiet_libraries

# Each function imports what it builds, so that `r1 diagnose` starts without torch and `r1 hand-offs` without spaCy.
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx
    from sqlalchemy.engine import Engine as Database

    from adapters.fhir.audit import AuditTrail, UserLog
    from adapters.fhir.client import FhirClient
    from adapters.hl7v2.inbox import Inbox
    from core.engine.request import Engine
    from core.server.drain import Drain
    from core.server.health import Check
    from core.server.metrics import Metrics
    from knowledge.faq.search import FaqSearch
    from knowledge.faq.sources import Entry
    from knowledge.medical.certificate import Certificate
    from knowledge.medical.knowledge import MedicalKnowledge
    from knowledge.retrieval.embed import Embedder

    from .auth.accounts import Accounts
    from .auth.sessions import Sessions
    from .desk.drafts import Drafts
    from .diagnosis.oversight import Oversight
    from .diagnosis.service import DiagnosisService
    from .support.chat import SupportChat
    from .support.outbox import Outbox
    from .support.service import SupportService


@dataclass(frozen=True, slots=True)
class Suite:
    """The services of a running server."""

    settings: Settings
    engine: "Engine"
    embedder: "Embedder"
    chat: "SupportChat"
    drafts: "Drafts"
    outbox: "Outbox"
    diagnosis: "DiagnosisService"
    oversight: "Oversight"
    database: "Database"
    accounts: "Accounts"
    sessions: "Sessions"
    inbox: "Inbox | None"  # None if no HL7 v2 messages are kept
    metrics: "Metrics"
    drain: "Drain"
    checks: "dict[str, Check]"


def build_suite(settings: Settings) -> Suite:
    """Builds every service, with its models and data loaded.

    Raises:
        R1Error: a model, a file or the database is missing or unfit; the message says what to do.
    """
    quiet_libraries()
    database = open_suite_database(settings)
    uploads = settings.home / "uploads"  # Gradio's; no screen uses it, and only the owner may list it
    with storage_errors(settings.home, hint="Point R1_HOME elsewhere"):
        uploads.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)
    from core.db import check_writable
    from core.server.drain import Drain
    from core.server.health import engine_check
    from core.server.metrics import Metrics

    from .auth.accounts import Accounts
    from .auth.sessions import Sessions
    from .support.chat import SupportChat
    from .support.retention import Retention
    from .support.store import SupportStore

    check_settings(settings, database)
    oversight = build_oversight(settings, database)
    check_models(settings)
    engine = open_engine(settings=settings)
    support = build_support(settings, database, engine)
    store = SupportStore(database)
    outbox = build_outbox(settings, database, Retention(store, timedelta(days=settings.conversation_days)).tidy)
    metrics, drain = Metrics(), Drain()
    metrics.watch(engine)
    suite = Suite(
        settings=settings,
        engine=engine,
        embedder=support.embedder,
        chat=SupportChat(support, store, outbox.channels),
        drafts=build_drafts(settings, database, support),
        outbox=outbox,
        diagnosis=build_diagnosis(settings, oversight),
        oversight=oversight,
        database=database,
        accounts=Accounts(database),
        sessions=Sessions(
            database, timedelta(minutes=settings.session_minutes), secure=settings.public_base.startswith("https://")
        ),
        inbox=open_inbox(settings, database) if settings.keeps_messages else None,
        metrics=metrics,
        drain=drain,
        checks={"database": lambda: check_writable(database, "hand_off"), "engine": engine_check(engine, drain)},
    )
    metrics.started.set(time.time())  # last: everything is loaded
    return suite


def build_support(
    settings: Settings,
    database: "Database | None" = None,
    engine: "Engine | None" = None,
    *,
    version: int | None = None,
) -> "SupportService":
    """The support chatbot.

    Args:
        database: holds the published FAQ, whose changes are followed; without it, ``faq.json`` is served.
        engine: composes answers where the company allows it; None gives all answers verbatim.
        version: served instead of the published one, for trials.

    Raises:
        InputError: there is no such version, or no ``faq.json`` where nothing is published.
    """
    from knowledge.domains.support_prompts import ADAPTER
    from knowledge.faq.critical_meaning import TopicsByMeaning
    from knowledge.faq.critical_topics import critical_topics
    from knowledge.faq.dialogue_acts import DialogueActs
    from knowledge.faq.library import Library
    from knowledge.faq.live import LiveFaq
    from knowledge.faq.meaning import MessageReader

    from .support.compose import Composer
    from .support.rewrite import Rewriter
    from .support.service import SupportService

    company, embedders = open_company(settings), open_embedders(settings)
    library = Library(database) if database is not None else None
    live = LiveFaq(
        None if version else library,
        faq_builder(settings, company, embedders),
        fallback=lambda: library.content(version).entries if library and version else company_faq(settings),
        today=company.today,
    )
    live.watch()
    composer = Composer(engine, company.composed) if engine and company.composed else None
    reader = MessageReader(embedders)
    critical, acts = critical_topics(TopicsByMeaning(reader), open_everyday(settings)), DialogueActs(reader)
    rewriter = Rewriter(engine) if engine and composer and ADAPTER in engine.adapters else None
    return SupportService(company, live.current, critical, acts, embedders.multilingual, composer, rewriter)


def build_drafts(settings: Settings, database: "Database", support: "SupportService") -> "Drafts":
    """Operators' drafts for the FAQ, and how they are tested and published."""
    from knowledge.faq.library import Library
    from knowledge.faq.trial import Trial

    from .desk.drafts import Drafts

    def build(entries: "Sequence[Entry]") -> "FaqSearch":
        return faq_builder(settings, support.company, open_embedders(settings))(entries)  # models are freed afterwards

    return Drafts(
        database,
        Library(database),
        # Its triage is asked for each time: it goes by what is published then.
        Trial(build, lambda question: support.triage.instead_of_search(question), support.company.today),
        fallback=lambda: company_faq(settings),
    )


def build_outbox(settings: Settings, database: "Database", tidy: "Callable[[], object]") -> "Outbox":
    """The outbox, with the channels that are configured: e-mail, webhook, both or none."""
    from .support.outbox import Mailer, Outbox, Send, Webhook

    senders: dict[str, Send] = {}
    if settings.smtp_url and settings.smtp_from:
        senders["email"] = Mailer(settings.smtp_url.get_secret_value(), settings.smtp_from)
    if settings.webhook_url and settings.webhook_secret:
        senders["webhook"] = Webhook(settings.webhook_url, settings.webhook_secret.get_secret_value())
    return Outbox(database, senders, tidy=tidy)


def build_oversight(settings: Settings, database: "Database") -> "Oversight":
    """The diagnostic assistant's opinions, switch, problem reports and audit trail.

    Raises:
        SettingsError: the key file or the audit trail's key cannot be used.
        AuditError: see :func:`open_audit_trail`.
    """
    from core.vault import open_vault

    from .diagnosis.oversight import Oversight
    from .diagnosis.problems import ProblemReports
    from .diagnosis.safety import Safety
    from .diagnosis.store import DiagnosisStore

    store, audit = DiagnosisStore(database), open_audit_trail(settings, database)
    vault = None
    if settings.keeps_messages:
        vault = open_vault(settings.inbox_key_file, volume_encrypted=settings.inbox_volume_encrypted)
    return Oversight(store, Safety(store, audit), ProblemReports(store, audit, vault), audit)


def build_diagnosis(settings: Settings, oversight: "Oversight | None" = None) -> "DiagnosisService":
    """The diagnostic assistant alone; without ``oversight`` it is always on."""
    from adapters.fhir.concept_map import ConceptMap, read_concept_map
    from knowledge.medical.common import load_common
    from knowledge.medical.entities import EntityRecognizer
    from knowledge.medical.findings import FindingRecognizer
    from knowledge.medical.joint import JointDifferential
    from knowledge.medical.red_flag_rules import RULES
    from knowledge.medical.red_flags import RedFlags

    from .diagnosis.safety import State
    from .diagnosis.service import DiagnosisService
    from .diagnosis.silent import SilentRecord

    concept_map = read_concept_map(settings.concept_map) if settings.concept_map else ConceptMap()
    knowledge = open_knowledge(settings)
    return DiagnosisService(
        knowledge,
        FindingRecognizer(knowledge.ontology),
        EntityRecognizer(),
        JointDifferential(knowledge),
        concept_map,
        RedFlags(RULES, load_common(), knowledge.ontology),
        certificates=open_certificates(settings),
        state=oversight.safety.state if oversight else State,
        unseen=SilentRecord(oversight.store, oversight.trail).keep if oversight else None,
    )


def open_certificates(settings: Settings) -> "list[Certificate]":
    """All certificates, of any version; the site's own come first."""
    from knowledge.medical.certificate import read_certificates

    folders = (settings.home / "certificates", packaged("knowledge.medical", "fitted"))
    return [certificate for folder in folders for certificate in read_certificates(folder)]


def open_knowledge(settings: Settings) -> "MedicalKnowledge":
    """The diseases and findings, compiled once and cached in ``R1_HOME``.

    Raises:
        ModelError: the ontology is not on this machine.
    """
    from knowledge.medical.knowledge import load_knowledge

    return load_knowledge(ModelHub(settings.home).folder("hpo"), settings.home / "cache" / "medical")


def open_audit_trail(settings: Settings, database: "Database") -> "AuditTrail":
    """The trail of who read or wrote which record.

    Raises:
        SettingsError: the key is too short.
        AuditError: the key is missing although there are events, or none can be made.
    """
    from adapters.fhir.audit import AuditTrail, has_events, site_key

    configured = settings.audit_key.get_secret_value() if settings.audit_key else ""
    return AuditTrail(database, site_key(settings.home, configured, may_make=not has_events(database)))


def open_fhir(
    settings: Settings, log: "UserLog", server: str | None = None, auth: "httpx.Auth | None" = None
) -> "FhirClient":
    """A connection to the configured FHIR server, or to another one, which never gets the token.

    Args:
        auth: of the clinician who has signed in; None is the suite's own.

    Raises:
        SettingsError: there is no server, or its address or the token cannot be used.
    """
    from adapters.fhir.client import FhirClient

    url = server or settings.fhir_url
    if url is None:
        raise SettingsError("No FHIR server is named", hint="Set R1_FHIR_URL or use --server")
    if auth is None and url == settings.fhir_url:
        auth = _own_auth(settings, url)
    return FhirClient(
        url, log=log, auth=auth, timeout=settings.fhir_timeout, record_seconds=settings.fhir_record_seconds
    )


def _own_auth(settings: Settings, url: str) -> "httpx.Auth | None":
    from adapters.fhir.auth import BackendServices, BearerToken, OAuthServer, SiteKeys

    if settings.fhir_token:
        return BearerToken(settings.fhir_token.get_secret_value())
    if settings.smart_key:
        keys, client_id = SiteKeys(settings.smart_key), settings.smart_client_id or ""
        oauth = OAuthServer(url, timeout=settings.fhir_timeout)
        return BackendServices(oauth, client_id=client_id, keys=keys, scope=settings.smart_scope)
    return None


def open_suite_database(settings: Settings) -> "Database":
    """The database with the suite's current schema.

    Raises:
        SettingsError: its URL is malformed.
        StorageError: it, or the folder for it, cannot be reached or written.
    """
    from core.db import open_database

    with storage_errors(settings.home, hint="Point R1_HOME elsewhere"):
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    url = settings.database_url.get_secret_value() if settings.database_url else _private_sqlite(settings.home)
    return open_database(url, packaged("apps", "migrations"))


def open_inbox(settings: Settings, database: "Database | None" = None) -> "Inbox":
    """The inbox of received HL7 v2 messages.

    Args:
        database: with the suite's schema; None opens it.

    Raises:
        InputFormatError: the table of authorities cannot be used.
        SettingsError: messages would be stored unencrypted.
        StorageError: the database cannot be reached or written.
    """
    from adapters.hl7v2.inbox import Inbox
    from adapters.hl7v2.to_fhir.patient_systems import read_patient_systems
    from core.vault import open_vault

    systems = read_patient_systems(settings.message_authorities) if settings.message_authorities else None
    vault = open_vault(settings.inbox_key_file, volume_encrypted=settings.inbox_volume_encrypted)
    return Inbox(database if database is not None else open_suite_database(settings), vault, systems)


def _private_sqlite(home: Path) -> str:
    """The default database's URL; its file holds e-mail addresses, so only its owner may read it."""
    file = home / "r1.db"
    with contextlib.suppress(OSError):  # opening the database says what is wrong
        file.touch(mode=0o600)
    return f"sqlite:///{file}"
