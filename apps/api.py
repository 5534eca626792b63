"""The ASGI application: screens, APIs, health and metrics, with the access checks in front."""

import contextlib
import threading
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from core.errors import StorageError
from core.server.drain import CountRequests
from core.server.health import health_routes
from core.server.metrics import MetricsMiddleware
from core.server.openai.app import Limits, openai_api
from core.settings import Settings, load_settings

from .access import RequireToken, SecurityHeaders
from .bootstrap import Suite, build_suite
from .model_server import ModelServer, build_model
from .process import log_to_stderr

if TYPE_CHECKING:
    from .auth.guard import Screen
    from .ui.page import Unavailable

_AREAS = frozenset({
    "v1", "api", "cds-services", "smart", "support", "diagnosis", "ehr", "train", "desk", "sign-in",
    "healthz", "readyz", "metrics",
})  # fmt: skip
"""First path segments by which requests are counted."""

_RUNNING = 64
"""Requests running at once, besides those queued: more than any engine answers in one batch."""


def create_app(suite: Suite) -> FastAPI:
    """Mounts everything on one application.

    Raises:
        SettingsError: a file that the settings name cannot be used.
    """
    # Imported here, since the pages import Gradio, which reads environment variables that `build_suite` sets.
    from .auth.oidc import identity_provider
    from .auth.pages import SignIn
    from .diagnosis.open_patients import OpenPatients
    from .fhir_access import FhirAccess
    from .hospital import mount_hospital
    from .screens import guarded_screens, mount_screens
    from .smart import SmartSessions
    from .support.api import support_api
    from .support.outbox_metrics import OutboxGauges
    from .ui.page import Unavailable

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        threading.Thread(target=suite.outbox.run, name="outbox", daemon=True).start()
        yield
        suite.outbox.stop()
        if suite.inbox is not None:
            suite.inbox.close()

    settings = suite.settings
    app = FastAPI(title="R1 Suite", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    unavailable = Unavailable()
    app.add_exception_handler(StorageError, unavailable)
    app.include_router(health_routes(suite.checks))
    app.include_router(suite.metrics.routes())
    OutboxGauges(suite.database, suite.metrics.registry)

    at_hospital = SmartSessions(timedelta(minutes=settings.session_minutes), secure=suite.sessions.secure)
    access = FhirAccess(settings, suite.oversight.trail, suite.sessions, at_hospital, suite.inbox)
    mount_hospital(app, suite, access)
    patients = OpenPatients()
    mount_screens(app, suite, access, patients)
    screens = guarded_screens(access)
    joined = at_hospital if settings.fhir_url and settings.smart_client_id else None
    sign_in = SignIn(
        suite.accounts,
        suite.sessions,
        screens,
        identity_provider(settings),
        joined,
        public=settings.public_netloc,
        forget=lambda cookies: patients.end(access.holder(cookies)),
    )
    app.include_router(sign_in.router)

    origins, desk_token = settings.widget_origin_list, _desk_token(settings)
    support = support_api(suite.chat, suite.metrics, suite.drain, origins=origins, desk_token=desk_token)
    app.mount("/api/support", support)
    if serves_api(settings):
        app.mount("/v1", _openai_api(suite))
    _add_middleware(app, suite, screens, unavailable)
    return app


def serves_api(settings: Settings) -> bool:
    """Whether ``/v1`` is served: with API keys, or where no access token is set."""
    return settings.api_keys is not None or settings.access_token is None


def from_environment() -> FastAPI:
    """The application for any ASGI server: ``uvicorn --factory apps.api:from_environment``."""
    return create_app(build_suite(_logged_settings()))


def create_model_app(model: ModelServer) -> FastAPI:
    """The language model alone: ``/v1``, health and metrics. It needs no database, so any number can run."""
    app = FastAPI(title="R1", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health_routes(model.checks))
    app.include_router(model.metrics.routes())
    app.mount("/v1", _openai_api(model))
    if model.settings.access_token is not None:
        app.add_middleware(RequireToken, token=model.settings.access_token.get_secret_value(), others=("/v1",))
    app.add_middleware(MetricsMiddleware, metrics=model.metrics, areas=_AREAS)
    return app


def model_from_environment() -> FastAPI:
    """The language model alone for any ASGI server: ``uvicorn --factory apps.api:model_from_environment``."""
    return create_model_app(build_model(_logged_settings()))


def _logged_settings() -> Settings:
    settings = load_settings()
    log_to_stderr(settings.log_level)
    return settings


def _openai_api(model: Suite | ModelServer) -> FastAPI:
    settings = model.settings
    keys = [key.strip() for key in settings.api_keys.get_secret_value().split(",")] if settings.api_keys else []
    limits = Limits(rate=settings.rate_limit, requests=settings.queue + _RUNNING)
    return openai_api(model.engine, model.embedder, model.metrics, model.drain, keys=keys, limits=limits)


def _add_middleware(app: FastAPI, suite: Suite, screens: "Sequence[Screen]", unavailable: "Unavailable") -> None:
    """Adds the checks that run before the routes. The one added last sees a request first."""
    from .auth.guard import Guard
    from .auth.pages import OPEN as SIGN_IN_PATHS
    from .hospital import OPEN as HOSPITAL_PATHS

    settings = suite.settings
    if settings.access_token is not None:
        own_checks = {
            "/cds-services": True,  # authenticates its callers itself
            "/v1": settings.api_keys,
            "/api/support": settings.widget_origin_list,  # for the public chat widget
            "/api/support/desk": _desk_token(settings),
        }
        app.add_middleware(
            RequireToken,
            token=settings.access_token.get_secret_value(),
            others=tuple(path for path, checks in own_checks.items() if checks),
            exact=(*HOSPITAL_PATHS, *SIGN_IN_PATHS),
        )
    app.add_middleware(
        Guard,
        sessions=suite.sessions,
        screens=screens,
        has_accounts=lambda: settings.oidc_issuer is not None or suite.accounts.any(),
        unavailable=unavailable,
        public=settings.public_netloc,
    )
    if settings.on_loopback:  # a foreign host name on loopback is DNS rebinding
        # The public one is the host name of a reverse proxy in front.
        hosts = ["127.0.0.1", "localhost", "[::1]", settings.host, httpx.URL(settings.public_base).host]
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)
    app.add_middleware(SecurityHeaders, https=settings.public_base.startswith("https:"))
    app.add_middleware(MetricsMiddleware, metrics=suite.metrics, areas=_AREAS)
    app.add_middleware(CountRequests, drain=suite.drain)


def _desk_token(settings: Settings) -> str | None:
    return settings.desk_token.get_secret_value() if settings.desk_token else None
