"""What the shops ask about people, and what their colleagues wrote: two fields, some hundred answers, notes."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from demo.brands import BRANDS
from members.people.models import Member
from members.profile.models import CustomField, Direction, FieldKind, Note
from members.profile.services import custom_field_create, custom_values_put, persona_groups_set
from members.tags.models import TagGroup
from scrm.access.models import Operator
from scrm.core import clock
from scrm.events.actor import acting_as
from scrm.tenants.context import current_tenant

_ANSWERS = 600
_SKIN = ("干性", "油性", "混合性", "敏感性")
_MUSIC = ("民谣", "摇滚", "古典", "爵士", "电子")
_WORK = ("教师", "工程师", "设计师", "自由职业", "学生", "")
_NOTES = (
    "电话里说周末才有空，工作日不要打",
    "想要新专辑的签名版，到货先通知",
    "上次的包裹外盒破损，已补发，态度很好",
    "给孩子买的，生日在六月",
    "问过批量采购价，下次大促前联系",
)
_GROUPS = {"消费能力": Direction.SPENDING, "活跃情况": Direction.SOCIAL}


def _pick(words: tuple[str, ...], member: Member, salt: str) -> str:
    digest = hashlib.sha256(f"{salt}/{member.member_no}".encode()).digest()
    return words[digest[0] % len(words)]


def profiles_make() -> None:
    """Make them once; running it again adds nothing."""
    if CustomField.objects.exists():
        return
    brand = next(each for each in BRANDS if each.slug == current_tenant().slug)
    author = Operator.objects.get(email=brand.logins[1].email)
    members = list(
        Member.objects.filter(is_wecom_friend=True, merged_into=None).order_by("id")[:_ANSWERS]
    )
    with acting_as("operator", id=str(author.pk), label=author.name):
        skin = custom_field_create(
            label="肤质",
            key="skin",
            kind=FieldKind.CHOICE,
            choices=_SKIN,
            direction=Direction.BASIC,
        )
        music = custom_field_create(
            label="偏好曲风",
            key="music",
            kind=FieldKind.CHOICE,
            choices=_MUSIC,
            direction=Direction.CONTENT,
        )
        custom_values_put(
            [
                (member.pk, field, _pick(words, member, field.key))
                for member in members
                for field, words in ((skin, _SKIN), (music, _MUSIC))
            ]
        )
        groups = TagGroup.objects.filter(name__in=list(_GROUPS))
        persona_groups_set({group.pk: _GROUPS[group.name] for group in groups})
    for member in members:
        member.occupation = _pick(_WORK, member, "work")
    Member.objects.bulk_update(members, ["occupation"])
    now = clock.now()
    Note.objects.bulk_create(
        Note(
            member=member,
            text=_NOTES[place % len(_NOTES)],
            author_kind="operator",
            author_id=str(author.pk),
            author_label=author.name,
            at=now - timedelta(days=place % 40, hours=place % 7),
            pinned_at=now if place % 3 == 0 else None,
        )
        for place, member in enumerate(members[:60])
    )
