"""Seal again, under the newest key, what older keys still seal."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from django.db.models import F, Q, TextField
from django.db.models.functions import Cast

from scrm.core.secrets import newest_key_id
from scrm.wecom.models import FollowRelation, WeComCorp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

_CHUNK = 500


def secrets_reseal() -> int:
    """Re-seal the active tenant's rows; returns how many were under an older key."""
    rows: Iterable[WeComCorp | FollowRelation] = chain(
        _stale(WeComCorp.objects.all(), ("secret", "token", "aes_key")),
        _stale(FollowRelation.objects.all(), ("phones",)),
    )
    count = 0
    for row in rows:
        # Opened by whichever key sealed it when it was read, sealed by the newest when it is written.
        fields = ("secret", "token", "aes_key") if isinstance(row, WeComCorp) else ("phones",)
        row.save(update_fields=fields)
        count += 1
    return count


def _stale(
    rows: QuerySet[WeComCorp] | QuerySet[FollowRelation], fields: tuple[str, ...]
) -> Iterable[WeComCorp | FollowRelation]:
    wanted = Q()
    for name in fields:
        sealed = f"{name}_sealed"
        rows = rows.annotate(**{sealed: Cast(F(name), output_field=TextField())})
        wanted |= ~Q(**{f"{sealed}__startswith": f"f1${newest_key_id()}$"}) & ~Q(**{sealed: ""})
    return rows.filter(wanted).order_by("pk").iterator(chunk_size=_CHUNK)
