"""OpenTelemetry costs nothing until a deployment asks for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from scrm.core import telemetry
from scrm.webhooks.tasks import drain
from tests.rules.tree import ROOT

# A stand-in with the shape of the packages, which writes down what it is asked for.
_FAKE = {
    "opentelemetry/__init__.py": "",
    "opentelemetry/trace.py": (
        "from contextlib import contextmanager\n"
        "SEEN = []\n"
        "class Span:\n"
        "    def set_attributes(self, more): SEEN[-1][1].update(more)\n"
        "class Tracer:\n"
        "    @contextmanager\n"
        "    def start_as_current_span(self, name, attributes, **flags):\n"
        "        assert not any(flags.values()); SEEN.append((name, attributes)); yield Span()\n"
        "def set_tracer_provider(provider): SEEN.append(provider.processors)\n"
        "def get_tracer(name): return Tracer()\n"
    ),
    "opentelemetry/sdk/__init__.py": "",
    "opentelemetry/sdk/trace/__init__.py": (
        "class TracerProvider:\n"
        "    def __init__(self, resource): self.processors = []\n"
        "    def add_span_processor(self, one): self.processors.append(one)\n"
    ),
    "opentelemetry/sdk/resources.py": (
        "class Resource(dict):\n"
        "    create = classmethod(lambda cls, named: cls(named))\n"
        "    def merge(self, other): return Resource(self | other)\n"
        "class OTELResourceDetector:\n"
        "    def detect(self): return Resource()\n"
    ),
    "opentelemetry/sdk/trace/export.py": (
        "class BatchSpanProcessor:\n    def __init__(self, exporter): self.exporter = exporter\n"
    ),
    "opentelemetry/exporter/otlp/proto/http/trace_exporter.py": "class OTLPSpanExporter: pass\n",
}


@pytest.fixture(autouse=True)
def _fresh() -> Any:
    telemetry.tracer.cache_clear()
    yield
    telemetry.tracer.cache_clear()


def test_nothing_of_it_is_imported_unless_it_is_asked_for() -> None:
    code = (
        "import django, sys; django.setup(); from scrm.core import telemetry\n"
        "with telemetry.span('request', kind='api'): pass\n"
        "import scrm.api.front\n"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, check=True)


def test_asked_for_without_the_packages_it_says_which(settings: Any) -> None:
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:4318"
    assert "pip install opentelemetry-sdk" in telemetry.missing()
    assert "(opentelemetry is missing)" in telemetry.missing()
    with (
        pytest.raises(ImproperlyConfigured, match="pip install opentelemetry-sdk"),
        telemetry.span("request"),
    ):
        pass
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = ""
    assert telemetry.missing() == ""


@pytest.fixture
def spans(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """The packages' stand-in, asked for; what it was told after its exporter was set up."""
    for name, text in _FAKE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:4318"
    try:
        assert telemetry.missing() == ""
        telemetry.tracer()
        from opentelemetry import trace

        [[processor]] = trace.SEEN
        assert type(processor.exporter).__name__ == "OTLPSpanExporter"
        trace.SEEN.clear()
        yield trace.SEEN
    finally:
        for name in [name for name in sys.modules if name.startswith("opentelemetry")]:
            del sys.modules[name]


def test_a_request_is_a_span_with_its_route(
    spans: list[tuple[str, dict[str, Any]]], client: Client
) -> None:
    assert client.get("/console/sign-in/?next=/secret").status_code == 200
    told = {
        "scrm.kind": "console",
        "scrm.method": "GET",
        "scrm.status": 200,
        "scrm.route": "console/sign-in/",
    }
    assert spans == [("request", told)]


def test_a_task_is_a_span_and_its_fault_is_told_by_class_only(
    spans: list[tuple[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> int:
        message = "13800000001 is somebody's phone"
        raise ValueError(message)

    monkeypatch.setattr("scrm.webhooks.tasks.webhooks_drain", lambda: 7)
    assert drain.apply().get() == 7
    monkeypatch.setattr("scrm.webhooks.tasks.webhooks_drain", fail)
    with pytest.raises(ValueError, match="phone"):
        drain.apply(throw=True)
    named = {"scrm.name": "webhooks.drain"}
    assert spans == [("task", named), ("task", {**named, "scrm.fault": "ValueError"})]


def test_without_the_setting_a_task_is_no_span_and_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrm.webhooks.tasks.webhooks_drain", lambda: 7)
    assert drain.apply().get() == 7
    assert drain() == 7
