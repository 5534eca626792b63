"""Prometheus metrics. Labels contain only categories and numbers: no ids, no text, nothing about patients."""

import functools
import math
import time
from collections.abc import Callable, Iterator

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..engine.request import Chunk, Engine, EngineStatus
from ..errors import EngineError
from .process_metrics import process_metrics

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Methods that are counted by name; a client may send any word as method, and all others count as ``other``."""

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LONG_SECONDS = (*_SECONDS, 60, 120, 300, 600)
_TOKEN_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class _Preemptions(Collector):
    """The engine's own count, read at every scrape; no sample if the engine does not report it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.read: Callable[[], float] = lambda: math.nan
        registry.register(self)

    def collect(self) -> Iterator[CounterMetricFamily]:
        family = CounterMetricFamily("r1_num_preemptions", "How often a request gave its memory back for others")
        if not math.isnan(count := self.read()):
            family.add_metric([], count)
        yield family


class Metrics:
    """The suite's metrics, in their own registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.build = process_metrics(self.registry)
        counter = functools.partial(Counter, registry=self.registry)
        gauge = functools.partial(Gauge, registry=self.registry)
        seconds = functools.partial(Histogram, registry=self.registry, buckets=_SECONDS)
        long_seconds = functools.partial(Histogram, registry=self.registry, buckets=_LONG_SECONDS)
        token_seconds = functools.partial(Histogram, registry=self.registry, buckets=_TOKEN_SECONDS)

        self.http_requests = counter("r1_http_requests", "HTTP requests", ["area", "method", "status"])
        self.http_seconds = seconds("r1_http_request_seconds", "Time to answer an HTTP request", ["area"])
        self.support_replies = counter("r1_support_replies", "Replies of the support chatbot", ["action", "language"])
        self.support_reply_seconds = seconds("r1_support_reply_seconds", "Time to a support reply")
        self.hand_offs = counter("r1_support_hand_offs", "Conversations handed to a person")
        self.diagnosis_cases = counter("r1_diagnosis_cases", "Patients read", ["source", "outcome"])
        self.diagnosis_seconds = seconds(
            "r1_diagnosis_seconds", "Time to read a patient and to rank, or to find what has to be reviewed first"
        )
        self.cds_feedback = counter("r1_cds_feedback", "What clinicians did with cards of CDS Hooks", ["feedback"])
        self.requests_running = gauge("r1_num_requests_running", "Requests that the model is answering")
        self.requests_waiting = gauge("r1_num_requests_waiting", "Requests that wait for the model")
        self.cache_usage = gauge("r1_kv_cache_usage_perc", "Share of the memory for tokens that is taken, 0 to 1")
        self.preemptions = _Preemptions(self.registry)
        self.first_token_seconds = long_seconds(
            "r1_time_to_first_token_seconds", "Time from an API request to its first token"
        )
        self.token_seconds = token_seconds(
            "r1_inter_token_latency_seconds", "Time from one token of an answer to the next"
        )
        self.answer_seconds = long_seconds(
            "r1_e2e_request_latency_seconds", "Time from an API request to the end of its answer"
        )
        self.prompt_tokens = counter("r1_prompt_tokens", "Tokens of prompts that were read")
        self.generation_tokens = counter("r1_generation_tokens", "Tokens of answers that were written")
        self.answers = counter("r1_request_success", "API requests answered to the end", ["finished_reason"])
        for unknown in (self.requests_running, self.requests_waiting, self.cache_usage):
            unknown.set(math.nan)  # until an engine is watched
        self.started = gauge("r1_start_time_seconds", "When the suite was ready, Unix time")

    def watch(self, engine: Engine) -> None:
        """Reads the engine's status at every scrape; unknown values are NaN."""

        def read(part: Callable[[EngineStatus], float]) -> float:
            try:
                status = engine.status
            except EngineError:  # it has died, which /readyz reports
                return math.nan
            return part(status) if status else math.nan

        self.requests_running.set_function(lambda: read(lambda status: status.running))
        self.requests_waiting.set_function(lambda: read(lambda status: status.waiting))
        self.cache_usage.set_function(lambda: read(lambda status: status.cache_usage))
        self.preemptions.read = lambda: read(lambda status: status.preempted)

    def routes(self) -> APIRouter:
        """``/metrics`` in the Prometheus text format."""
        router = APIRouter()

        @router.get("/metrics", include_in_schema=False)
        def metrics() -> Response:
            return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)

        return router


class AnswerMeter:
    """Counts and times one answer; the clock starts at construction."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._begin = self._latest = time.perf_counter()
        self._prompt = self._tokens = 0
        self._begun = False

    def count(self, chunk: Chunk) -> None:
        """Takes the next piece of the answer. Several tokens in one piece share its time."""
        now = time.perf_counter()
        read = max(0, chunk.prompt_tokens - self._prompt)  # a remote server may send counts with the last piece only
        written = max(0, chunk.completion_tokens - self._tokens)
        self._metrics.prompt_tokens.inc(read)
        self._metrics.generation_tokens.inc(written)
        if not self._begun:
            self._metrics.first_token_seconds.observe(now - self._begin)
        else:
            for _ in range(written):
                self._metrics.token_seconds.observe((now - self._latest) / written)
        if written or not self._begun:
            self._latest = now
        self._begun, self._prompt, self._tokens = True, self._prompt + read, self._tokens + written
        if chunk.finish_reason:
            self._metrics.answer_seconds.observe(now - self._begin)
            self._metrics.answers.labels(chunk.finish_reason).inc()


class MetricsMiddleware:
    """Counts and times HTTP requests by area, the first part of the path; unknown areas and methods are ``other``."""

    def __init__(self, app: ASGIApp, metrics: Metrics, areas: frozenset[str]) -> None:
        self._app, self._metrics, self._areas = app, metrics, areas

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        first = scope["path"].removeprefix("/").partition("/")[0]  # a request target may lack the slash: OPTIONS *
        area = first if first in self._areas else "other"
        method = scope["method"] if scope["method"] in METHODS else "other"
        status, start = 500, time.perf_counter()

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            self._metrics.http_requests.labels(area, method, str(status)).inc()
            self._metrics.http_seconds.labels(area).observe(time.perf_counter() - start)
