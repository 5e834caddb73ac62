"""Which facts a brand may hear outside, and in what words.

A room declares a public type in its ``registers.py``: the internal fact it comes from, the schema of what
is said, and a function that turns the fact into data. Ids are public ones; internal keys, names and phones
stay inside. What a type says may grow; a change that would break a receiver makes a new version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scrm.events.bus import EVENT_TYPES, Event, subscriber

if TYPE_CHECKING:
    from django.utils.functional import Promise

# So many ids at most in one message: a receiver never gets a body it cannot hold.
MOST_IDS = 100
TEST_TYPE = "webhook.test"

Data = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class WebhookType:
    """A public event type."""

    name: str
    version: int
    label: str | Promise
    doc: str
    source: str
    schema: Mapping[str, Any]
    example: Mapping[str, Any]
    data: Callable[[Event], Sequence[Data]]


WEBHOOK_TYPES: dict[str, WebhookType] = {}


def webhook_type_register(
    name: str,
    *,
    source: str,
    label: str | Promise,
    doc: str,
    schema: Mapping[str, Any],
    example: Mapping[str, Any],
    data: Callable[[Event], Sequence[Data]],
    version: int = 1,
) -> None:
    """Declare a public type. ``data`` gives the parts of one fact, each at most ``MOST_IDS`` ids long."""
    if name in WEBHOOK_TYPES or name == TEST_TYPE:
        message = f"webhook type {name} is registered twice"
        raise ValueError(message)
    if source not in EVENT_TYPES:
        message = f"webhook type {name} comes from an event that is not registered: {source}"
        raise ValueError(message)
    is_first = not types_from(source)
    WEBHOOK_TYPES[name] = WebhookType(
        name=name,
        version=version,
        label=label,
        doc=doc,
        source=source,
        schema=schema,
        example=example,
        data=data,
    )
    if is_first:
        subscriber(source, name=f"webhooks.{source}")(_heard)


def _heard(event: Event) -> None:
    from scrm.webhooks.fan_out import event_fan_out  # noqa: PLC0415 - it needs the models

    event_fan_out(event)


def types_from(source: str) -> list[WebhookType]:
    """The public types that an internal fact becomes."""
    return [found for found in WEBHOOK_TYPES.values() if found.source == source]


def in_parts(ids: Sequence[Any], most: int = MOST_IDS) -> list[list[Any]]:
    """The ids in lists of limited length, in their order."""
    return [list(ids[start : start + most]) for start in range(0, len(ids), most)]


def ids_schema(prefix: str, what: str) -> dict[str, Any]:
    """A list of public ids."""
    return {
        "type": "array",
        "items": id_schema(prefix, what),
        "minItems": 1,
        "maxItems": MOST_IDS,
    }


def id_schema(prefix: str, what: str) -> dict[str, Any]:
    """One public id."""
    return {"type": "string", "pattern": f"^{prefix}_[0-9a-z]{{26}}$", "description": what}


def object_schema(**members: Mapping[str, Any]) -> dict[str, Any]:
    """An object with exactly these members, all of them always there."""
    return {
        "type": "object",
        "properties": dict(members),
        "required": list(members),
        "additionalProperties": False,
    }
