"""The routes of the API, and their error handlers."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi import Request as HttpRequest
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from ...engine.request import Engine
from ...errors import R1Error, UnknownModelError
from ...rate_limit import RateLimit
from ..drain import Drain
from ..metrics import AnswerMeter, Metrics
from . import problems
from .answers import ChatForm, CompletionForm, Form, Object, embeddings
from .bodies import ChatBody, CompletionBody, EmbeddingBody
from .gate import Gate, Keys
from .problems import Json, no_embedder
from .responses import computed, events, whole
from .running import Answering, Embedder, Encoding


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits per client and in total.

    Attributes:
        rate: requests per minute for each key; 0 sets no limit.
        requests: how many are answered or wait at the same time; each takes a thread.
        body: largest body, in bytes.
    """

    rate: int = 0
    requests: int = 256
    body: int = 1 << 20


class ErrorDetails(BaseModel):
    """Contents of OpenAI's error object."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorBody(BaseModel):
    """OpenAI's error object."""

    error: ErrorDetails


def openai_api(
    engine: Engine,
    embedder: Embedder,
    metrics: Metrics,
    drain: Drain,
    *,
    keys: Sequence[str] = (),
    limits: Limits | None = None,
) -> FastAPI:
    """An application to be mounted at ``/v1``.

    Args:
        keys: accepted API keys; without any, everybody is admitted and no rate limit applies.
    """
    limits = limits or Limits()
    answering, encoding = Answering(engine, limits.requests), Encoding(embedder, limits.requests)
    models = _Models(engine, embedder, int(time.time()))
    api = FastAPI(
        title="R1 Suite: OpenAI-compatible API",
        docs_url=None,  # the pages would load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        responses={"4XX": {"model": ErrorBody}, "5XX": {"model": ErrorBody}},
    )

    def answer(body: ChatBody | CompletionBody, form: Form, request: HttpRequest) -> Response:
        asked = body.request(adapter=models.adapter(body.model), tenant=request.state.tenant)
        chunks, meter = answering.stream(asked), AnswerMeter(metrics)
        return (
            events(chunks, form, meter, include_usage=body.include_usage) if body.stream else whole(chunks, form, meter)
        )

    @api.post("/chat/completions")
    async def chat_completions(body: ChatBody, request: HttpRequest) -> Response:
        """Answers a conversation."""
        return answer(body, ChatForm(body.model), request)

    @api.post("/completions")
    async def completions(body: CompletionBody, request: HttpRequest) -> Response:
        """Continues a text."""
        return answer(body, CompletionForm(body.model), request)

    @api.post("/embeddings")
    async def embed(body: EmbeddingBody) -> Response:
        """Turns texts into vectors."""
        if body.model != embedder.name:
            return no_embedder(embedder.name).response()

        async def compute() -> Object:
            return embeddings(body.model, await encoding.encode(body.input), body.encoding_format)

        return computed(compute)

    @api.get("/models")
    async def list_models() -> Response:
        """The language model, its adapters and the embedding model."""
        return Json({"object": "list", "data": models.entries()})

    @api.get("/models/{model:path}")
    async def get_model(model: str) -> Response:
        """One model by name."""
        return Json(models.entry(model))

    _handle_errors(api)
    rate = RateLimit(limits.rate) if limits.rate else None
    api.add_middleware(Gate, keys=Keys(keys), rate=rate, drain=drain, max_body=limits.body)
    return api


@dataclass(frozen=True, slots=True)
class _Models:
    """The available models: the language model, its adapters and the embedder. ``since`` is in Unix seconds."""

    engine: Engine
    embedder: Embedder
    since: int

    def adapter(self, name: str) -> str:
        """The adapter that a request to the language model uses; empty for none."""
        if name != self.engine.model_name and name not in self.engine.adapters:
            raise UnknownModelError("There is no such model")
        return "" if name == self.engine.model_name else name

    def entries(self) -> list[Object]:
        base = self.engine.model_name
        parents = {base: None, **dict.fromkeys(self.engine.adapters, base), self.embedder.name: None}
        return [
            {"id": name, "object": "model", "created": self.since, "owned_by": "r1-suite", "parent": parent}
            for name, parent in parents.items()
        ]

    def entry(self, name: str) -> Object:
        found = next((entry for entry in self.entries() if entry["id"] == name), None)
        if found is None:
            raise UnknownModelError("There is no such model")
        return found


def _handle_errors(api: FastAPI) -> None:
    """Every error becomes OpenAI's error object."""

    @api.exception_handler(R1Error)
    async def of_suite(request: HttpRequest, error: R1Error) -> Response:
        return problems.of_error(error).response()

    @api.exception_handler(RequestValidationError)
    async def of_body(request: HttpRequest, error: RequestValidationError) -> Response:
        return problems.of_validation(error.errors()).response()

    @api.exception_handler(HTTPException)
    async def of_routing(request: HttpRequest, error: HTTPException) -> Response:
        return problems.of_status(error.status_code, error.headers).response()

    @api.exception_handler(Exception)
    async def of_fault(request: HttpRequest, error: Exception) -> Response:
        return problems.INTERNAL.response()
