"""What `/metrics` counts. One registry an app, so that two apps in one process do not share numbers."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import generate_latest

SECONDS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0)


class Metrics:
    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter("hisolver_requests", "HTTP requests", ["method", "route", "status"], registry=registry)
        self.request_seconds = Histogram(
            "hisolver_request_seconds", "Seconds a request took", ["route"], buckets=SECONDS, registry=registry
        )
        self.first_text = Histogram("hisolver_first_text_seconds", "Seconds to the first text", buckets=SECONDS, registry=registry)
        self.tokens = Counter("hisolver_tokens", "Model tokens", ["kind"], registry=registry)
        self.runs = Counter("hisolver_runs", "Runs of the graph", ["skill", "status"], registry=registry)
        self.run_seconds = Histogram("hisolver_run_seconds", "Seconds a run took", ["skill"], buckets=SECONDS, registry=registry)
        self.renders = Counter("hisolver_renders", "Renders of beats by who made them", ["source"], registry=registry)

    def text(self) -> bytes:
        return generate_latest(self.registry)
