from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.people.models import Gender, MemberKind
from members.people.sources import source_choices_ever
from members.segments.dirty import PERSON
from members.segments.fields import SegmentField, field_register

_GROUP = _("基本资料")


field_register(
    SegmentField(
        key="member.name",
        label=_("昵称"),
        group=_GROUP,
        kind="text",
        path="display_name",
        may_be_unknown=True,
        dirty=PERSON,
        order=10,
    )
)
field_register(
    SegmentField(
        key="member.gender",
        label=_("性别"),
        group=_GROUP,
        kind="choice",
        path="gender",
        choices=[
            (Gender.MALE.value, Gender.MALE.label),
            (Gender.FEMALE.value, Gender.FEMALE.label),
        ],
        may_be_unknown=True,
        dirty=PERSON,
        order=11,
    )
)
field_register(
    SegmentField(
        key="member.city",
        label=_("城市"),
        group=_GROUP,
        kind="text",
        path="city",
        may_be_unknown=True,
        dirty=PERSON,
        order=12,
    )
)
field_register(
    SegmentField(
        key="member.occupation", label=_("职业"), group=_GROUP, kind="text", path="occupation",
        may_be_unknown=True, order=13,
    )
)  # fmt: skip
field_register(
    SegmentField(
        key="member.kind", label=_("用户类型"), group=_GROUP, kind="choice", path="kind",
        choices=MemberKind.choices, dirty=PERSON, order=13,
    )
)  # fmt: skip
field_register(
    SegmentField(
        key="member.source", label=_("渠道"), group=_GROUP, kind="choice", path="latest_source",
        choices=source_choices_ever, may_be_unknown=True, index="member_by_source", dirty=PERSON, order=14,
    )
)  # fmt: skip
field_register(
    SegmentField(
        key="member.first_source", label=_("首次渠道"), group=_GROUP, kind="choice", path="first_source",
        choices=source_choices_ever, may_be_unknown=True, dirty=PERSON, order=15,
    )
)  # fmt: skip
field_register(
    SegmentField(
        key="member.registered_days", label=_("入会天数"), group=_GROUP, kind="days", path="registered_at",
        is_moment=True, unit=_("天"), index="member_by_joining", dirty=PERSON, order=16,
    )
)  # fmt: skip
field_register(
    SegmentField(
        key="member.registered_date", label=_("入会日期"), group=_GROUP, kind="date", path="registered_at",
        is_moment=True, index="member_by_joining", dirty=PERSON, order=17,
    )
)  # fmt: skip
field_register(
    SegmentField(
        key="member.is_wecom_friend", label=_("企微好友"), group=_GROUP, kind="bool", path="is_wecom_friend",
        choices=[("true", _("已添加")), ("false", _("未添加"))],
        index="member_friends_by_joining", dirty=PERSON, order=18,
    )
)  # fmt: skip
field_register(
    SegmentField(
        key="member.is_opted_out",
        label=_("已退订营销"),
        group=_GROUP,
        kind="bool",
        path="is_opted_out",
        dirty=PERSON,
        order=19,
    )
)
