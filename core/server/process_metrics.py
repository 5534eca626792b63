"""Prometheus metrics common to every process."""

import importlib.metadata

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector


def process_metrics(registry: CollectorRegistry) -> Gauge:
    """Adds memory, CPU time and open files under Prometheus's standard names; returns the gauge with the version."""
    ProcessCollector(registry=registry)
    build = Gauge("r1_build_info", "Always 1, with the version of the suite", ["version"], registry=registry)
    build.labels(importlib.metadata.version("r1-suite")).set(1)
    return build
