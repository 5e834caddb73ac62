"""Points in the member list."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.people.columns import MemberColumn, column_register
from points.accounts.selectors import balances_by_member

column_register(
    MemberColumn(
        key="points",
        label=_("可用积分"),
        kind="number",
        order=50,
        fetch=balances_by_member,
        permission="points.view",
    )
)
