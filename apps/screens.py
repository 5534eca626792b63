"""The pages of the suite: what is served at which path, and which roles may open it."""

import functools
from collections.abc import Mapping

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.middleware import Middleware

from adapters.fhir.limits import MAX_BYTES
from adapters.hl7v2.metrics import InboxGauges

from .auth.accounts import Role
from .auth.browser import NameBrowser
from .auth.guard import Screen
from .auth.sessions import Sessions
from .bootstrap import Suite
from .desk.desk import ROLES as DESK_ROLES
from .desk.dismissals import Dismissals
from .desk.records import Records
from .desk.ui import DeskPage
from .diagnosis.decision_panel import Footer
from .diagnosis.downloads import Downloads, download_routes
from .diagnosis.open_patients import OpenPatients
from .diagnosis.review import PATH as REVIEW
from .diagnosis.review import review_routes
from .diagnosis.ui import DiagnosisPage
from .fhir_access import FhirAccess
from .hospital import open_result_receiver
from .inbox.service import InboxService
from .inbox.ui import InboxPage
from .screen_gate import MAX_BODY, mount_screen
from .support.ui import ChatPage
from .ui.language import page_language
from .ui.page import missing
from .ui.start import start_page
from .ui.theme import favicon
from .ui.trainings import training_routes


def mount_screens(app: FastAPI, suite: Suite, access: FhirAccess, patients: OpenPatients) -> None:
    """Adds every page, plain HTML and Gradio.

    Raises:
        SettingsError: a file that the settings name cannot be used.
    """
    _add_plain_pages(app, suite)
    staff = functools.partial(_staff_name, suite.sessions)
    app.include_router(
        review_routes(suite.diagnosis, suite.oversight, staff, suite.sessions, public=suite.settings.public_netloc)
    )
    downloads = Downloads()
    app.include_router(download_routes(downloads, access.user))
    receiver = open_result_receiver(suite.settings)
    footer = Footer(suite.diagnosis, suite.oversight, access, downloads, patients, receiver)
    pages = {
        "/support": ChatPage(suite.chat, suite.metrics).blocks,
        "/desk": DeskPage(
            suite.chat, Records(suite.database), suite.drafts, Dismissals(suite.database), suite.sessions
        ).blocks,
        "/diagnosis": DiagnosisPage(
            suite.diagnosis, suite.metrics, suite.settings, access, suite.checks["engine"], footer
        ).blocks,
    }
    if suite.inbox is not None:
        InboxGauges(suite.inbox, suite.metrics.registry)
        inbox = InboxService(suite.inbox, suite.settings, suite.oversight.trail)
        pages["/ehr/inbox"] = InboxPage(inbox, staff, suite.sessions).blocks
    public = suite.settings.public_netloc
    for path, page in pages.items():
        takes_patients = path == "/diagnosis"
        most = 2 * MAX_BYTES if takes_patients else MAX_BODY  # files come in base64
        named = [Middleware(NameBrowser, secure=suite.sessions.secure)] if takes_patients else []
        mount_screen(app, page, path, public=public, max_body=most, middleware=named)


def guarded_screens(access: FhirAccess) -> list[Screen]:
    """The pages with restricted access. The first that covers a path decides."""

    def at_hospital(cookies: Mapping[str, str]) -> bool:
        return access.at_hospital.of(cookies) is not None

    return [
        Screen("/train", (Role.ENGINEER,)),
        Screen("/ehr/inbox", (Role.ENGINEER,)),
        Screen(REVIEW, (Role.REVIEWER,)),
        Screen("/desk", DESK_ROLES, needs_account=True),  # actions there are signed with names
        Screen("/diagnosis", (Role.CLINICIAN,), known_otherwise=at_hospital),
    ]


def _add_plain_pages(app: FastAPI, suite: Suite) -> None:
    app.include_router(training_routes(suite.settings.home, suite.sessions.name))

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    def start(request: Request) -> str:
        return start_page(suite, page_language(request))

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> FileResponse:
        return FileResponse(favicon(), media_type="image/svg+xml")

    @app.exception_handler(404)
    async def nothing_here(request: Request, _: HTTPException) -> Response:
        return missing(request)


def _staff_name(sessions: Sessions, cookies: Mapping[str, str]) -> str:
    """The acting user as named in the audit trail; without accounts, all share one name."""
    account = sessions.account(cookies, used=True)
    return account.name if account else "nobody signed in"
