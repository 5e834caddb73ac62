"""OpenTelemetry, only where a deployment asks for it: without an endpoint nothing of it is even imported."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_NOTHING: AbstractContextManager[Any] = nullcontext()


def span(name: str, **attributes: str) -> AbstractContextManager[Any]:
    """A span around the block, or nothing."""
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        return _NOTHING
    found: AbstractContextManager[Any] = tracer().start_as_current_span(
        name, attributes={f"scrm.{key}": value for key, value in attributes.items()}
    )
    return found


@cache
def tracer() -> Any:
    """Made once per process, after it was forked; the SDK reads the usual OTEL_* variables itself."""
    try:
        from opentelemetry import trace  # noqa: PLC0415 - optional
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as missing:
        message = (
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, so `pip install opentelemetry-sdk "
            f"opentelemetry-exporter-otlp-proto-http` first ({missing.name} is missing)"
        )
        raise ImproperlyConfigured(message) from missing
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return trace.get_tracer("scrm")
