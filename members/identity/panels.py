"""What a member's page shows of identifiers."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from members.identity.models import Identity
from members.identity.selectors import conflicts_of, identities_of
from members.people.sources import source_label
from scrm.console.columns import Column, table_make
from scrm.console.panels import Panel, panel_register

_COLUMNS = (
    Column(key="type", label=_("类型"), value=Identity.get_type_display, is_primary=True),
    Column(key="value", label=_("标识"), value=lambda row: row.value or "••••••"),
    Column(key="scope", label=_("归属"), value="scope"),
    Column(key="source", label=_("来源"), value=lambda row: source_label(row.source)),
    Column(key="seen_at", label=_("首次出现"), kind="datetime"),
)


def _tab(member_id: int) -> Mapping[str, object]:
    return {
        "table": table_make(
            caption=str(_("身份标识")), columns=_COLUMNS, rows=identities_of(member_id)
        ),
        "conflicts": conflicts_of(member_id),
    }


panel_register(
    Panel(
        key="identity",
        slot="tab",
        label=_("身份"),
        template="members/identity/_tab.html",
        load=_tab,
        permission="members.view",
        order=90,
    )
)
