"""Files for the browser, kept in memory for a few minutes and served once.

The address holds only a random name. It lies below the screen's path, so it needs the same access, and only the person
who requested the file gets it.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from fastapi import APIRouter, Request, Response

from apps.ui.page import apology
from apps.ui.texts import t
from knowledge.retrieval.language import Language

SECONDS = 300.0
_MOST = 200
_PATH = "/diagnosis/files/"


@dataclass(frozen=True, slots=True)
class File:
    """A file: ``name`` reveals nothing about the patient; ``owner`` is who requested it."""

    data: bytes
    name: str
    media_type: str
    owner: str = ""


@dataclass(slots=True)
class Downloads:
    """Files waiting to be fetched. Safe to share between threads."""

    clock: Callable[[], float] = time.monotonic
    _waiting: dict[str, tuple[float, File]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def offer(self, file: File) -> str:
        """Keeps a file for :data:`SECONDS`; returns the path from which it can be fetched once."""
        now = self.clock()
        with self._lock:
            self._waiting = {name: kept for name, kept in self._waiting.items() if kept[0] > now}
            while len(self._waiting) >= _MOST:
                del self._waiting[next(iter(self._waiting))]  # the oldest
            name = secrets.token_urlsafe(32)
            self._waiting[name] = now + SECONDS, file
        return _PATH + name

    def take(self, name: str, owner: str) -> File | None:
        """Returns and removes the file; None if there is none, or it is somebody else's."""
        with self._lock:
            until, file = self._waiting.get(name, (0.0, None))
            if file is None or until <= self.clock() or file.owner != owner:
                return None
            del self._waiting[name]
            return file


def download_routes(downloads: Downloads, owner: Callable[[dict[str, str]], str]) -> APIRouter:
    """The route that serves the files.

    Args:
        owner: names the user of a browser, by its cookies.

    Every request raises a StorageError when the database cannot be read.
    """
    router = APIRouter()

    @router.get(_PATH + "{name}", include_in_schema=False)
    def fetch(name: str, request: Request) -> Response:
        file = downloads.take(name, owner(dict(request.cookies)))
        if file is None:
            return apology(request, 404, "Not Found", "fetched", _to_the_page)
        headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "no-store"}
        return Response(file.data, media_type=file.media_type, headers=headers)

    return router


def _to_the_page(language: Language) -> str:
    return f'<p><a href="/diagnosis/?lang={language}">{t("shared.fetched_back", language)}</a></p>'
