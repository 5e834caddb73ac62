"""Fields a brand defines for itself, what they hold for whom, and what colleagues write about people."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.people.models import Member
from members.tags.models import TagGroup
from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class FieldKind(models.TextChoices):
    """What a field holds; it never changes."""

    TEXT = "text", _("文字")
    NUMBER = "number", _("整数")
    DATE = "date", _("日期")
    BOOL = "bool", _("是或否")
    CHOICE = "choice", _("单选")


class Direction(models.TextChoices):
    """The four directions of a persona (M-12)."""

    BASIC = "basic", _("基础属性")
    CONTENT = "content", _("内容偏好")
    SPENDING = "spending", _("消费习惯")
    SOCIAL = "social", _("社交习惯")


class CustomField(TenantModel):
    """A question of the brand's own. An archived one keeps its values and its name."""

    public_id = PublicIdField(prefix="cfd")
    # How files, the API and rules call it.
    key = models.CharField(max_length=40)
    label = models.CharField(max_length=40)
    kind = models.CharField(max_length=6, choices=FieldKind.choices)
    choices = ArrayField(models.CharField(max_length=40), default=list)
    direction = models.CharField(
        max_length=8, choices=Direction.choices, default=Direction.BASIC, db_default="basic"
    )
    archived_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[CustomField]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="custom_field_public_id"),
            models.UniqueConstraint(fields=["tenant", "key"], name="custom_field_key"),
            models.UniqueConstraint(
                fields=["tenant", "label"],
                condition=Q(archived_at=None),
                name="custom_field_label",
            ),
        ]


class CustomValue(TenantModel):
    """What is known of one member in one field: the column of its kind, the others are empty."""

    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    field = TenantForeignKey(
        CustomField, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    text = models.CharField(max_length=200, default="", db_default="", blank=True)
    number = models.BigIntegerField(null=True, blank=True)
    day = models.DateField(null=True, blank=True)
    flag = models.BooleanField(null=True, blank=True)

    objects: ClassVar[TenantManager[CustomValue]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "member", "field"], name="custom_value_of_member"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "field", "text"], name="custom_value_by_text"),
            models.Index(
                fields=["tenant", "field", "number"],
                condition=Q(number__isnull=False),
                name="custom_value_by_number",
            ),
            models.Index(
                fields=["tenant", "field", "day"],
                condition=Q(day__isnull=False),
                name="custom_value_by_day",
            ),
        ]


class Note(TenantModel):
    """What somebody wrote about a member. Deleted ones stay for whoever takes the deletion back."""

    public_id = PublicIdField(prefix="nte")
    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+", db_index=False)
    text = models.CharField(max_length=1000)
    # Who wrote it, as the audit log knows them.
    author_kind = models.CharField(max_length=20)
    author_id = models.CharField(max_length=40, blank=True)
    author_label = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    # The newest pinned one stands on the member's page.
    pinned_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[TenantManager[Note]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="note_public_id"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "member", "-at", "-id"], name="note_of_member"),
        ]


class TagGroupDirection(TenantModel):
    """Under which direction of the persona the tags of a group stand."""

    group = TenantForeignKey(TagGroup, on_delete=models.CASCADE, related_name="+")
    direction = models.CharField(max_length=8, choices=Direction.choices)

    objects: ClassVar[TenantManager[TagGroupDirection]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "group"], name="tag_group_direction_once"),
        ]
