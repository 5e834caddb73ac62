"""Tags, their groups, who wears them, how each came to be defined, and what of them WeCom knows."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.people.models import Member
from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel
from scrm.wecom.models import WeComCorp

# Tags that come by name only stand under this heading until somebody moves them. So it is kept; people read
# it in their own language.
UNSORTED = "未分组"


def group_words(name: str) -> str:
    """A group's name as it is shown."""
    return gettext("未分组") if name == UNSORTED else name


class TagKind(models.TextChoices):
    """Who decides who wears a tag."""

    MANUAL = "manual", _("手工标签")
    STATISTICAL = "statistical", _("统计标签")
    RULE = "rule", _("规则标签")
    ALGORITHMIC = "algorithmic", _("算法标签")
    WECOM = "wecom", _("企微标签")


class TagState(models.TextChoices):
    """A draft waits for its first approval; a paused tag keeps whoever wears it."""

    DRAFT = "draft", _("待审批")
    ACTIVE = "active", _("使用中")
    PAUSED = "paused", _("已暂停")


class TagGroup(TenantModel):
    """A heading that tags stand under; ``wecom_group_id`` when it mirrors a group of that corp."""

    public_id = PublicIdField(prefix="tgg")
    name = models.CharField(max_length=40)
    corp = TenantForeignKey(WeComCorp, on_delete=models.PROTECT, null=True, related_name="+")
    wecom_group_id = models.CharField(max_length=64, default="", db_default="", blank=True)

    objects: ClassVar[TenantManager[TagGroup]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="tag_group_public_id"),
            models.UniqueConstraint(fields=["tenant", "name"], name="tag_group_name"),
        ]

    @property
    def label(self) -> str:
        """The name as it is shown."""
        return group_words(self.name)


class Tag(TenantModel):
    """A word; among tags in use its name is unique in the brand, so that imports and rules may use it.

    ``definition`` is what holds today: the version ``version`` of a computed tag, empty for others.
    """

    public_id = PublicIdField(prefix="tag")
    group = TenantForeignKey(TagGroup, on_delete=models.PROTECT, related_name="tags")
    name = models.CharField(max_length=40)
    kind = models.CharField(
        max_length=12, choices=TagKind.choices, default=TagKind.MANUAL, db_default="manual"
    )
    state = models.CharField(
        max_length=8, choices=TagState.choices, default=TagState.ACTIVE, db_default="active"
    )
    description = models.CharField(max_length=200, default="", db_default="", blank=True)
    definition = models.JSONField(default=dict, db_default={})
    version = models.PositiveIntegerField(default=0, db_default=0)
    evaluated_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[Tag]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="tag_public_id"),
            models.UniqueConstraint(
                fields=["tenant", "name"], name="tag_name_in_use", condition=Q(archived_at=None)
            ),
        ]


class TagVersion(TenantModel):
    """One definition of a computed tag: who wrote it, who agreed, and from when to when it held."""

    tag = TenantForeignKey(Tag, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    definition = models.JSONField(default=dict)
    author = models.CharField(max_length=80, default="", blank=True)
    approver = models.CharField(max_length=80, default="", blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[TagVersion]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "tag", "number"], name="tag_version_once"),
            models.UniqueConstraint(
                fields=["tenant", "tag"],
                name="tag_version_one_active",
                condition=Q(activated_at__isnull=False, ended_at=None),
            ),
        ]


class MemberTag(TenantModel):
    """A member wears a tag; ``source`` says who put it there (`members/tags/rules.py`).

    ``value`` is the figure of a statistical tag, ``version`` the definition that put a computed tag on;
    ``is_in_wecom``: WeCom has shown it on this customer, so its absence there means that staff took it off.
    """

    tag = TenantForeignKey(Tag, on_delete=models.CASCADE, related_name="wearers", db_index=False)
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="tags")
    source = models.CharField(max_length=40, default="", blank=True)
    at = models.DateTimeField()
    value = models.BigIntegerField(null=True, blank=True)
    version = models.PositiveIntegerField(null=True, blank=True)
    is_in_wecom = models.BooleanField(default=False, db_default=False)

    objects: ClassVar[TenantManager[MemberTag]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "tag", "member"], name="member_tag_once"),
        ]


