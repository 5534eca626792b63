"""A suite of two screens behind the guard, and its visitors."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.testclient import TestClient

from adapters.fhir.drafts import Clinician
from adapters.fhir.launch import SmartSession
from apps.access import RequireToken
from apps.auth.accounts import Accounts, Role
from apps.auth.guard import Guard, Screen
from apps.auth.pages import OPEN, SignIn
from apps.auth.sessions import Sessions
from apps.smart import SmartSessions
from apps.ui.page import Unavailable
from core.errors import StorageError
from tests.databases import sqlite_database

PASSWORD = "correct horse battery"
TOKEN = "an access token of the suite"
BROWSER = {"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-site": "none"}
FETCH = {"sec-fetch-mode": "cors", "sec-fetch-site": "same-origin"}


class Door:
    """A suite of two screens, and one page for everybody."""

    def __init__(self, folder: Path, token: str = "", *, at_hospital: bool = False) -> None:
        self.database = sqlite_database(folder)
        self.accounts = Accounts(self.database, cost=4)
        self.sessions = Sessions(self.database, timedelta(minutes=30), secure=False)
        self.hospital = SmartSessions(timedelta(minutes=30), secure=False)
        screens = [
            Screen("/desk", (Role.OPERATOR, Role.APPROVER), needs_account=True),
            Screen("/clinic", (Role.CLINICIAN,), known_otherwise=lambda cookies: self.hospital.of(cookies) is not None),
        ]
        app = FastAPI()
        unavailable = Unavailable()
        app.add_exception_handler(StorageError, unavailable)
        joined = self.hospital if at_hospital else None
        app.include_router(SignIn(self.accounts, self.sessions, screens, None, joined, public="suite.example").router)
        for path in ("/", "/desk/", "/desk/file", "/clinic/", "/desktop"):
            app.add_api_route(path, lambda: "seen", methods=["GET", "POST"])

        @app.websocket("/desk/socket")
        async def socket(connection: WebSocket) -> None:
            await connection.accept()
            await connection.close()

        if token:
            app.add_middleware(RequireToken, token=token, exact=OPEN)
        asked: dict[str, Any] = {"has_accounts": self.accounts.any, "unavailable": unavailable}
        app.add_middleware(Guard, sessions=self.sessions, screens=screens, public="suite.example", **asked)
        self.app = app

    def browser(self) -> TestClient:
        """A new visitor."""
        return TestClient(self.app, follow_redirects=False)

    def from_hospital(self, name: str = "Dr Ada Byron") -> TestClient:
        """A visitor who has signed in at the hospital."""
        unsigned: Any = None
        client = self.browser()
        session = SmartSession(unsigned, Clinician("Practitioner/dr", name, "Patient/p"))
        client.cookies.set(self.hospital.cookie, self.hospital.add(session))
        return client

    def signed_in(self, *roles: Role, name: str = "Ada") -> TestClient:
        """A visitor who has signed in."""
        self.accounts.add(name, PASSWORD, roles)
        client = self.browser()
        assert sign_in(client, name).status_code == 303
        return client


def sign_in(client: TestClient, name: str, password: str = PASSWORD, **fields: str) -> Any:
    return client.post("/sign-in", data={"name": name, "password": password, **fields}, headers=FETCH)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    built = Door(tmp_path)
    yield built
    built.database.dispose()
