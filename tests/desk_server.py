"""The support chat and the support desk as a server of their own, without a language model and what is medical."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy import Engine

from apps.access import SecurityHeaders
from apps.auth.accounts import Accounts, Role
from apps.auth.guard import Guard, Screen
from apps.auth.pages import SignIn
from apps.auth.sessions import Sessions
from apps.bootstrap import build_drafts, build_support
from apps.desk.desk import ROLES
from apps.desk.dismissals import Dismissals
from apps.desk.drafts import Drafts
from apps.desk.records import Records
from apps.desk.ui import DeskPage
from apps.screen_gate import mount_screen
from apps.support.chat import SupportChat
from apps.support.store import SupportStore
from apps.support.ui import ChatPage
from apps.ui.page import Unavailable
from core.server.metrics import Metrics
from core.settings import Settings
from tests.databases import sqlite_database
from tests.servers import serve

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class DeskServer:
    """A running server with the accounts Olga (operator) and Pavel (approver), whose password is ``PASSWORD``."""

    url: str
    chat: SupportChat
    drafts: Drafts
    database: Engine


@contextmanager
def desk_server(home: Path, folder: Path) -> Iterator[DeskServer]:
    """Starts it on a free port of loopback and stops it afterwards.

    Args:
        home: the suite's folder, with the models.
        folder: for the database.
    """
    settings, database = Settings(home=home, company=None), sqlite_database(folder)
    chat = SupportChat(build_support(settings, database), SupportStore(database))
    drafts = build_drafts(settings, database, chat.service)
    accounts = Accounts(database, cost=4)
    accounts.add("Olga", PASSWORD, {Role.OPERATOR})
    accounts.add("Pavel", PASSWORD, {Role.OPERATOR, Role.APPROVER})
    sessions = Sessions(database, timedelta(minutes=30), secure=False)
    screens = [Screen("/desk", ROLES, needs_account=True)]
    app = FastAPI()
    app.include_router(SignIn(accounts, sessions, screens).router)
    pages = {
        "/support": ChatPage(chat, Metrics()).blocks,
        "/desk": DeskPage(chat, Records(database), drafts, Dismissals(database), sessions).blocks,
    }
    for path, page in pages.items():
        mount_screen(app, page, path)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Guard, sessions=sessions, screens=screens, has_accounts=accounts.any, unavailable=Unavailable())
    with serve(app, closes_within=1) as (address, _):
        yield DeskServer(address, chat, drafts, database)
    database.dispose()
