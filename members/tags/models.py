"""Tags, their groups, and who wears them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from members.people.models import Member
from scrm.tenants.fields import PublicIdField, TenantForeignKey
from scrm.tenants.models import TenantManager, TenantModel


class TagGroup(TenantModel):
    """A heading that tags stand under."""

    public_id = PublicIdField(prefix="tgg")
    name = models.CharField(max_length=40)

    objects: ClassVar[TenantManager[TagGroup]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="tag_group_public_id"),
            models.UniqueConstraint(fields=["tenant", "name"], name="tag_group_name"),
        ]


class Tag(TenantModel):
    """A word; its name is unique in the brand so that imports and rules may use it."""

    public_id = PublicIdField(prefix="tag")
    group = TenantForeignKey(TagGroup, on_delete=models.PROTECT, related_name="tags")
    name = models.CharField(max_length=40)

    objects: ClassVar[TenantManager[Tag]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="tag_public_id"),
            models.UniqueConstraint(fields=["tenant", "name"], name="tag_name"),
        ]


class MemberTag(TenantModel):
    """A member wears a tag; ``source`` says who put it there (operator, wecom, contact_code, rule)."""

    tag = TenantForeignKey(Tag, on_delete=models.CASCADE, related_name="wearers", db_index=False)
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="tags")
    source = models.CharField(max_length=40, default="", blank=True)
    at = models.DateTimeField()

    objects: ClassVar[TenantManager[MemberTag]] = TenantManager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "tag", "member"], name="member_tag_once"),
        ]
