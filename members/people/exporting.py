"""Members as a file: the list's own query, phones masked unless somebody may and says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _

from members.identity.cipher import value_decrypt
from members.people.filters import SEGMENT_FILTER, field_filters, rule_of
from members.people.finding import members_searched
from members.people.models import Gender, MemberKind
from members.people.sources import source_label
from members.tags.selectors import tags_of
from scrm.console.filters import query_read
from scrm.files.exports import ExportColumn, export_register

EXPORT = "members"
_FIELDS = (
    "id", "public_id", "member_no", "display_name", "phone_masked", "phone_enc", "gender", "birthday", "city", "kind",
    "first_source", "latest_source", "registered_at", "is_wecom_friend", "is_opted_out", "orders_count", "net_fen",
    "last_paid_date",
)  # fmt: skip


def members_export_query(query: str) -> QuerySet[Any, Any]:
    """The members a list with this address shows, as plain rows."""
    asked = QueryDict(query)
    filters = field_filters()
    read = query_read(
        asked, filters=(*(item.filter for item in filters), SEGMENT_FILTER), sorts=(), limit=1
    )
    found = members_searched(text=read.search, rule=rule_of(read, filters, asked))
    rows: QuerySet[Any, Any] = found.values(*_FIELDS)
    return rows


def _with_tags(rows: Sequence[Any]) -> list[Mapping[str, Any]]:
    tags = tags_of([row["id"] for row in rows])
    return [{**row, "tags": ", ".join(tags.get(row["id"], ()))} for row in rows]


def _word(key: str, words: Mapping[str, Any]) -> Any:
    return lambda row: str(words.get(row[key], row[key]))


def _yes(key: str) -> Any:
    return lambda row: _plain("是") if row[key] else _plain("否")


def members_export_declare() -> None:
    """Called once, at start."""
    genders, kinds = dict(Gender.choices), dict(MemberKind.choices)
    export_register(
        EXPORT,
        _("导出会员"),
        permission="members.view",
        columns=(
            ExportColumn(key="public_id", label=_("会员编号")),
            ExportColumn(key="member_no", label=_("会员号")),
            ExportColumn(key="display_name", label=_("昵称")),
            ExportColumn(
                key="phone",
                label=_("手机号"),
                value="phone_masked",
                plain=lambda row: value_decrypt(row["phone_enc"]),
            ),
            ExportColumn(key="gender", label=_("性别"), value=_word("gender", genders)),
            ExportColumn(key="birthday", label=_("生日"), kind="date"),
            ExportColumn(key="city", label=_("城市")),
            ExportColumn(key="kind", label=_("用户类型"), value=_word("kind", kinds)),
            ExportColumn(
                key="first_source",
                label=_("首次渠道"),
                value=lambda row: source_label(row["first_source"]),
            ),
            ExportColumn(
                key="latest_source",
                label=_("渠道"),
                value=lambda row: source_label(row["latest_source"]),
            ),
            ExportColumn(key="registered_at", label=_("入会时间"), kind="datetime"),
            ExportColumn(key="is_wecom_friend", label=_("企微好友"), value=_yes("is_wecom_friend")),
            ExportColumn(key="is_opted_out", label=_("已退订营销"), value=_yes("is_opted_out")),
            ExportColumn(key="orders_count", label=_("累计订单"), kind="number"),
            ExportColumn(key="net_fen", label=_("累计消费（元）"), kind="yuan"),
            ExportColumn(key="last_paid_date", label=_("最近消费"), kind="date"),
            ExportColumn(key="tags", label=_("标签")),
        ),
        rows=members_export_query,
        fetch=_with_tags,
    )
