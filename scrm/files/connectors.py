"""Connectors and their runs: rows read, accepted and rejected with the reason (PL-11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from django.db.models import Count, Max, Q, QuerySet, Sum

from scrm.core import clock
from scrm.events.actor import current_actor
from scrm.events.models import Job, JobState
from scrm.files.models import ConnectorRun

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Words = str | _StrPromise

WINDOW = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a connector moved in the last seven days."""

    read: int = 0
    accepted: int = 0
    rejected: int = 0
    # Runs that ended in an error.
    failed: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Connector:
    """A way in or out. ``figures`` counts where runs are kept elsewhere (deliveries of webhooks)."""

    key: str
    label: Words
    direction: Literal["in", "out"]
    hint: Words = ""
    figures: Callable[[datetime], Figures] | None = None


CONNECTORS: dict[str, Connector] = {}
_FIGURES: dict[str, Callable[[datetime], Figures]] = {}
RUN_KINDS: dict[str, Words] = {}


def connector_register(
    key: str, label: Words, *, direction: Literal["in", "out"], hint: Words = ""
) -> None:
    """Declare a connector."""
    if key in CONNECTORS:
        message = f"connector {key} is registered twice"
        raise ValueError(message)
    CONNECTORS[key] = Connector(key=key, label=label, direction=direction, hint=hint)


def connector_figures_register(key: str, figures: Callable[[datetime], Figures]) -> None:
    """Say where a connector's figures are found if it writes no runs."""
    _FIGURES[key] = figures


def run_kind_register(kind: str, label: Words) -> None:
    """What a run brings in, in words."""
    RUN_KINDS[kind] = label


def run_open(*, connector: str, kind: str, name: str = "", job: Job | None = None) -> ConnectorRun:
    """A run that begins; figures follow with `run_add`."""
    return ConnectorRun.objects.create(
        connector=connector,
        kind=kind,
        name=name[:120],
        job=job,
        started_by=current_actor().label[:80],
        started_at=clock.now(),
    )


def run_add(run: ConnectorRun, *, accepted: int, reasons: Mapping[str, int]) -> None:
    """Count rows in the transaction that took them; only the run's own worker writes it."""
    rejected = sum(reasons.values())
    run.read += accepted + rejected
    run.accepted += accepted
    run.rejected += rejected
    run.reasons = dict(Counter(run.reasons) + Counter(reasons))
    run.save(update_fields=["read", "accepted", "rejected", "reasons", "updated_at"])


def run_close(run: ConnectorRun) -> None:
    """The run is over."""
    run.finished_at = clock.now()
    run.save(update_fields=["finished_at", "updated_at"])


def run_record(
    *,
    connector: str,
    kind: str,
    accepted: int,
    reasons: Mapping[str, int],
    name: str = "",
    error: str = "",
) -> ConnectorRun:
    """A run that is over as soon as it is written: one call of the API, one sync, also one that failed."""
    at = clock.now()
    rejected = sum(reasons.values())
    return ConnectorRun.objects.create(
        connector=connector,
        kind=kind,
        name=name[:120],
        started_by=current_actor().label[:80],
        read=accepted + rejected,
        accepted=accepted,
        rejected=rejected,
        reasons=dict(reasons),
        error=error[:500],
        started_at=at,
        finished_at=at,
    )


def runs_list(
    *, connectors: tuple[str, ...] = (), kinds: tuple[str, ...] = ()
) -> QuerySet[ConnectorRun]:
    """Runs, narrowed; the caller orders."""
    runs = ConnectorRun.objects.select_related("job")
    if connectors:
        runs = runs.filter(connector__in=connectors)
    return runs.filter(kind__in=kinds) if kinds else runs


def connectors_shown() -> list[tuple[Connector, Figures]]:
    """Every connector with the figures of the last seven days."""
    since = clock.now() - WINDOW
    sums = {
        row["connector"]: row
        for row in ConnectorRun.objects.filter(started_at__gte=since)
        .order_by()
        .values("connector")
        .annotate(
            all_read=Sum("read"),
            all_accepted=Sum("accepted"),
            all_rejected=Sum("rejected"),
            failed=Count("pk", filter=~Q(error="") | Q(job__state=JobState.FAILED)),
            last=Max("started_at"),
        )
    }
    shown = []
    for key, connector in CONNECTORS.items():
        if key in _FIGURES:
            shown.append((connector, _FIGURES[key](since)))
            continue
        row = sums.get(key)
        figures = Figures()
        if row is not None:
            figures = Figures(
                read=row["all_read"],
                accepted=row["all_accepted"],
                rejected=row["all_rejected"],
                failed=row["failed"],
                last_at=row["last"],
            )
        shown.append((connector, figures))
    return shown
