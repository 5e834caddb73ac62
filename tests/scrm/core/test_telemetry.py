"""OpenTelemetry costs nothing until a deployment asks for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from scrm.core import telemetry
from tests.rules.tree import ROOT

# A stand-in with the shape of the packages, which writes down what it is asked for.
_FAKE = {
    "opentelemetry/__init__.py": "",
    "opentelemetry/trace.py": (
        "from contextlib import contextmanager\n"
        "SEEN = []\n"
        "class Tracer:\n"
        "    @contextmanager\n"
        "    def start_as_current_span(self, name, attributes):\n"
        "        SEEN.append((name, attributes)); yield\n"
        "def set_tracer_provider(provider): SEEN.append(provider.processors)\n"
        "def get_tracer(name): return Tracer()\n"
    ),
    "opentelemetry/sdk/__init__.py": "",
    "opentelemetry/sdk/trace/__init__.py": (
        "class TracerProvider:\n"
        "    def __init__(self): self.processors = []\n"
        "    def add_span_processor(self, one): self.processors.append(one)\n"
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
    with pytest.raises(ImproperlyConfigured, match="pip install opentelemetry-sdk"):
        telemetry.span("request")


def test_asked_for_every_request_is_a_span(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in _FAKE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:4318"
    try:
        with telemetry.span("request", kind="api", method="GET"):
            pass
        from opentelemetry import trace

        (processor,), seen = trace.SEEN
        assert type(processor.exporter).__name__ == "OTLPSpanExporter"
        assert seen == ("request", {"scrm.kind": "api", "scrm.method": "GET"})
    finally:
        for name in [name for name in sys.modules if name.startswith("opentelemetry")]:
            del sys.modules[name]
