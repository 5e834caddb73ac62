"""Members as a file: the list's own query, phones masked unless somebody may and says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _

from members.identity.cipher import value_decrypt
from members.people.columns import MemberColumn, columns_registered
from members.people.filters import SEGMENT_FILTER, field_filters, rule_of
from members.people.finding import members_searched
from members.people.models import Gender, Member, MemberKind
from members.people.sources import source_label
from members.profile.fields import PREFIX
from members.profile.models import CustomField
from members.profile.selectors import fields_in_use, value_words, values_of
from members.tags.selectors import tags_of
from scrm.console.elements import Badge
from scrm.console.filters import query_read
from scrm.files.columns import ExportColumn
from scrm.files.exports import export_register

EXPORT = "members"
_KINDS: Mapping[str, Any] = {key: key for key in ("number", "yuan", "date", "datetime")}


def members_export_query(query: str) -> QuerySet[Member]:
    """The members a list with this address shows."""
    asked = QueryDict(query)
    filters = field_filters()
    read = query_read(
        asked, filters=(*(item.filter for item in filters), SEGMENT_FILTER), sorts=(), limit=1
    )
    return members_searched(text=read.search, rule=rule_of(read, filters, asked))


def _tags(member_ids: Sequence[int]) -> Mapping[int, str]:
    return {member_id: ", ".join(names) for member_id, names in tags_of(member_ids).items()}


def _word(words: Mapping[str, Any]) -> Any:
    return lambda value: str(words.get(value, value))


def _yes(value: object) -> str:
    return _plain("是") if value else _plain("否")


def _brought(column: MemberColumn) -> ExportColumn:
    """What other rooms show in the list: points, tiers, RFM."""
    return ExportColumn(
        key=column.key,
        label=column.label,
        kind=_KINDS.get(column.kind, "text"),
        shown=_read if column.kind not in _KINDS else None,
        fetch=column.fetch,
        permission=column.permission,
    )


def _custom(field: CustomField) -> ExportColumn:
    """One of the brand's own fields."""

    def fetch(member_ids: Sequence[int]) -> Mapping[int, str]:
        known = values_of(member_ids, [field])
        return {
            member_id: value_words(field, values[field.key])
            for member_id, values in known.items()
            if values
        }

    return ExportColumn(key=f"{PREFIX}{field.key}", label=field.label, fetch=fetch)


def _read(value: object) -> str:
    return str(value.text if isinstance(value, Badge) else value)


def _columns() -> list[ExportColumn]:
    return [
        ExportColumn(key="public_id", label=_("会员编号")),
        ExportColumn(key="member_no", label=_("会员号")),
        ExportColumn(key="display_name", label=_("昵称")),
        ExportColumn(
            key="phone",
            label=_("手机号"),
            value="phone_masked",
            whole="phone_enc",
            plain=value_decrypt,
        ),
        ExportColumn(key="gender", label=_("性别"), shown=_word(dict(Gender.choices))),
        ExportColumn(key="birthday", label=_("生日"), kind="date"),
        ExportColumn(key="city", label=_("城市")),
        ExportColumn(key="occupation", label=_("职业")),
        ExportColumn(key="kind", label=_("用户类型"), shown=_word(dict(MemberKind.choices))),
        ExportColumn(key="first_source", label=_("首次渠道"), shown=source_label),
        ExportColumn(key="latest_source", label=_("渠道"), shown=source_label),
        ExportColumn(key="registered_at", label=_("入会时间"), kind="datetime"),
        ExportColumn(key="is_wecom_friend", label=_("企微好友"), shown=_yes),
        ExportColumn(key="is_opted_out", label=_("已退订营销"), shown=_yes),
        ExportColumn(key="orders_count", label=_("累计订单"), kind="number"),
        ExportColumn(key="net_fen", label=_("累计消费（元）"), kind="yuan"),
        ExportColumn(key="last_paid_date", label=_("最近消费"), kind="date"),
        ExportColumn(key="tags", label=_("标签"), fetch=_tags),
        *(_brought(column) for column in columns_registered()),
        *(_custom(field) for field in fields_in_use()),
    ]


def members_export_declare() -> None:
    """Called once, at start."""
    export_register(
        EXPORT,
        _("导出会员"),
        permission="members.view",
        columns=_columns,
        rows=members_export_query,
    )
