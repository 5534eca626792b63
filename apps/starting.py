"""Answers while the suite still loads, which takes minutes the first time: a page that loads again, or an error."""

import contextlib
import json
import threading
from collections.abc import Iterator
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from string import Template
from typing import Any

from .ui.language import language_for, language_tag
from .ui.texts import t

_AGAIN = 5  # seconds
# Not the frame of the other pages, whose colours come from Gradio, which takes seconds to import.
_PAGE = Template("""<!doctype html>
<html lang="$code">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="$again">
<meta name="color-scheme" content="light dark">
<title>$title</title>
</head>
<body style="font-family: system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<main><h1>$title</h1><p>$text</p></main>
</body>
</html>
""")


@contextlib.contextmanager
def answering(listener: socket) -> Iterator[None]:
    """Answers every request with 503 (Service Unavailable) while the body runs.

    Args:
        listener: listens already, and is left open for the server that follows.
    """
    server = _Server(("", 0), _Answer, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="starting", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A client that went away is no error."""


class _Answer(BaseHTTPRequestHandler):
    timeout = 5

    def do_GET(self) -> None:
        is_page = "text/html" in self.headers.get("accept", "")
        kind = "text/html; charset=utf-8" if is_page else "application/json"
        body = self._page() if is_page else json.dumps({"status": "starting"})
        self.send_response_only(HTTPStatus.SERVICE_UNAVAILABLE)
        for name, value in {"content-type": kind, "retry-after": str(_AGAIN), "cache-control": "no-store"}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())

    do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_GET

    def log_message(self, *_: Any) -> None:
        """Nothing is logged: paths may name patients."""

    def _page(self) -> str:
        language = language_for(self.headers.get("accept-language", ""))
        title, text = (escape(t(f"shared.{key}", language)) for key in ("starting", "starting_text"))
        return _PAGE.substitute(title=title, text=text, code=language_tag(language), again=_AGAIN)
