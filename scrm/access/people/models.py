"""How people come to a brand, and how platform staff enter one."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from scrm.tenants.fields import PublicIdField
from scrm.tenants.models import Tenant, TenantManager, TenantModel


class Invitation(TenantModel):
    """An offer of roles to whoever reads that mailbox: one use, some days. Only the token's hash is kept."""

    public_id = PublicIdField(prefix="inv")
    email = models.EmailField()
    name = models.CharField(max_length=60, default="", blank=True)
    roles = models.JSONField(default=list)
    # As Membership.data_scope.
    data_scope = models.JSONField(null=True, blank=True, default=None)
    token_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    sent_count = models.PositiveSmallIntegerField(default=1)
    invited_by = models.CharField(max_length=80, default="", blank=True)
    # Who answers for the roles until they are taken, ``kind:id`` as in the audit log.
    inviter = models.CharField(max_length=60, default="", db_default="", blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[Invitation]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="invitation_public_id"),
            models.UniqueConstraint(fields=["tenant", "token_hash"], name="invitation_token_once"),
            models.UniqueConstraint(
                fields=["tenant", "email"],
                name="invitation_open_once",
                condition=models.Q(accepted_at=None, revoked_at=None),
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None) | models.Q(revoked_at=None),
                name="invitation_one_end",
            ),
        ]


class PlatformEntry(models.Model):
    """Platform staff inside a brand for an hour, with a reason. Read before the tenant is known.

    The brand's own audit log has the same entry; this row is what opens the door.
    """

    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=30)
    reason = models.CharField(max_length=200)
    entered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[PlatformEntry]] = models.Manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["operator", "-expires_at"], name="platform_entry_open"),
        ]
