"""The support chat for other programs and for the widget: REST, server-sent events, and replies from the desk.

A conversation belongs to whoever holds its token, which never appears in a URL.
"""

import asyncio
import hmac
import json
import logging
import math
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from apps.access import refused_length
from core.errors import InputError, InputTooLargeError, R1Error, TakenError
from core.server.drain import Drain
from core.server.metrics import Metrics
from core.validation import says
from knowledge.retrieval.language import Language

from .conversation import MAX_MESSAGE
from .desk import MAX_ADDRESS, Desk
from .store import Message, Thread
from .widget import widget_script
from .words import rest, sentence

_log = logging.getLogger(__name__)

_MAX_BODY = 64 << 10
_POLL_SECONDS = 1.0  # between two queries of the database for an event stream
_HEARTBEAT = 15  # polls between two comments that keep a stream open
# Event streams that are open at once: each asks the database twice a second, before which everybody else would wait.
_STREAMS, _STREAMS_OF_ONE = 200, 4

_Text = Annotated[str, StringConstraints(min_length=1, max_length=4 * MAX_MESSAGE)]
_MessageId = Annotated[int, Field(ge=0, le=2**31 - 1)]
_NO_CONTROL = r"^\P{Cc}*$"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Start(_Body):
    """Opens a conversation."""

    language: Language = "en"


class Say(_Body):
    """A customer's message; ``after`` is the last message that the page has. With the same ``id`` it is taken once."""

    text: _Text
    after: _MessageId = 0
    id: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=_NO_CONTROL)] | None = None


class Seen(_Body):
    """The last message that the customer has seen."""

    message_id: _MessageId


class HandOver(_Body):
    """Passes the conversation to a person."""

    email: Annotated[str, StringConstraints(max_length=MAX_ADDRESS)]
    note: Annotated[str, StringConstraints(max_length=4 * MAX_MESSAGE)] = ""
    language: Language = "en"


class Thumb(_Body):
    """Whether a reply helped."""

    value: Literal[1, -1]


class DeskReply(_Body):
    """What a person at the desk writes. With the same ``id`` it is taken once; ``close`` lets the bot answer again."""

    reference: Annotated[str, StringConstraints(max_length=16, pattern=_NO_CONTROL)]
    text: _Text
    id: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=_NO_CONTROL)] | None = None
    close: bool = False


def support_api(
    desk: Desk, metrics: Metrics, drain: Drain, *, origins: list[str] | None = None, desk_token: str | None = None
) -> FastAPI:
    """The routes, to be mounted below ``/api/support``.

    Args:
        desk: the front desk.
        metrics: counts replies and hand-offs.
        drain: ends event streams when the server does.
        origins: of other sites' pages that may use it.
        desk_token: the desk's; None takes no replies from a desk.
    """
    app = FastAPI(title="R1 Suite: support chat", docs_url=None, redoc_url=None)
    app.add_middleware(_LimitBody)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=origins or [],
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type"],
        max_age=600,
    )

    def thread(id: str, authorization: Annotated[str, Header()] = "") -> Thread:
        found = desk.store.thread(id, _bearer(authorization)) if id.isprintable() else None
        if found is None:
            raise HTTPException(404, "no_conversation")
        return found

    Own = Annotated[Thread, Depends(thread)]
    streams: list[str] = []  # the conversations of those that are open

    @app.post("/conversations", status_code=201)
    def start(body: Start, request: Request) -> dict[str, str]:
        _wait(desk.limits.start(request.client))
        id, token = desk.start(body.language)
        return {"id": id, "token": token}

    @app.post("/conversations/{id}/messages")
    async def say(body: Say, own: Own, request: Request) -> dict[str, Any]:
        _wait(desk.limits.message(own.id, request.client))
        async with desk.limits.turn(request.client):
            return await run_in_threadpool(answered, body, own)

    def answered(body: Say, own: Thread) -> dict[str, Any]:
        try:
            with metrics.support_reply_seconds.time():
                reply = desk.say(own.id, body.text, body.id and f"{own.id}:{body.id}")
        except TakenError:  # the client did not get to know that it was taken
            return state(own, body.after)
        metrics.support_replies.labels(reply.action.value, reply.language).inc()
        return state(own, body.after)

    @app.get("/conversations/{id}/messages")
    def messages(own: Own, after: _MessageId = 0) -> dict[str, Any]:
        return state(own, after)

    @app.get("/conversations/{id}/events")
    async def events(
        own: Own, after: _MessageId = 0, last_event_id: Annotated[_MessageId, Header()] = 0
    ) -> StreamingResponse:
        if streams.count(own.id) >= _STREAMS_OF_ONE or len(streams) >= _STREAMS:
            raise HTTPException(429, "too_many_streams", headers={"retry-after": "30"})
        return StreamingResponse(stream(own.id, max(after, last_event_id)), media_type="text/event-stream")

    @app.post("/conversations/{id}/seen", status_code=204)
    def seen(body: Seen, own: Own) -> None:
        desk.store.see(own.id, body.message_id)

    @app.post("/conversations/{id}/hand-off", status_code=201)
    async def hand_off(body: HandOver, own: Own, request: Request) -> dict[str, str]:
        _wait(desk.limits.message(own.id, request.client))
        async with desk.limits.turn(request.client):
            return await run_in_threadpool(handed_off, body, own)

    def handed_off(body: HandOver, own: Thread) -> dict[str, str]:
        stored = desk.hand_off(own.id, email=body.email, note=body.note, language=body.language)
        if not own.with_person:
            metrics.hand_offs.inc()
        return {"reference": stored.reference}

    @app.post("/conversations/{id}/messages/{message_id}/thumb", status_code=204)
    def thumb(message_id: _MessageId, body: Thumb, own: Own) -> None:
        if not desk.store.rate(own.id, message_id, body.value):
            raise HTTPException(404, "no_reply")

    @app.post("/desk/replies", status_code=201)
    def answer(body: DeskReply, response: Response, authorization: Annotated[str, Header()] = "") -> dict[str, bool]:
        if not desk_token or not hmac.compare_digest(_bearer(authorization).encode(), desk_token.encode()):
            raise HTTPException(401, "wrong_token")
        added = desk.answer(body.reference, body.text, external_id=body.id, close=body.close)
        response.status_code = 201 if added else 200
        return {"added": added}

    @app.get("/widget.js")
    def widget() -> Response:
        # A browser that has it shows telephone and hours when the server is down.
        cache = "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800"
        script = widget_script(desk.service.company)
        return Response(script, media_type="text/javascript", headers={"cache-control": cache})

    def state(own: Thread, after: int) -> dict[str, Any]:
        now, handed = desk.store.thread(own.id), desk.store.open_hand_off(own.id)
        return {
            "messages": [message_json(desk, message) for message in desk.store.messages(own.id, after)],
            "with_person": handed is not None,
            "hand_off": handed and {"reference": handed.reference, "at": handed.created_at.isoformat()},
            "seen": now.seen if now else 0,
        }

    async def stream(id: str, last: int) -> AsyncIterator[str]:
        streams.append(id)
        try:
            async for event in news(id, last):
                yield event
        finally:
            streams.remove(id)

    async def news(id: str, last: int) -> AsyncIterator[str]:
        polls, told = 0, None
        while not drain.begun:
            now = await asyncio.to_thread(desk.store.thread, id)  # first: what the desk says last goes before the end
            for message in await asyncio.to_thread(desk.store.messages, id, last):
                last = message.id
                data = json.dumps(message_json(desk, message), ensure_ascii=False)
                yield f"id: {message.id}\nevent: message\ndata: {data}\n\n"
            with_person = bool(now and now.with_person)
            if with_person is not told:
                told = with_person
                yield f"event: with_person\ndata: {json.dumps(told)}\n\n"
            if now is None:  # it was deleted
                return
            if polls % _HEARTBEAT == 0:
                yield ": still here\n\n"
            polls += 1
            await asyncio.sleep(_POLL_SECONDS)

    _handle_errors(app)
    return app


