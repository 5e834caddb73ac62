"""What was asked for, by whom, and who decided."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from scrm.tenants.fields import PublicIdField
from scrm.tenants.models import TenantManager, TenantModel


class ApprovalState(models.TextChoices):
    """Waiting has four ends."""

    WAITING = "waiting", _("待审批")
    APPROVED = "approved", _("已通过")
    REJECTED = "rejected", _("已驳回")
    WITHDRAWN = "withdrawn", _("已撤回")
    EXPIRED = "expired", _("已过期")


_DECIDED = (ApprovalState.APPROVED, ApprovalState.REJECTED)


class Approval(TenantModel):
    """One deed that waits for a second pair of eyes. People are written ``kind:id``, as in the audit log."""

    public_id = PublicIdField(prefix="apr")
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=60)
    # What was asked: the deed is done with exactly this. ``change`` is what the approver reads.
    params = models.JSONField(default=dict)
    change = models.JSONField(default=list)
    reason = models.CharField(max_length=300, default="", blank=True)
    state = models.CharField(
        max_length=10, choices=ApprovalState.choices, default=ApprovalState.WAITING
    )
    requested_by = models.CharField(max_length=60)
    requested_label = models.CharField(max_length=80, default="", blank=True)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.CharField(max_length=60, default="", blank=True)
    decided_label = models.CharField(max_length=80, default="", blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, default="", blank=True)

    objects: ClassVar[TenantManager[Approval]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="approval_public_id"),
            models.UniqueConstraint(
                fields=["tenant", "kind", "subject"],
                name="approval_waits_once",
                condition=models.Q(state=ApprovalState.WAITING),
            ),
            # Four eyes, whatever the code above thinks: a decision has a decider who did not ask.
            models.CheckConstraint(
                condition=~models.Q(state__in=_DECIDED)
                | (
                    ~models.Q(decided_by="")
                    & ~models.Q(decided_by=models.F("requested_by"))
                    & models.Q(decided_at__isnull=False)
                ),
                name="approval_four_eyes",
            ),
            models.CheckConstraint(
                condition=~models.Q(requested_by=""), name="approval_has_requester"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "state", "-id"], name="approval_by_state"),
        ]

    @property
    def changes_told(self) -> list[dict[str, str]]:
        """The difference as it was when it was asked for, labels in the reader's language."""
        return [
            {"label": gettext(label), "before": before, "after": after}
            for label, before, after in self.change
        ]
