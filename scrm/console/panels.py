"""What the member's page shows from apps that the member app does not know.

Four slots: `kpi` (one figure in the strip), `tab` (a lazily loaded list), `rail` (a card on the
right) and `timeline` (things that happened). Loaders run inside the tenant's scope and get the
member's key; an app registers them in its own room's `panels.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from django.utils.functional import Promise

from scrm.console.elements import Kpi, TimelineEntry
from scrm.tenants.channels import channel_label
from scrm.tenants.flags import owner_on

# How far back a channel is looked for: somebody who never came by it has a long story, too.
_MOST_ROUNDS = 40


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A tab or rail card: `template` is rendered with what `load(member_id)` returns."""

    key: str
    slot: Literal["tab", "rail"]
    label: str | Promise
    template: str
    load: Callable[[int], Mapping[str, object]]
    permission: str = ""
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class KpiSource:
    """One or more figures of the member's strip."""

    key: str
    load: Callable[[int], Sequence[Kpi]]
    permission: str = ""
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class TimelineSource:
    """`load(member_id, before, limit)` returns the newest `limit` entries earlier than `before`."""

    key: str
    label: str | Promise
    load: Callable[[int, datetime, int], Sequence[TimelineEntry]]
    permission: str = ""
    order: int = 100


_panels: dict[str, Panel] = {}
_kpis: dict[str, KpiSource] = {}
_timelines: dict[str, TimelineSource] = {}


def panel_register(panel: Panel) -> None:
    _once(_panels, panel.key)
    _panels[panel.key] = panel


def kpi_register(source: KpiSource) -> None:
    _once(_kpis, source.key)
    _kpis[source.key] = source


def timeline_register(source: TimelineSource) -> None:
    _once(_timelines, source.key)
    _timelines[source.key] = source


def panels_for(*, slot: Literal["tab", "rail"], may: Callable[[str], bool]) -> tuple[Panel, ...]:
    """The panels of one slot that this person may see, in order."""
    return tuple(
        panel
        for panel in sorted(_panels.values(), key=lambda panel: (panel.order, panel.key))
        if panel.slot == slot
        and (not panel.permission or may(panel.permission))
        and owner_on(panel.load)
    )


def kpis_for(*, member_id: int, may: Callable[[str], bool]) -> tuple[Kpi, ...]:
    return tuple(
        kpi
        for source in sorted(_kpis.values(), key=lambda source: (source.order, source.key))
        if (not source.permission or may(source.permission)) and owner_on(source.load)
        for kpi in source.load(member_id)
    )


def timeline_sources(*, may: Callable[[str], bool]) -> tuple[TimelineSource, ...]:
    return tuple(
        source
        for source in sorted(_timelines.values(), key=lambda source: (source.order, source.key))
        if (not source.permission or may(source.permission)) and owner_on(source.load)
    )


def timeline_for(
    *,
    member_id: int,
    before: datetime,
    limit: int,
    may: Callable[[str], bool],
    only: frozenset[str] = frozenset(),
    channel: str = "",
) -> tuple[TimelineEntry, ...]:
    """The newest entries of all sources before a moment; `only` narrows to the named sources, `channel`
    to what happened by that channel of the registry."""
    sources = [source for source in timeline_sources(may=may) if not only or source.key in only]
    wanted = channel_label(channel) if channel else ""
    found: list[TimelineEntry] = []
    for _round in range(_MOST_ROUNDS):
        entries = _newest(sources, member_id, before, limit)
        found += [entry for entry in entries if not wanted or entry.channel == wanted]
        if not wanted or len(found) >= limit or len(entries) < limit:
            break
        before = entries[-1].at
    return tuple(found[:limit])


def _newest(
    sources: Sequence[TimelineSource], member_id: int, before: datetime, limit: int
) -> list[TimelineEntry]:
    entries = [
        replace(entry, channel=channel_label(entry.channel)) if entry.channel else entry
        for source in sources
        for entry in source.load(member_id, before, limit)
    ]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    return entries[:limit]


def _once(registry: Mapping[str, object], key: str) -> None:
    if key in registry:
        raise ValueError(f"registered twice: {key}")
