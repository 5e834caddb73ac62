"""Points on the member's page: a figure, a tab, a card and what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.people.models import Member
from points.accounts.selectors import (
    AccountView,
    LotView,
    StatementEntry,
    account_of,
    statement_get,
)
from points.accounts.words import source_words, state_badge
from scrm.console.columns import Column, Table, table_make
from scrm.console.elements import Kpi, TimelineEntry
from scrm.console.panels import (
    KpiSource,
    Panel,
    TimelineSource,
    kpi_register,
    panel_register,
    timeline_register,
)
from scrm.console.writing import thousands

_STATEMENT_SHOWN = 20
_LOTS_SHOWN = 20


def _source(row: LotView | StatementEntry) -> str:
    return source_words(row.source_type, row.source_id)


_LOT_COLUMNS = (
    Column(key="source", label=gettext_lazy("来源"), is_primary=True, value=_source),
    Column(key="points", label=gettext_lazy("积分"), kind="number"),
    Column(key="remaining", label=gettext_lazy("剩余"), kind="number"),
    Column(
        key="state",
        label=gettext_lazy("状态"),
        kind="status",
        value=lambda lot: state_badge(lot.state),
    ),
    Column(key="available_at", label=gettext_lazy("生效日"), kind="date"),
    Column(key="last_day", label=gettext_lazy("有效期至"), kind="date"),
)
_ENTRY_COLUMNS = (
    Column(key="at", label=gettext_lazy("时间"), kind="datetime", is_primary=True),
    Column(key="label", label=gettext_lazy("变动")),
    Column(
        key="points", label=gettext_lazy("积分"), kind="number", value=lambda entry: entry.points
    ),
    Column(key="source", label=gettext_lazy("来源"), value=_source),
)


def _account(member_id: int) -> AccountView:
    # The page has the member already: only the figures are wanted.
    return account_of(Member(pk=member_id))


def points_kpis(member_id: int) -> Sequence[Kpi]:
    account = _account(member_id)
    note = _("30天内过期 %(points)s") % {"points": thousands(account.expiring_30d)}
    if account.debt:
        note = _("欠 %(points)s") % {"points": thousands(account.debt)}
    return [
        Kpi(
            label=_("可用积分"), value=thousands(account.available), note=note, href="?tab=points",
            explain=_("现在可以使用的积分；待生效的不算在内"),
        )
    ]  # fmt: skip


def points_tab(member_id: int) -> Mapping[str, object]:
    account = _account(member_id)
    return {
        "account": account,
        "more": max(0, len(account.lots) - _LOTS_SHOWN),
        "figures": [
            (_("可用"), thousands(account.available)),
            (_("待生效"), thousands(account.pending)),
            (_("冻结"), thousands(account.held)),
            (_("欠积分"), thousands(account.debt)),
            (_("30天内过期"), thousands(account.expiring_30d)),
        ],
        "lots": _table(_("积分批次"), _LOT_COLUMNS, account.lots[:_LOTS_SHOWN]),
        "statement": _table(
            _("积分流水"), _ENTRY_COLUMNS, statement_get(member_id, limit=_STATEMENT_SHOWN)
        ),
    }


def _table(caption: str, columns: Sequence[Column], rows: Sequence[object]) -> Table:
    return table_make(caption=caption, columns=columns, rows=rows)


def points_timeline(member_id: int, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    return [
        TimelineEntry(
            at=entry.at,
            title=f"{entry.label} {entry.points:+,}",
            body=_source(entry),
            icon="coin",
            tone="good" if entry.points > 0 else "warn",
            kind="points",
        )
        for entry in statement_get(member_id, before=before, limit=limit)
    ]


kpi_register(KpiSource(key="points", load=points_kpis, permission="points.view", order=40))
panel_register(
    Panel(
        key="points", slot="tab", label=gettext_lazy("积分"), template="points/accounts/_tab.html",
        load=points_tab, permission="points.view", order=40,
    )
)  # fmt: skip
timeline_register(
    TimelineSource(
        key="points",
        label=gettext_lazy("积分"),
        load=points_timeline,
        permission="points.view",
        order=40,
    )
)
