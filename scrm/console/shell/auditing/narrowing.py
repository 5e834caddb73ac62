"""What the audit log can be narrowed by; the same for the list and for its file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from scrm.access.models import ApiKey, Membership
from scrm.console.filters import ChoiceFilter, Filter, ListQuery, RangeFilter
from scrm.console.shell.auditing.words import KINDS
from scrm.events.audit import AUDIT_ACTIONS, AUDIT_OBJECTS
from scrm.events.audit_selectors import audit_list
from scrm.tenants.context import require_tenant_id

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from scrm.events.models import AuditLog

_MOST_KEYS = 50


def _people() -> list[tuple[str, str]]:
    """Who may have acted: the brand's people, and its newest keys."""
    people = Membership.objects.filter(tenant_id=require_tenant_id()).select_related("operator")
    keys = ApiKey.objects.order_by("-id")[:_MOST_KEYS]
    return [
        *sorted(
            ((str(found.operator_id), found.operator.name) for found in people),
            key=lambda pair: pair[1],
        ),
        *((key.public_id, key.name) for key in keys),
    ]


FILTERS: Sequence[Filter] = (
    ChoiceFilter(key="who", label=_("操作者"), choices=_people),
    ChoiceFilter(
        key="action",
        label=_("操作"),
        choices=lambda: sorted(AUDIT_ACTIONS.items(), key=lambda pair: pair[0]),
    ),
    ChoiceFilter(
        key="object",
        label=_("对象"),
        choices=lambda: [(key, found.label) for key, found in sorted(AUDIT_OBJECTS.items())],
    ),
    RangeFilter(key="day", label=_("日期"), is_more=False),
    ChoiceFilter(key="kind", label=_("操作者类型"), choices=list(KINDS.items()), is_more=True),
)


def rows_of(query: ListQuery) -> QuerySet[AuditLog]:
    """The matching rows, in no order."""
    return audit_list(
        object_id=query.search,
        object_types=query.all("object"),
        actors=query.all("who"),
        actions=query.all("action"),
        actor_kinds=query.all("kind"),
        days=query.dates("day"),
    )
