"""The night of points: what has come counts, what has passed lapses, the books are proved."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from points.lots.audit import audit_run
from points.lots.services import expiring_refresh, night_settle
from scrm.events.jobs.nightly import nightly_register


def points_activate(as_of: date) -> dict[str, int]:
    """Pending points whose day has come count."""
    return night_settle(as_of)


def points_expire(as_of: date) -> dict[str, int]:
    """Points whose last valid day has passed lapse; those that soon will are counted anew."""
    return {**night_settle(as_of), "expiring": expiring_refresh(as_of)}


nightly_register("points_activate", order=110, run=points_activate, label=_("积分生效"))
nightly_register("points_expire", order=120, run=points_expire, label=_("积分过期"))
nightly_register("points_audit", order=910, run=audit_run, label=_("积分核对"))
