"""The ASGI application: both screens, the start page, the OpenAI-compatible API, health and metrics."""

import contextlib
import threading
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta

import httpx
from fastapi import FastAPI, HTTPException, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.middleware.trustedhost import TrustedHostMiddleware

from core.server.health import health_routes
from core.server.metrics import MetricsMiddleware
from core.server.openai.app import Limits, openai_api
from core.settings import Settings, load_settings

from .access import RequireToken, SecurityHeaders
from .bootstrap import Suite, build_suite

_AREAS = frozenset(
    {
        "v1",
        "api",
        "cds-services",
        "smart",
        "support",
        "diagnosis",
        "ehr",
        "train",
        "desk",
        "sign-in",
        "healthz",
        "readyz",
        "metrics",
    }
)
_TOGETHER = 16  # events of one kind that a page works on at once; Gradio's own is one: all wait for the slowest
_RUNNING = 64  # requests at once besides those that wait: more than any engine answers in one batch


def create_app(suite: Suite) -> FastAPI:
    """Mounts everything on one application."""
    import gradio as gr

    from adapters.hl7v2.metrics import InboxGauges

    from . import hospital
    from .auth import pages as auth_pages
    from .auth.accounts import Role
    from .auth.guard import Guard, Screen
    from .auth.oidc import identity_provider
    from .diagnosis.decision_panel import Footer
    from .diagnosis.downloads import Downloads, download_routes
    from .diagnosis.review import PATH as REVIEW
    from .diagnosis.review import review_routes
    from .diagnosis.ui import build_diagnosis_page
    from .inbox.service import InboxService
    from .inbox.ui import build_inbox_page
    from .operators.office import ROLES as DESK_ROLES
    from .operators.records import Records
    from .operators.ui import build_operators_page
    from .smart import SmartSessions
    from .support.api import support_api
    from .support.ui import build_support_page
    from .ui.page import missing_page, page_language
    from .ui.start import start_page
    from .ui.theme import favicon, mount_options
    from .ui.trainings import training_routes

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        sender = threading.Thread(target=suite.outbox.run, name="outbox", daemon=True)
        sender.start()
        yield
        suite.outbox.stop()
        if suite.inbox is not None:
            suite.inbox.close()

    app = FastAPI(title="R1 Suite", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health_routes(suite.checks))
    app.include_router(suite.metrics.routes())
    app.include_router(training_routes(suite.settings.home))

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    def start(request: Request) -> str:
        return start_page(suite, page_language(request))

    @app.exception_handler(404)
    async def missing(request: Request, error: HTTPException) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(missing_page(request), 404)
        return await http_exception_handler(request, error)

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> FileResponse:
        return FileResponse(favicon(), media_type="image/svg+xml")

    def staff(cookies: Mapping[str, str]) -> str:
        """Who works on a page, as the trails name them; without accounts all who get there are one."""
        account = suite.sessions.account(cookies, used=True)
        return account.name if account else "nobody signed in"

    at_hospital = SmartSessions(timedelta(minutes=suite.settings.session_minutes))
    access = hospital.FhirAccess(suite.settings, suite.audit, suite.sessions, at_hospital)
    hospital.mount_hospital(app, suite, access)
    downloads = Downloads()
    app.include_router(download_routes(downloads, access.sessions.name))
    app.include_router(review_routes(suite.diagnosis, suite.oversight, staff, public=suite.settings.public_base))
    receiver = hospital.open_result_receiver(suite.settings)
    footer = Footer(suite.diagnosis, suite.oversight, access, downloads, receiver)
    pages = {
        "/support": build_support_page(suite.desk, suite.metrics),
        "/desk": build_operators_page(suite.desk, Records(suite.database), suite.drafts, suite.sessions),
        "/diagnosis": build_diagnosis_page(
            suite.diagnosis, suite.metrics, suite.settings, access, suite.checks["engine"], footer
        ),
    }
    if suite.inbox is not None:
        InboxGauges(suite.inbox, suite.metrics.registry)
        inbox = InboxService(suite.inbox, suite.settings, suite.audit)
        pages["/ehr/inbox"] = build_inbox_page(inbox, staff, suite.sessions)
    for path, page in pages.items():
        # Gradio checks that a path sent by a browser is one of its uploads only on launched pages, and a mounted page
        # does not count as launched: without this any visitor could read any file of this machine.
        page.has_launched = True
        page.queue(default_concurrency_limit=_TOGETHER)
        gr.mount_gradio_app(app, page, path=path, **mount_options())

    public = httpx.URL(suite.settings.public_base)
    netloc = public.netloc.decode()
    provider = identity_provider(suite.settings)
    screens = [  # the first that covers a path decides
        Screen("/train", (Role.ENGINEER,)),
        Screen("/ehr/inbox", (Role.ENGINEER,)),
        Screen(REVIEW, (Role.REVIEWER,)),
        Screen("/desk", DESK_ROLES, needs_account=True),  # names sign what is done there
        Screen(
            "/diagnosis",
            (Role.CLINICIAN,),
            known_otherwise=lambda cookies: at_hospital.of(cookies) is not None,  # signed in at the hospital
        ),
    ]
    joined = at_hospital if suite.settings.fhir_url and suite.settings.smart_client_id else None
    app.include_router(
        auth_pages.sign_in_routes(suite.accounts, suite.sessions, screens, provider, joined, public=netloc)
    )

    desk_token = suite.settings.desk_token.get_secret_value() if suite.settings.desk_token else None
    origins = suite.settings.widget_origin_list
    api = support_api(suite.desk, suite.metrics, suite.drain, origins=origins, desk_token=desk_token)
    app.mount("/api/support", api)
    if serves_api(suite.settings):
        app.mount("/v1", _api(suite))

    # The last one added sees a request first.
    app.add_middleware(SecurityHeaders)
    if suite.settings.access_token is not None:
        others = {
            "/cds-services": True,  # signs its callers in by itself
            "/v1": suite.settings.api_keys,
            "/api/support": origins,  # a widget for everybody
            "/api/support/desk": desk_token,
        }
        token, own = suite.settings.access_token.get_secret_value(), tuple(path for path in others if others[path])
        app.add_middleware(RequireToken, token=token, others=own, exact=(*hospital.OPEN, *auth_pages.OPEN))
    app.add_middleware(
        Guard,
        sessions=suite.sessions,
        screens=screens,
        has_accounts=lambda: provider is not None or suite.accounts.any(),
        public=netloc,
    )
    if suite.settings.on_loopback:  # a foreign host name on loopback is DNS rebinding
        # The public one is what a reverse proxy in front is called.
        hosts = ["127.0.0.1", "localhost", "[::1]", suite.settings.host, public.host]
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)
    app.add_middleware(MetricsMiddleware, metrics=suite.metrics, areas=_AREAS)
    return app


def serves_api(settings: Settings) -> bool:
    """Whether ``/v1`` is there: with API keys, or on a machine that asks nobody for anything."""
    return settings.api_keys is not None or settings.access_token is None


def _api(suite: Suite) -> FastAPI:
    settings = suite.settings
    keys = [key.strip() for key in settings.api_keys.get_secret_value().split(",")] if settings.api_keys else []
    limits = Limits(rate=settings.rate_limit, requests=settings.queue + _RUNNING)
    return openai_api(suite.engine, suite.embedder, suite.metrics, suite.drain, keys=keys, limits=limits)


def from_environment() -> FastAPI:
    """The application for any ASGI server: ``uvicorn --factory apps.api:from_environment``."""
    return create_app(build_suite(load_settings()))
