"""A brand's WeCom: the bound application, its people, their friendships, and what WeCom told us."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.core.secrets import SecretField
from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class CorpState(models.TextChoices):
    """Whether the gateway may call WeCom for this application."""

    ACTIVE = "active", _("正常")
    STOPPED = "stopped", _("已停用")
    UNBOUND = "unbound", _("已解绑")


class WeComCorp(TenantModel):
    """One self-built application of one corp, bound to the tenant. Callbacks and tokens are per row."""

    public_id = PublicIdField(prefix="wcc")
    corp_id = models.CharField(max_length=64)
    name = models.CharField(max_length=80)
    agent_id = models.BigIntegerField()
    secret = SecretField()
    token = SecretField()
    aes_key = SecretField()
    state = models.CharField(max_length=8, choices=CorpState.choices, default=CorpState.ACTIVE)
    stopped_errcode = models.IntegerField(null=True, blank=True)
    stopped_api = models.CharField(max_length=80, default="", blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    # What the last check of the binding found: a list of {"call", "ok", "errcode", "message"}.
    checks = models.JSONField(default=list)
    checked_at = models.DateTimeField(null=True, blank=True)
    callback_verified_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[WeComCorp]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="wecom_corp_public_id"),
            models.UniqueConstraint(
                fields=["tenant", "corp_id", "agent_id"], name="wecom_corp_once"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name


class Staff(TenantModel):
    """A member of the corp. ``is_contact``: may have customers; ``left_at``: no longer in our view."""

    corp = TenantForeignKey(WeComCorp, on_delete=models.PROTECT, related_name="+")
    public_id = PublicIdField(prefix="stf")
    userid = models.CharField(max_length=64)
    name = models.CharField(max_length=80, default="", blank=True)
    departments = models.JSONField(default=list)
    position = models.CharField(max_length=128, default="", blank=True)
    is_contact = models.BooleanField(default=False)
    left_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[Staff]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "corp", "userid"], name="wecom_staff_once"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="wecom_staff_public_id"),
        ]

    @override
    def __str__(self) -> str:
        return self.name or self.userid


class Department(TenantModel):
    """A department of the corp. ``gone_at``: no longer in our view; the name stays for what names it."""

    corp = TenantForeignKey(WeComCorp, on_delete=models.PROTECT, related_name="+")
    number = models.BigIntegerField()
    name = models.CharField(max_length=80, default="", blank=True)
    parent = models.BigIntegerField(default=0)
    gone_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[Department]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "corp", "number"], name="wecom_department_once"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name or str(self.number)


class ExternalContact(TenantModel):
    """A customer as WeCom shows them to this corp."""

    corp = TenantForeignKey(WeComCorp, on_delete=models.PROTECT, related_name="+")
    public_id = PublicIdField(prefix="exc")
    external_userid = models.CharField(max_length=64)
    kind = models.PositiveSmallIntegerField(default=1)  # 1 WeChat user, 2 WeCom user
    name = models.CharField(max_length=128, default="", blank=True)
    avatar = models.CharField(max_length=512, default="", blank=True)
    gender = models.PositiveSmallIntegerField(default=0)  # 0 unknown, 1 male, 2 female
    unionid = models.CharField(max_length=64, default="", blank=True)
    pulled_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[ExternalContact]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "corp", "external_userid"], name="wecom_contact_once"
            ),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="wecom_contact_public_id"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "unionid"],
                name="wecom_contact_unionid",
                condition=~models.Q(unionid=""),
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name or self.external_userid


class RelationState(models.TextChoices):
    """How far a friendship goes."""

    HALF = "half", _("待成员确认")
    ACTIVE = "active", _("好友")
    DELETED = "deleted", _("已删除")


class DeletedBy(models.TextChoices):
    """Who ended a friendship; ``sync`` when only the reconciliation noticed."""

    STAFF = "staff", _("成员")
    CUSTOMER = "customer", _("客户")
    SYNC = "sync", _("同步")


class FollowRelation(TenantModel):
    """The friendship of one member and one customer.

    ``event_at`` and ``event_rank`` name the newest fact that decided the state: older facts that come
    late change nothing.
    """

    corp = TenantForeignKey(WeComCorp, on_delete=models.PROTECT, related_name="+")
    contact = TenantForeignKey(ExternalContact, on_delete=models.PROTECT, related_name="relations")
    staff = TenantForeignKey(Staff, on_delete=models.PROTECT, related_name="relations")
    state = models.CharField(max_length=8, choices=RelationState.choices)
    added_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.CharField(max_length=8, choices=DeletedBy.choices, default="", blank=True)
    event_at = models.DateTimeField()
    event_rank = models.PositiveSmallIntegerField(default=0)
    state_param = models.CharField(max_length=64, default="", blank=True)
    add_way = models.IntegerField(default=0)
    remark = models.CharField(max_length=128, default="", blank=True)
    description = models.CharField(max_length=512, default="", blank=True)
    # JSON list of the phone numbers that the member noted.
    phones = SecretField(default="", blank=True)
    tag_ids = models.JSONField(default=list)
    seen_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[FollowRelation]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "contact", "staff"], name="wecom_relation_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state="deleted") | models.Q(deleted_by=""),
                name="wecom_relation_deleted_by",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "staff", "state"], name="wecom_relation_staff"),
        ]


class CorpTagGroup(TenantModel):
    """A group of corp tags as WeCom keeps them."""

    corp = TenantForeignKey(WeComCorp, on_delete=models.PROTECT, related_name="+")
    group_id = models.CharField(max_length=64)
    name = models.CharField(max_length=64)
    order = models.BigIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[CorpTagGroup]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "corp", "group_id"], name="wecom_tag_group_once"
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name


class CorpTag(TenantModel):
    """A corp tag as WeCom keeps it."""

    corp = TenantForeignKey(WeComCorp, on_delete=models.PROTECT, related_name="+")
    group = TenantForeignKey(CorpTagGroup, on_delete=models.PROTECT, related_name="tags")
    tag_id = models.CharField(max_length=64)
    name = models.CharField(max_length=64)
    order = models.BigIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[CorpTag]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "corp", "tag_id"], name="wecom_tag_once"),
        ]

    @override
    def __str__(self) -> str:
        return self.name


class InboxState(models.TextChoices):
    """What became of a callback."""

    WAITING = "waiting", _("待处理")
    WORKING = "working", _("处理中")
    DONE = "done", _("已处理")
    IGNORED = "ignored", _("无需处理")
    FAILED = "failed", _("失败")


class CallbackEvent(TenantModel):
    """One callback, stored before it was answered. ``dedup``: SHA-256 of tenant and decrypted XML."""

    corp = TenantForeignKey(WeComCorp, on_delete=models.PROTECT, related_name="+")
    public_id = PublicIdField(prefix="cbk")
    dedup = models.BinaryField(max_length=32)
    raw = models.TextField()
    type = models.CharField(max_length=60, default="", blank=True)
    change = models.CharField(max_length=60, default="", blank=True)
    state = models.CharField(max_length=8, choices=InboxState.choices, default=InboxState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    has_welcome = models.BooleanField(default=False)
    welcomed_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True, blank=True)
    processed_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, default="", blank=True)

    objects: ClassVar[TenantManager[CallbackEvent]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "corp", "dedup"], name="wecom_callback_once"),
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="wecom_callback_public_id"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "id"],
                name="wecom_callback_waiting",
                condition=models.Q(state__in=["waiting", "working"]),
            ),
            models.Index(
                fields=["tenant", "id"],
                name="wecom_callback_welcome",
                condition=models.Q(has_welcome=True, welcomed_at=None),
            ),
            models.Index(fields=["tenant", "-received_at", "-id"], name="wecom_callback_by_time"),
        ]


class WelcomeState(models.TextChoices):
    """What became of a welcome (E-14)."""

    WAITING = "waiting", _("待发送")
    SENT = "sent", _("已发送")
    DONE_ELSEWHERE = "elsewhere", _("已由其他方发送")
    SKIPPED = "skipped", _("无欢迎语")
    MISSED = "missed", _("超时未发")
    FAILED = "failed", _("失败")


class WelcomeTask(TenantModel):
    """A welcome code: single use, alive 20 s; ours must be spent before ``deadline``."""

    corp = TenantForeignKey(WeComCorp, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=128)
    userid = models.CharField(max_length=64)
    external_userid = models.CharField(max_length=64)
    state_param = models.CharField(max_length=64, default="", blank=True)
    state = models.CharField(
        max_length=9, choices=WelcomeState.choices, default=WelcomeState.WAITING
    )
    received_at = models.DateTimeField()
    deadline = models.DateTimeField()
    not_before = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    errcode = models.IntegerField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[WelcomeTask]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "corp", "code"], name="wecom_welcome_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "deadline"],
                name="wecom_welcome_waiting",
                condition=models.Q(state="waiting"),
            ),
        ]


class SyncState(TenantModel):
    """Where the reconciliation of one corp stands; the cursor survives a kill."""

    corp = TenantForeignKey(WeComCorp, on_delete=models.PROTECT, related_name="+")
    job_id = models.CharField(max_length=40, default="", blank=True)
    phase = models.CharField(max_length=16, default="", blank=True)
    cursor = models.CharField(max_length=256, default="", blank=True)
    staff_count = models.PositiveIntegerField(default=0)
    contact_count = models.PositiveIntegerField(default=0)
    changed_count = models.PositiveIntegerField(default=0)
    gone_count = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, default="", blank=True)

    objects: ClassVar[TenantManager[SyncState]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "corp"], name="wecom_sync_once"),
        ]
