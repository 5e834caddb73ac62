"""Logs: one event a line, JSON for machines or plain for people, with who and what it was about.

`logging` and structlog write through the same processors, so that a library's line is scrubbed like ours.
"""

from __future__ import annotations

import logging
import logging.config
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from scrm.core.scrub import value_scrub

# What every line says about its surroundings; layers above add who is acting and for which brand.
CONTEXTS: list[Callable[[], Mapping[str, Any]]] = []
# Made by us or by the framework, never by people: scrubbing would only hide what a line is about.
_PLAIN = frozenset({"timestamp", "level", "logger", "request_id", "event_id", "tenant", "actor"})
# Every doorbell would be three lines; what fails is told as an error anyway.
_QUIET = ("celery", "kombu", "urllib3", "asyncio", "redbeat")


def log_context_register(context: Callable[[], Mapping[str, Any]]) -> None:
    """Add fields to every line; they are read when the line is written."""
    if context not in CONTEXTS:
        CONTEXTS.append(context)


def surroundings_add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put what the registered contexts say beside the event's own fields."""
    for context in CONTEXTS:
        for name, value in context().items():
            event.setdefault(name, value)
    return event


def event_scrub(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Scrub every field but those that are no people's words."""
    return {
        name: value if name in _PLAIN else value_scrub(value, name=name)
        for name, value in event.items()
    }


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        surroundings_add,
    ]


def _as_text(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """`12:00:00 warning  push_failed  batch=3 (scrm.push)`, and a traceback below."""
    head = (
        f"{event.pop('timestamp', '')[11:19]} {event.pop('level', ''):<8} {event.pop('event', '')}"
    )
    logger, trace = event.pop("logger", ""), event.pop("exception", "")
    fields = " ".join(f"{name}={value}" for name, value in event.items())
    line = "  ".join(part for part in (head, fields, f"({logger})") if part)
    return f"{line}\n{trace}" if trace else line


def logging_settings(*, as_json: bool, level: str) -> dict[str, Any]:
    """Django's LOGGING."""
    last: Processor = structlog.processors.JSONRenderer(ensure_ascii=False) if as_json else _as_text
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "event": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _shared(),
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    event_scrub,
                    last,
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "event"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {name: {"level": "WARNING"} for name in _QUIET},
    }


def logging_start(config: dict[str, Any]) -> None:
    """LOGGING_CONFIG: `logging` as the settings say, structlog through it."""
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
