from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.segments.fields import Rows, SegmentField, field_register
from members.tags.models import MemberTag
from members.tags.selectors import tag_choices, tag_names, tags_searched, tags_standing

field_register(
    SegmentField(
        key="tags",
        label=_("标签"),
        group=_("标签"),
        kind="words",
        path="tag__public_id",
        rows=Rows(MemberTag.objects.all),
        choices=tag_choices,
        search=tags_searched,
        names=tag_names,
        stands=tags_standing,
        dirty="tags",
        index="member_tag_once",
        order=50,
    )
)