def message_json(desk: Desk, message: Message) -> dict[str, Any]:
    """A message as the API shows it: what the bot did as fields, and what it said as text."""
    shown: dict[str, Any] = {
        "id": message.id,
        "at": message.created_at.isoformat(),
        "author": message.author,
        "text": message.text,
    }
    reply = message.reply
    if reply:
        shown |= {
            "text": sentence(desk.service.company, reply),
            "action": reply.action.value,
            "language": reply.language,
            "text_language": reply.text_language if reply.text else reply.language,
            "is_composed": reply.is_composed,
            "citations": [
                {"id": source.id, "title": source.title, "link": source.link, "updated": source.updated.isoformat()}
                for source in reply.citations
            ],
            "rest": "\n".join(rest(reply)),
            "suggestions": list(reply.suggestions),
            "offers_person": reply.offers_person,
            "topic": reply.topic,
            "library_version": reply.library_version,
        }
    return shown


class _LimitBody:
    """Refuses large bodies before they are read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = refused_length(scope, _MAX_BODY) if scope["type"] == "http" else 0
        if status:
            code = "too_large" if status == 413 else "length_required"
            await _problem(status, code, code.replace("_", " "))(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _wait(seconds: float) -> None:
    """Refuses what comes too often until ``seconds`` have passed."""
    if seconds:
        raise HTTPException(429, "too_often", headers={"retry-after": str(math.ceil(seconds))})


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _problem(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers=headers)


def _handle_errors(app: FastAPI) -> None:
    """Every error is ``{"error": {"code", "message"}}``; none repeats what was sent."""

    @app.exception_handler(StarletteHTTPException)  # FastAPI's own and those of the router
    async def refused(_: Request, error: StarletteHTTPException) -> Response:
        code = str(error.detail).lower().replace(" ", "_")
        return _problem(error.status_code, code, code.replace("_", " "), error.headers)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> Response:
        detail = error.errors()[0]
        known = detail["type"] != "extra_forbidden"  # the name of an unknown field is what was sent
        field = ".".join(str(part) for part in detail["loc"][1:]) if known else ""
        return _problem(422, "invalid_value", f"{field}: {says(detail)}" if field else says(detail))

    @app.exception_handler(R1Error)
    async def failed(_: Request, error: R1Error) -> Response:
        if isinstance(error, InputTooLargeError):
            return _problem(413, "too_large", str(error))
        if isinstance(error, InputError):
            return _problem(422, "invalid_value", str(error))
        _log.error("The support chat cannot answer: %s", error.message)  # whom the hint is for reads logs
        return _problem(503, "unavailable", "try again later")
