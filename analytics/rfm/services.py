"""The night of RFM: read, score, write what differs, all in one transaction per tenant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from analytics.rfm.models import RfmRun
from analytics.rfm.rules import (
    Buyers,
    Cuts,
    Digits,
    Ints,
    Mode,
    Scores,
    cells_of,
    scores_by_cuts,
    scores_by_rank,
    segments_of,
)
from analytics.rfm.store import buyers_read, changes_find, changes_write
from scrm.core import clock
from scrm.events.bus import publish
from scrm.tenants.context import require_tenant_id
from scrm.tenants.settings import setting

_LOCK_SPACE = 0x5C22


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
        buyers, source = buyers_read(as_of, rules.window_days)
        scores = scores_make(buyers, rules)
        segments = segments_of(scores, rules.high_cut)
        previous = RfmRun.objects.filter(is_current=True).first()
        changes = changes_find(
            buyers.member, scores.code, segments,
            is_all=previous is None or previous.high_cut != rules.high_cut,
        )  # fmt: skip
        RfmRun.objects.filter(is_current=True).update(is_current=False)
        changed = int((changes.before != changes.code).sum())
        run, _made = RfmRun.objects.update_or_create(
            as_of=as_of,
            defaults={
                "mode": rules.mode,
                "high_cut": rules.high_cut,
                "cuts": bounds_of(buyers, scores, rules),
                "window_days": rules.window_days,
                "source": source,
                "scored": buyers.count,
                "changed": changed,
                "cells": {
                    code: [tally.members, tally.net_fen]
                    for code, tally in cells_of(buyers, scores).items()
                },
                "is_current": True,
                "finished_at": clock.now(),
            },
        )
        changes_write(changes, run_id=run.pk, is_logged=previous is not None)
        publish("rfm.completed", payload={"as_of": as_of.isoformat(), "scored": buyers.count, "changed": changed})
    return {"scored": buyers.count, "changed": changed}


def scores_make(buyers: Buyers, rules: RfmRules) -> Scores:
    """Digits of all buyers by the tenant's mode."""
    if rules.mode == "quintile":
        return scores_by_rank(buyers)
    return scores_by_cuts(buyers, rules.cuts)


def bounds_of(buyers: Buyers, scores: Scores, rules: RfmRules) -> dict[str, list[int]]:
    """The bounds people are shown: the tables, or what the night's ranks came to."""
    if rules.mode == "threshold":
        return {"r": list(rules.cuts.r), "f": list(rules.cuts.f), "m": list(rules.cuts.m)}
    return {
        # R: the largest days that still score 5, 4, 3, 2; F and M: the least that scores 2, 3, 4, 5.
        "r": [_edge(buyers.days, scores.r, score, largest=True) for score in (5, 4, 3, 2)],
        "f": [_edge(buyers.orders, scores.f, score, largest=False) for score in (2, 3, 4, 5)],
        "m": [_edge(buyers.net_fen, scores.m, score, largest=False) for score in (2, 3, 4, 5)],
    }


def _edge(values: Ints, digits: Digits, score: int, *, largest: bool) -> int:
    chosen = values[digits >= score]
    if not chosen.size:
        return -1
    return int(chosen.max() if largest else chosen.min())


def _one_at_a_time() -> None:
    """Two days of one tenant are not scored at once: each builds on what the other wrote."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, require_tenant_id() % 2**31])
