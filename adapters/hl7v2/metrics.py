"""Prometheus metrics of the inbox. Labels hold only categories: no message number, no sender, no patient."""

import functools
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from core.db import asked
from core.errors import SettingsError
from core.server.process_metrics import process_metrics

from .inbox import Inbox
from .inbox_tables import State

OUTCOMES = ("kept", "known", "refused", "failed")
"""Possible outcomes of a message that came in."""

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class InboxMetrics:
    """The metrics of one process that receives or delivers."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.build = process_metrics(self.registry)
        self.received = Counter(
            "r1_inbox_received", "HL7 v2 messages that came in", ["outcome"], registry=self.registry
        )
        for outcome in OUTCOMES:  # starts at 0: Prometheus sees no increase in a series that begins at 1
            self.received.labels(outcome)
        self.ack_seconds = Histogram(
            "r1_inbox_ack_seconds",
            "Time from a whole frame to its acknowledgement",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.delivered = Counter(
            "r1_inbox_delivered", "HL7 v2 messages that the FHIR server has taken", registry=self.registry
        )
        self.quarantined = Counter(
            "r1_inbox_quarantined", "HL7 v2 messages that were put into quarantine", registry=self.registry
        )

    def serve(self, host: str, port: int) -> None:
        """Serves them in a separate thread until the process ends.

        Raises:
            SettingsError: the address or the port cannot be listened on.
        """
        try:
            start_http_server(port, addr=host, registry=self.registry)
        except OSError as error:
            raise SettingsError(
                f"Port {port} of {host} cannot be listened on ({error.strerror})",
                hint="Give each process its own R1_INBOX_METRICS_PORT, or check R1_INBOX_METRICS_HOST",
            ) from None


class InboxGauges:
    """The contents of the inbox, queried at each scrape.

    Args:
        inbox: the inbox to query.
        registry: the registry of the metrics.
    """

    def __init__(self, inbox: Inbox, registry: CollectorRegistry) -> None:
        self.messages = Gauge("r1_inbox_messages", "HL7 v2 messages in the inbox", ["state"], registry=registry)
        self.lag_seconds = Gauge(
            "r1_inbox_lag_seconds", "Age of the oldest HL7 v2 message that waits, 0 when none does", registry=registry
        )
        self.retried = Gauge(
            "r1_inbox_retried_messages",
            "HL7 v2 messages that wait although delivering them was tried",
            registry=registry,
        )
        for state in State:
            self.messages.labels(state.value).set_function(
                functools.partial(asked, functools.partial(_count, inbox, state))
            )
        self.lag_seconds.set_function(functools.partial(asked, functools.partial(lag_of, inbox)))
        self.retried.set_function(functools.partial(asked, inbox.retried))


def lag_of(inbox: Inbox) -> float:
    """Seconds for which the oldest message has been waiting, 0 if none is."""
    oldest = inbox.oldest_waiting()
    return 0.0 if oldest is None else max(0.0, (datetime.now(UTC) - oldest).total_seconds())


def _count(inbox: Inbox, state: State) -> int:
    return inbox.counts()[state]
