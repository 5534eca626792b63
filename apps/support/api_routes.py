"""What customers' pages, the desk's system and the widget call."""

import contextlib
import hmac
import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, HTTPException, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.concurrency import run_in_threadpool

from core.errors import TakenError
from core.server.metrics import Metrics
from knowledge.retrieval.language import Language

from .as_json import state_json
from .chat import MAX_ADDRESS, SupportChat
from .conversation import MAX_MESSAGE
from .event_streams import EventStreams
from .store import Thread
from .widget import widget_script

_Text = Annotated[str, StringConstraints(min_length=1, max_length=4 * MAX_MESSAGE)]
_MessageId = Annotated[int, Field(ge=0, le=2**31 - 1)]
_Authorization = Annotated[str, Header()]
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


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes need, as the application's ``state.parts``; without a token no replies of a desk are taken."""

    chat: SupportChat
    metrics: Metrics
    streams: EventStreams
    desk_token: str | None


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


_Parts = Annotated[Parts, Depends(_parts)]


def _thread(id: str, parts: _Parts, authorization: _Authorization = "") -> Thread:
    """The conversation whose token is sent."""
    found = parts.chat.store.thread(id, _bearer(authorization)) if id.isprintable() else None
    if found is None:
        raise HTTPException(404, "no_conversation")
    return found


_Own = Annotated[Thread, Depends(_thread)]

routes = APIRouter()


@routes.post("/conversations", status_code=201)
def start(body: Start, parts: _Parts, request: Request) -> dict[str, str]:
    """Opens a conversation and gives its token."""
    _wait(parts.chat.limits.start(request.client))
    id, token = parts.chat.start(body.language)
    return {"id": id, "token": token}


@routes.post("/conversations/{id}/messages")
async def say(body: Say, own: _Own, parts: _Parts, request: Request) -> dict[str, Any]:
    """Takes a customer's message and answers it, unless a person does."""
    _wait(parts.chat.limits.message(own.id, request.client))
    async with parts.chat.limits.turn(request.client):
        return await run_in_threadpool(_answered, parts, body, own)


@routes.get("/conversations/{id}/messages")
def messages(own: _Own, parts: _Parts, after: _MessageId = 0) -> dict[str, Any]:
    """What was said after a message."""
    return state_json(parts.chat, own, after)


@routes.get("/conversations/{id}/events")
async def events(
    own: _Own, parts: _Parts, after: _MessageId = 0, last_event_id: Annotated[_MessageId, Header()] = 0
) -> Response:
    """The same as events, as it is said."""
    return parts.streams.response(own.id, max(after, last_event_id))


@routes.post("/conversations/{id}/seen", status_code=204)
def seen(body: Seen, own: _Own, parts: _Parts) -> None:
    """Notes what the customer has seen."""
    parts.chat.store.see(own.id, body.message_id)


@routes.post("/conversations/{id}/hand-off", status_code=201)
async def hand_off(body: HandOver, own: _Own, parts: _Parts, request: Request) -> dict[str, str]:
    """Passes the conversation to a person."""
    _wait(parts.chat.limits.message(own.id, request.client))
    async with parts.chat.limits.turn(request.client):
        return await run_in_threadpool(_handed_off, parts, body, own)


@routes.post("/conversations/{id}/messages/{message_id}/thumb", status_code=204)
def thumb(message_id: _MessageId, body: Thumb, own: _Own, parts: _Parts) -> None:
    """Notes whether a reply helped."""
    if not parts.chat.store.rate(own.id, message_id, body.value):
        raise HTTPException(404, "no_reply")


@routes.post("/desk/replies", status_code=201)
def answer(body: DeskReply, parts: _Parts, response: Response, authorization: _Authorization = "") -> dict[str, bool]:
    """Takes what a person at the desk writes."""
    token = parts.desk_token
    if not token or not hmac.compare_digest(_bearer(authorization).encode(), token.encode()):
        raise HTTPException(401, "wrong_token")
    added = parts.chat.answer(body.reference, body.text, external_id=body.id, close=body.close)
    response.status_code = 201 if added else 200
    return {"added": added}


@routes.get("/widget.js")
def widget(parts: _Parts) -> Response:
    """The script for a company's own pages."""
    # A browser that has it shows telephone and hours when the server is down.
    cache = "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800"
    script = widget_script(parts.chat.service.company)
    return Response(script, media_type="text/javascript", headers={"cache-control": cache})


def _answered(parts: Parts, body: Say, own: Thread) -> dict[str, Any]:
    with contextlib.suppress(TakenError):  # the client did not get to know that it was taken
        with parts.metrics.support_reply_seconds.time():
            reply = parts.chat.say(own.id, body.text, body.id and f"{own.id}:{body.id}")
        parts.metrics.support_replies.labels(reply.action.value, reply.language).inc()
    return state_json(parts.chat, own, body.after)


def _handed_off(parts: Parts, body: HandOver, own: Thread) -> dict[str, str]:
    stored = parts.chat.hand_off(own.id, email=body.email, note=body.note, language=body.language)
    if not own.with_person:
        parts.metrics.hand_offs.inc()
    return {"reference": stored.reference}


def _wait(seconds: float) -> None:
    """Refuses what comes too often until ``seconds`` have passed."""
    if seconds:
        raise HTTPException(429, "too_often", headers={"retry-after": str(math.ceil(seconds))})


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
