"""The API of the support chat as a server of its own, with the real chatbot and a database of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine

from apps.support.api import support_api
from apps.support.chat import SupportChat
from apps.support.service import SupportService
from apps.support.store import SupportStore
from core.server.drain import Drain
from core.server.metrics import Metrics
from tests.databases import sqlite_database
from tests.servers import serve

DESK_TOKEN = "a-desk-token-for-tests"


@dataclass(frozen=True)
class SupportServer:
    """A running server; ``url`` ends before ``/conversations``."""

    url: str
    support: SupportChat
    database: Engine
    server: uvicorn.Server

    def stop(self) -> None:
        """Goes away, as if it had crashed."""
        self.server.should_exit = self.server.force_exit = True


@contextmanager
def support_server(service: SupportService, folder: Path, origins: list[str]) -> Iterator[SupportServer]:
    """Starts it on a free port of loopback and stops it afterwards."""
    database = sqlite_database(folder)
    chat, drain = SupportChat(service, SupportStore(database)), Drain()
    app = FastAPI()
    app.mount("/api/support", support_api(chat, Metrics(), drain, origins=origins, desk_token=DESK_TOKEN))
    with serve(app) as (address, server):
        yield SupportServer(f"{address}/api/support", chat, database, server)
        drain.begin()
    database.dispose()
