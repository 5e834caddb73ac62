"""OpenTelemetry, only where a deployment asks for it: without an endpoint nothing of it is even imported."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOTHING: AbstractContextManager[Any] = nullcontext()
_NEEDED = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http.trace_exporter")


def missing() -> str:
    """What a deployment that asks for traces has to install first; empty when nothing is missing."""
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        return ""
    try:
        for name in _NEEDED:
            import_module(name)
    except ImportError as fault:
        return (
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, so `pip install opentelemetry-sdk "
            f"opentelemetry-exporter-otlp-proto-http` first ({fault.name} is missing)"
        )
    return ""


def span(name: str, /, **attributes: str) -> AbstractContextManager[Any]:
    """A span around the block, or nothing (then None is entered)."""
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        return _NOTHING
    return _span(name, attributes)


def tell(found: Any, /, **attributes: str | int) -> None:
    """Add to a span what is known only at its end."""
    if found is not None:
        found.set_attributes({f"scrm.{key}": value for key, value in attributes.items()})


@contextmanager
def _span(name: str, attributes: dict[str, str]) -> Iterator[Any]:
    # What an exception says may name a person or a secret: only its class leaves the house.
    opened = tracer().start_as_current_span(
        name,
        attributes={f"scrm.{key}": value for key, value in attributes.items()},
        record_exception=False,
        set_status_on_exception=False,
    )
    with opened as found:
        try:
            yield found
        except BaseException as fault:
            tell(found, fault=type(fault).__name__)
            raise


@cache
def tracer() -> Any:
    """Made once per process, after it was forked; the SDK reads the usual OTEL_* variables itself."""
    if lack := missing():
        raise ImproperlyConfigured(lack)
    from opentelemetry import trace  # noqa: PLC0415 - optional
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, where set, win over our name.
    named = Resource.create({"service.name": "scrm"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=named)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return trace.get_tracer("scrm")
