"""Figures per local day, kept exact as facts arrive; pages add up these rows and never read orders."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from scrm.tenants.models import TenantManager, TenantModel

# Longest range a page may ask for; `returned` remembers purchases at least that far back.
LONGEST_RANGE = 366


class DailyStats(TenantModel):
    """One local day of one channel; the empty channel is the whole brand. Money in fen.

    An order counts on the day it was paid, if cash was paid and it is not cancelled; its refunds count
    on that day too, whenever they come. Members count on the day they joined, by first source.
    """

    local_date = models.DateField()
    channel = models.CharField(max_length=40, default="", blank=True)
    gmv_fen = models.BigIntegerField(default=0)
    refunded_fen = models.BigIntegerField(default=0)
    orders = models.IntegerField(default=0)
    buyers = models.IntegerField(default=0)
    # Whole brand only: buyers without any earlier purchase, and buyers by the number of days since their
    # purchase before (place 0 is one day). Ranges count each buyer once from these, exactly.
    first_buyers = models.IntegerField(default=0)
    returned = ArrayField(models.IntegerField(), default=list, blank=True)
    new_members = models.IntegerField(default=0)
    new_friends = models.IntegerField(default=0)
    lost_friends = models.IntegerField(default=0)
    # Whole brand only, added up from the ledger: come to count, given out or deducted, lapsed.
    points_issued = models.BigIntegerField(default=0)
    points_spent = models.BigIntegerField(default=0)
    points_expired = models.BigIntegerField(default=0)
    computed_at = models.DateTimeField()

    objects: ClassVar[TenantManager[DailyStats]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "local_date", "channel"], name="daily_stats_once"
            ),
            models.CheckConstraint(
                condition=Q(gmv_fen__gte=0, refunded_fen__gte=0, orders__gte=0, buyers__gte=0),
                name="daily_stats_not_negative",
            ),
        ]


class DirtyDay(TenantModel):
    """A local day whose figures wait to be computed again; ``created_at`` is since when."""

    local_date = models.DateField()

    objects: ClassVar[TenantManager[DirtyDay]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "local_date"], name="dirty_day_once"),
        ]


class PointsMark(TenantModel):
    """How far the ledger's transfers have been added to the days."""

    transfer_id = models.UUIDField()

    objects: ClassVar[TenantManager[PointsMark]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant"], name="points_mark_once"),
        ]


class FriendMove(TenantModel):
    """A customer became or ceased to be a contact of one member of staff, at most once a day each."""

    KINDS: ClassVar[list[tuple[str, Any]]] = [("added", _("新增好友")), ("lost", _("流失好友"))]

    corp_id = models.CharField(max_length=64)
    external_userid = models.CharField(max_length=64)
    userid = models.CharField(max_length=64)
    kind = models.CharField(max_length=5, choices=KINDS)
    local_date = models.DateField()
    at = models.DateTimeField()

    objects: ClassVar[TenantManager[FriendMove]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "local_date", "kind", "corp_id", "external_userid", "userid"],
                name="friend_move_once",
            ),
        ]


class DaySnapshot(TenantModel):
    """What only a look at every member can tell, frozen by the night of a local day."""

    as_of = models.DateField()
    members = models.IntegerField()
    friends = models.IntegerField()
    # Friends who have not opted out of marketing.
    reachable = models.IntegerField()
    # Members with net > 0 and what they brought, the N of N-29.
    payers = models.IntegerField()
    net_fen = models.BigIntegerField()
    # Members with at least one and at least two valid orders (M-26).
    buyers = models.IntegerField()
    repeat_buyers = models.IntegerField()
    orders = models.BigIntegerField()
    points_outstanding = models.BigIntegerField()
    # {"200": {"members": k, "net_fen": sum, "floor_fen": the last one's net}} by basis points of N-29.
    pareto = models.JSONField(default=dict)
    computed_at = models.DateTimeField()

    objects: ClassVar[TenantManager[DaySnapshot]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "as_of"], name="day_snapshot_once"),
        ]