class TagGone(TenantModel):
    """A tag that a member wore: what was on, since when, and why it came off."""

    tag = TenantForeignKey(Tag, on_delete=models.CASCADE, related_name="+", db_index=False)
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+", db_index=False)
    source = models.CharField(max_length=40, default="", blank=True)
    at = models.DateTimeField()
    removed_at = models.DateTimeField()
    cause = models.CharField(max_length=20)

    objects: ClassVar[TenantManager[TagGone]] = TenantManager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "member", "-removed_at"], name="tag_gone_by_member"),
            models.Index(fields=["tenant", "tag", "-removed_at"], name="tag_gone_by_tag"),
        ]


class TagMerge(TenantModel):
    """One tag became another: whoever wore it wears that one. ``moved`` are the rows of `MemberTag` that
    changed over; who wore both keeps the other's row, and `TagGone` remembers the one that went.
    """

    public_id = PublicIdField(prefix="tgm")
    source = TenantForeignKey(Tag, on_delete=models.CASCADE, related_name="+", db_index=False)
    target = TenantForeignKey(Tag, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    moved = ArrayField(models.BigIntegerField(), default=list)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[TagMerge]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="tag_merge_public_id"),
            models.UniqueConstraint(
                fields=["tenant", "source"], name="tag_merge_once", condition=Q(undone_at=None)
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "target", "-at"], name="tag_merge_by_target"),
        ]


class TagDay(TenantModel):
    """How many members wore a tag at the end of a local day."""

    tag = TenantForeignKey(Tag, on_delete=models.CASCADE, related_name="days", db_index=False)
    as_of = models.DateField()
    count = models.PositiveIntegerField()

    objects: ClassVar[TenantManager[TagDay]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "tag", "as_of"], name="tag_day_once"),
        ]


class TagLink(TenantModel):
    """A tag and the corp tag it is; ended when either side was deleted, and then not made again."""

    tag = TenantForeignKey(Tag, on_delete=models.CASCADE, related_name="links", db_index=False)
    corp = TenantForeignKey(WeComCorp, on_delete=models.PROTECT, related_name="+", db_index=False)
    corp_tag_id = models.CharField(max_length=64)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[TagLink]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "corp", "corp_tag_id"], name="tag_link_corp_tag"
            ),
            models.UniqueConstraint(
                fields=["tenant", "tag", "corp"], name="tag_link_once", condition=Q(ended_at=None)
            ),
        ]


class PushKind(models.TextChoices):
    """What WeCom is told."""

    CREATE = "create", _("建立标签")
    RENAME = "rename", _("修改名称")
    DELETE = "delete", _("删除标签")
    MARK = "mark", _("给客户打标签")


class PushState(models.TextChoices):
    """A row that was carried out is deleted; a refused one stays until somebody tries again."""

    PENDING = "pending", _("待同步")
    SENDING = "sending", _("同步中")
    FAILED = "failed", _("失败")


class TagPush(TenantModel):
    """One thing that WeCom has yet to be told; a newer wish for the same thing takes its row.

    Every wish may be told twice without harm: an interrupted one goes back to pending. ``turn`` counts
    wishes, so that the answer to an older one does not settle a newer one. Never two calls for one
    customer at a time (45035).
    """

    corp = TenantForeignKey(WeComCorp, on_delete=models.PROTECT, related_name="+", db_index=False)
    tag = TenantForeignKey(Tag, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=PushKind.choices)
    userid = models.CharField(max_length=64, default="", blank=True)
    external_userid = models.CharField(max_length=64, default="", blank=True)
    is_wanted = models.BooleanField(default=True)
    turn = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=8, choices=PushState.choices, default=PushState.PENDING)
    claim = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=200, default="", blank=True)

    objects: ClassVar[TenantManager[TagPush]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "corp", "external_userid", "userid", "tag", "kind"],
                name="tag_push_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(claim__isnull=False, lease_until__isnull=False),
                name="tag_push_sending_is_leased",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "id"],
                name="tag_push_waiting",
                condition=Q(state__in=("pending", "sending")),
            ),
            models.Index(fields=["tenant", "tag", "state"], name="tag_push_by_tag"),
        ]
