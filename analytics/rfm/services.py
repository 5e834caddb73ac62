"""The night of RFM: score, write what differs, all in one transaction per tenant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, transaction

from analytics.rfm.models import RfmMove, RfmRun
from analytics.rfm.rules import Cuts, Mode
from analytics.rfm.store import (
    Buyers,
    Compared,
    Following,
    buyers_find,
    cuts_of_ranks,
    stage_make,
    stage_write,
)
from scrm.core import clock
from scrm.events.bus import publish
from scrm.tenants.context import require_tenant_id
from scrm.tenants.settings import setting

_LOCK_SPACE = 0x5C22
_MONDAY = 0
_OVERLAP = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class RfmRules:
    """The tenant's settings of one run."""

    mode: Mode
    high_cut: int
    cuts: Cuts
    window_days: int


def rules_now() -> RfmRules:
    """The tenant's settings as they stand."""
    cuts = setting("rfm.cuts")
    return RfmRules(
        mode=setting("rfm.mode"),
        high_cut=setting("rfm.high_cut"),
        cuts=Cuts(r=tuple(cuts["r"]), f=tuple(cuts["f"]), m=tuple(cuts["m"])),
        window_days=int(setting("rfm.window")),
    )


def rfm_score(as_of: date) -> dict[str, int]:
    """Score the window that ends with ``as_of``; readers see the old night or the new one.

    The same day may be run again after late facts; its scores become the current ones (EC-91).
    """
    rules = rules_now()
    with transaction.atomic():
        _one_at_a_time()
        buyers = buyers_find(as_of, rules.window_days)
        cuts = rules.cuts if rules.mode == "threshold" else cuts_of_ranks(buyers)
        previous = RfmRun.objects.filter(is_current=True).first()
        compared = stage_make(
            buyers,
            cuts,
            is_all=previous is None or previous.high_cut != rules.high_cut,
            follows=_following(previous, as_of, buyers, rules),
        )
        run = _run_keep(as_of, rules, buyers, cuts, compared)
        RfmMove.objects.filter(run=run).delete()
        stage_write(
            run_id=run.pk, as_of=as_of, high_cut=rules.high_cut, is_logged=previous is not None
        )
        publish(
            "rfm.completed",
            payload={"as_of": as_of.isoformat(), "scored": run.scored, "changed": run.changed},
        )
    return {"scored": run.scored, "changed": run.changed}


def _following(
    previous: RfmRun | None, as_of: date, buyers: Buyers, rules: RfmRules
) -> Following | None:
    """Whether the night follows the current one by the same rules; once a week all are compared anyway."""
    if previous is None or previous.source != "rollup" or buyers.source != "rollup":
        return None
    passed = (as_of - previous.as_of).days
    same = {"r": list(rules.cuts.r), "f": list(rules.cuts.f), "m": list(rules.cuts.m)}
    if (
        passed not in {0, 1}
        or (passed and as_of.weekday() == _MONDAY)
        or rules.mode != "threshold"
        or (previous.mode, previous.cuts, previous.high_cut, previous.window_days)
        != ("threshold", same, rules.high_cut, rules.window_days)
    ):
        return None
    return Following(
        # What was still being written while the night before read is younger than this.
        since=previous.updated_at - _OVERLAP,
        edges=[as_of - timedelta(days=bound + 1) for bound in rules.cuts.r],
    )


def _run_keep(
    as_of: date, rules: RfmRules, buyers: Buyers, cuts: Cuts, compared: Compared
) -> RfmRun:
    cells = compared.cells
    RfmRun.objects.filter(is_current=True).update(is_current=False)
    run, _made = RfmRun.objects.update_or_create(
        as_of=as_of,
        defaults={
            "mode": rules.mode,
            "high_cut": rules.high_cut,
            "cuts": {"r": list(cuts.r), "f": list(cuts.f), "m": list(cuts.m)},
            "window_days": rules.window_days,
            "source": buyers.source,
            "scored": sum(tally.members for tally in cells.values()),
            "changed": compared.changed,
            "cells": {code: [tally.members, tally.net_fen] for code, tally in cells.items()},
            "is_current": True,
            "finished_at": clock.now(),
        },
    )
    return run


def _one_at_a_time() -> None:
    """Two days of one tenant are not scored at once: each builds on what the other wrote."""
    with connection.cursor() as cursor:
        # A million codes fit; with the default the join would go to disk. Ends with the transaction.
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, require_tenant_id() % 2**31]
        )
