"""OpenTelemetry traces, where the settings say who collects them; else nothing is imported and nothing is noted.

A span is a request, a turn, one answer of its model, one tool call. None holds what anybody said.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from types import MappingProxyType
from typing import Any

import segue
from segued.config import TracingSettings
from segued.errors import ConfigError

Value = str | int | float | bool
_tracer: Any = None


class Span:
    """What is being done, for whoever looks at the trace."""

    def __init__(self, span: Any = None) -> None:
        self._span = span

    def note(self, **attributes: Value | None) -> None:
        """Add facts: names and numbers, never content."""
        if self._span is not None:
            self._span.set_attributes({f"segue.{name}": v for name, v in attributes.items() if v is not None})

    def failed(self, why: str) -> None:
        """Mark it as failed, with a code or a short reason."""
        if self._span is not None:
            from opentelemetry.trace import Status, StatusCode

            self._span.set_status(Status(StatusCode.ERROR, why))


_NOBODY_LOOKS = Span()


@contextmanager
def span(
    name: str,
    about: Mapping[str, Value | None] = MappingProxyType({}),
    *,
    headers: Mapping[str, str] | None = None,
    alone: bool = False,
) -> Iterator[Span]:
    """Note the block as one span: inside the one that the caller is in, or that a request's headers name, or alone."""
    if _tracer is None:
        yield _NOBODY_LOOKS
        return
    from opentelemetry.context import Context
    from opentelemetry.propagate import extract
    from opentelemetry.trace import SpanKind

    context = extract(headers or {}, Context()) if alone or headers is not None else None
    kind = SpanKind.SERVER if headers is not None else SpanKind.INTERNAL
    quiet = {"record_exception": False, "set_status_on_exception": False}  # an error's text may quote what was said
    with _tracer.start_as_current_span(name, context=context, kind=kind, **quiet) as started:
        noted = Span(started)
        noted.note(**about)
        yield noted


@asynccontextmanager
async def tracing(settings: TracingSettings) -> AsyncIterator[None]:
    """Send the spans of the block to the collector; those that wait are sent at its end."""
    global _tracer
    if not settings.endpoint:
        yield
        return
    provider = await asyncio.to_thread(_provider, settings)
    _tracer = provider.get_tracer("segued", segue.__version__)
    try:
        yield
    finally:
        _tracer = None
        await asyncio.to_thread(provider.shutdown)


def _provider(settings: TracingSettings) -> Any:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as exc:
        raise ConfigError("tracing.endpoint is set, and what it needs is not: pip install 'segue[tracing]'") from exc
    resource = Resource.create({"service.name": settings.service_name, "service.version": segue.__version__})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(f"{settings.endpoint.rstrip('/')}/v1/traces", timeout=settings.timeout_seconds)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
