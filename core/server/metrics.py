"""Prometheus metrics. Labels hold kinds and numbers only: no id, no text, no patient."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Methods that are counted by name; a client may send any word, and all others count as ``other``."""

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

Scope = MutableMapping[str, Any]
App = Callable[
    [Scope, Callable[[], Awaitable[Any]], Callable[[MutableMapping[str, Any]], Awaitable[None]]], Awaitable[None]
]


class Metrics:
    """The suite's metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.http_requests = Counter(
            "r1_http_requests", "HTTP requests", ["area", "method", "status"], registry=self.registry
        )
        self.http_seconds = Histogram(
            "r1_http_request_seconds",
            "Time to answer an HTTP request",
            ["area"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.support_replies = Counter(
            "r1_support_replies", "Replies of the support chatbot", ["action", "language"], registry=self.registry
        )
        self.support_reply_seconds = Histogram(
            "r1_support_reply_seconds", "Time to a support reply", buckets=_SECONDS, registry=self.registry
        )
        self.hand_offs = Counter("r1_support_hand_offs", "Conversations handed to a person", registry=self.registry)
        self.diagnosis_cases = Counter(
            "r1_diagnosis_cases", "Patients read", ["source", "outcome"], registry=self.registry
        )
        self.diagnosis_seconds = Histogram(
            "r1_diagnosis_seconds", "Time to read and rank a patient", buckets=_SECONDS, registry=self.registry
        )
        self.started = Gauge("r1_start_time_seconds", "When the suite was ready, Unix time", registry=self.registry)

    def routes(self) -> APIRouter:
        """``/metrics`` in the Prometheus text format."""
        router = APIRouter()

        @router.get("/metrics", include_in_schema=False)
        def metrics() -> Response:
            return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)

        return router


class MetricsMiddleware:
    """Counts and times HTTP requests by area, the first part of the path; unknown areas and methods are ``other``."""

    def __init__(self, app: App, metrics: Metrics, areas: frozenset[str]) -> None:
        self._app, self._metrics, self._areas = app, metrics, areas

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        first = scope["path"].removeprefix("/").partition("/")[0]  # a request target may lack the slash: OPTIONS *
        area = first if first in self._areas else "other"
        method = scope["method"] if scope["method"] in METHODS else "other"
        status, start = 500, time.perf_counter()

        async def counted(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            self._metrics.http_requests.labels(area, method, str(status)).inc()
            self._metrics.http_seconds.labels(area).observe(time.perf_counter() - start)
