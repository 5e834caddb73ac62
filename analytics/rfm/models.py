"""Scores as of the current night, the nights themselves, and who moved."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from members.people.models import Member
from scrm.tenants.fields import TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class RfmRun(TenantModel):
    """One night's scoring: by which rules, and what the matrix came to. Pages read this row alone."""

    as_of = models.DateField()
    mode = models.CharField(max_length=10)
    high_cut = models.PositiveSmallIntegerField()
    # The bounds in force; in quintile mode those that the night's figures gave.
    cuts = models.JSONField(default=dict)
    window_days = models.PositiveIntegerField()
    # rollup, or orders when the rollups' window ends on another day.
    source = models.CharField(max_length=8)
    scored = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    # {"543": [members, net fen]}
    cells = models.JSONField(default=dict)
    is_current = models.BooleanField(default=False)
    finished_at = models.DateTimeField()

    objects: ClassVar[TenantManager[RfmRun]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "as_of"], name="rfm_run_once"),
            models.UniqueConstraint(
                fields=["tenant"], name="rfm_run_one_current", condition=Q(is_current=True)
            ),
        ]


class RfmScore(TenantModel):
    """A member's three digits in the current run; no row means no valid order in the window."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    r = models.PositiveSmallIntegerField()
    f = models.PositiveSmallIntegerField()
    m = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=3)
    segment = models.CharField(max_length=20)
    # The code before this one, and the night that brought this one.
    before = models.CharField(max_length=3, default="", blank=True)
    since = models.DateField(null=True)

    objects: ClassVar[TenantManager[RfmScore]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "member"], name="rfm_score_member"),
            models.CheckConstraint(
                condition=Q(r__range=(1, 5), f__range=(1, 5), m__range=(1, 5)),
                name="rfm_score_digits",
            ),
        ]
        # No index on the digits: it would turn every night's HOT updates into index writes.


class RfmMove(TenantModel):
    """Who went from one code to another in a run, one row per pair of codes; empty stands for no score."""

    run = TenantForeignKey(RfmRun, on_delete=models.CASCADE, related_name="+", db_index=False)
    before = models.CharField(max_length=3, blank=True)
    after = models.CharField(max_length=3, blank=True)
    members = ArrayField(models.BigIntegerField())

    objects: ClassVar[TenantManager[RfmMove]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "run", "before", "after"], name="rfm_move_once"
            ),
        ]
