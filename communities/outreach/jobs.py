"""The recipients of a push as a file; the address names the push beside the list's filters."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from communities.outreach.models import REASONS, RECIPIENT_STATES, PushRecipient
from communities.outreach.selectors.lists import push_recipients
from scrm.files.columns import ExportColumn
from scrm.files.exports import export_register

_STATES, _REASONS = dict(RECIPIENT_STATES), dict(REASONS)


def _rows(query: str) -> QuerySet[PushRecipient]:
    asked = QueryDict(query)
    return push_recipients(
        asked.get("push", ""),
        states=[state for state in asked.getlist("state") if state in _STATES],
        reasons=[reason for reason in asked.getlist("reason") if reason in _REASONS],
        sender=asked.get("sender", ""),
    )


def _word(words: dict[str, Any]) -> Any:
    return lambda value: str(words.get(value, value))


export_register(
    "push_recipients",
    _("导出推送收件人"),
    permission="pushes.view",
    columns=(
        ExportColumn(key="member", label=_("会员编号"), value="member__public_id"),
        ExportColumn(key="member_no", label=_("会员号"), value="member__member_no"),
        ExportColumn(key="name", label=_("昵称"), value="member__display_name"),
        ExportColumn(key="sender", label=_("员工")),
        ExportColumn(key="state", label=_("状态"), shown=_word(_STATES)),
        ExportColumn(key="reason", label=_("原因"), shown=_word(_REASONS)),
        ExportColumn(key="sent_at", label=_("送达时间"), kind="datetime"),
    ),
    rows=_rows,
)
