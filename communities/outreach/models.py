"""A push, whom it is for, and the calls that carry it (design R: every call is a row first)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from communities.outreach.rules import BatchState, Purpose, PushState, Reason, RecipientState
from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel

PUSH_STATES = [
    (PushState.DRAFT.value, _("草稿")),
    (PushState.SCHEDULED.value, _("已排期")),
    (PushState.SUBMITTING.value, _("提交中")),
    (PushState.AWAITING_STAFF.value, _("待员工确认")),
    (PushState.SENDING.value, _("发送中")),
    (PushState.DONE.value, _("已完成")),
    (PushState.CANCELLED.value, _("已取消")),
    (PushState.EXPIRED.value, _("已过期")),
    (PushState.FAILED.value, _("失败")),
]
RECIPIENT_STATES = [
    (RecipientState.QUEUED.value, _("排队中")),
    (RecipientState.SUPPRESSED.value, _("被抑制")),
    (RecipientState.SUBMITTED.value, _("待员工确认")),
    (RecipientState.UNKNOWN.value, _("核实中")),
    (RecipientState.SENT.value, _("已送达")),
    (RecipientState.FAILED.value, _("失败")),
]
BATCH_STATES = [(state.value, state.value) for state in BatchState]
REASONS = [
    (Reason.FREQUENCY_CAP.value, _("超过频次上限")),
    (Reason.QUIET_DEFERRED.value, _("静默期顺延")),
    (Reason.OPT_OUT.value, _("已退订")),
    (Reason.NO_FRIEND.value, _("不是好友")),
    (Reason.DUPLICATE.value, _("重复收件人")),
    (Reason.NOT_IN_SEGMENT.value, _("已不在人群中")),
    (Reason.PLATFORM_CAP.value, _("企微群发额度用尽")),
    (Reason.STOPPED.value, _("已停止发送")),
    (Reason.UNCONFIRMED.value, _("员工未确认")),
    (Reason.ERROR.value, _("企微拒绝")),
    (Reason.POISON.value, _("多次中断，已隔离")),
]
PURPOSES = [
    (Purpose.MARKETING.value, _("营销")),
    (Purpose.SERVICE.value, _("服务通知")),
]


class Push(TenantModel):
    """A message to the customers of a segment, each told by the member of staff they know."""

    public_id = PublicIdField(prefix="psh")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, default="customer")
    purpose = models.CharField(max_length=12, choices=PURPOSES, default=Purpose.MARKETING.value)
    corp = TenantForeignKey(
        "wecom.WeComCorp", on_delete=models.PROTECT, null=True, related_name="+"
    )
    segment = TenantForeignKey(
        "members.Segment", on_delete=models.PROTECT, null=True, related_name="+"
    )
    # The segment's rule as it was when the push was let go: whoever is written down was agreed to.
    rule = models.JSONField(null=True, blank=True)
    text = models.TextField(default="", blank=True)
    attachments = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=16, choices=PUSH_STATES, default=PushState.DRAFT.value)
    # When it should leave; None on a scheduled push never happens, "now" is written as the instant.
    scheduled_at = models.DateTimeField(null=True, blank=True)
    deferred_until = models.DateTimeField(null=True, blank=True)
    # The segment's members are written down once (snapshot), the calls after the exclusions (plan).
    snapshot_at = models.DateTimeField(null=True, blank=True)
    planned_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    confirm_by = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Final figures, so that lists of old pushes count nothing.
    tally = models.JSONField(null=True, blank=True)
    created_by = models.CharField(max_length=80, default="", blank=True)

    objects: ClassVar[TenantManager[Push]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="push_public_id"),
            models.CheckConstraint(
                condition=Q(state=PushState.DRAFT.value) | Q(scheduled_at__isnull=False),
                name="push_has_time",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="push_by_time"),
            models.Index(
                fields=["tenant", "scheduled_at", "id"],
                name="push_live",
                condition=Q(
                    state__in=[
                        PushState.SCHEDULED.value,
                        PushState.SUBMITTING.value,
                        PushState.AWAITING_STAFF.value,
                        PushState.SENDING.value,
                    ]
                ),
            ),
        ]


class PushBatch(TenantModel):
    """One call of `add_msg_template`: some customers of one member of staff.

    pending → claimed (token, lease) → sending (written ahead under the token) → sent | failed |
    unknown. A definite refusal goes back to pending with `not_before`; an unknown one is looked up
    at WeCom and never sent again before its absence is proven.
    """

    push = TenantForeignKey(Push, on_delete=models.PROTECT, related_name="+")
    corp = TenantForeignKey("wecom.WeComCorp", on_delete=models.PROTECT, related_name="+")
    sender = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    # Exactly the words of the call: what is looked up must equal what was sent.
    text = models.TextField(default="", blank=True)
    scheduled_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=BATCH_STATES, default=BatchState.PENDING.value)
    claim = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    # Workers that died while they held this row in `sending`.
    deaths = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    sending_at = models.DateTimeField(null=True, blank=True)
    unknown_at = models.DateTimeField(null=True, blank=True)
    absences = models.PositiveSmallIntegerField(default=0)
    msgid = models.CharField(max_length=64, default="", blank=True)
    error = models.CharField(max_length=200, default="", blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    next_poll_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    cancel_wanted_at = models.DateTimeField(null=True, blank=True)
    remind_wanted_at = models.DateTimeField(null=True, blank=True)
    remind_window_at = models.DateTimeField(null=True, blank=True)
    remind_count = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[TenantManager[PushBatch]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "corp", "msgid"],
                name="push_batch_msgid",
                condition=~Q(msgid=""),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[BatchState.CLAIMED.value, BatchState.SENDING.value])
                | Q(claim__isnull=False, lease_until__isnull=False),
                name="push_batch_claimed",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "scheduled_at", "id"],
                name="push_batch_pending",
                condition=Q(state=BatchState.PENDING.value),
            ),
            models.Index(
                fields=["tenant", "lease_until"],
                name="push_batch_leased",
                condition=Q(state__in=[BatchState.CLAIMED.value, BatchState.SENDING.value]),
            ),
            models.Index(
                fields=["tenant", "unknown_at"],
                name="push_batch_unknown",
                condition=Q(state=BatchState.UNKNOWN.value),
            ),
            models.Index(
                fields=["tenant", "next_poll_at"],
                name="push_batch_open",
                condition=Q(state=BatchState.SENT.value, settled_at=None),
            ),
            models.Index(fields=["tenant", "push", "state"], name="push_batch_of_push"),
        ]


class PushRecipient(TenantModel):
    """One member of one push: exactly one row, whatever happens."""

    push = TenantForeignKey(Push, on_delete=models.PROTECT, related_name="+")
    member = TenantForeignKey("members.Member", on_delete=models.PROTECT, related_name="+")
    batch = TenantForeignKey(PushBatch, on_delete=models.PROTECT, null=True, related_name="+")
    sender = models.CharField(max_length=64, default="", blank=True)
    external_userid = models.CharField(max_length=64, default="", blank=True)
    state = models.CharField(
        max_length=10, choices=RECIPIENT_STATES, default=RecipientState.QUEUED.value
    )
    reason = models.CharField(max_length=16, choices=REASONS, default="", blank=True)
    # The tenant's and WeCom's day on which a place under the caps was taken.
    counted_on = models.DateField(null=True, blank=True)
    counted_platform_on = models.DateField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[PushRecipient]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "push", "member"], name="push_once_a_member"),
            models.UniqueConstraint(
                fields=["tenant", "push", "external_userid"],
                name="push_once_a_customer",
                condition=~Q(external_userid=""),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "push", "state", "reason"], name="push_recipient_tally"),
            models.Index(fields=["tenant", "push", "id"], name="push_recipient_order"),
            models.Index(fields=["tenant", "batch"], name="push_recipient_batch"),
            models.Index(
                fields=["tenant", "member", "counted_platform_on"],
                name="push_recipient_counted",
                condition=Q(counted_platform_on__isnull=False),
            ),
        ]


class PushMedia(TenantModel):
    """A picture of a push. WeCom keeps an upload for three days only, so we keep the bytes."""

    public_id = PublicIdField(prefix="pmd")
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=40)
    data = models.BinaryField()
    media_id = models.CharField(max_length=200, default="", blank=True)
    media_expires_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[PushMedia]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="push_media_public_id"),
        ]
