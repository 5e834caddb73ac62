"""Departments of the corp as we keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from scrm.wecom.models import Department

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scrm.wecom.gateway import Party
    from scrm.wecom.models import WeComCorp


def departments_told(*, corp: WeComCorp, parties: Sequence[Party], at: datetime) -> int:
    """Keep these departments; all others are gone. None at all says nothing: WeCom hides them from us.

    Returns how many rows changed.
    """
    if not parties:
        return 0
    with transaction.atomic():
        rows = Department.objects.select_for_update(of=("self",)).filter(corp=corp)
        known = {row.number: row for row in rows}
        changed = 0
        for party in parties:
            row = known.get(party.number) or Department(corp=corp, number=party.number)
            # A name that WeCom no longer shows us is still the last one we know.
            name = party.name[:80] or row.name
            if row.pk is None or (row.name, row.parent, row.gone_at) != (name, party.parent, None):
                row.name, row.parent, row.gone_at = name, party.parent, None
                row.save()
                changed += 1
        here = {party.number for party in parties}
        gone = Department.objects.filter(corp=corp, gone_at=None).exclude(number__in=here)
        return changed + gone.update(gone_at=at)
