"""Reads of contact codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from communities.acquisition.models import ContactCode, ContactCodeScan
from scrm.core import clock
from scrm.core.errors import NotFound
from scrm.tenants.context import current_tenant
from scrm.wecom.gateway import corps_active
from scrm.wecom.models import Staff


def contact_code_get(public_id: str) -> ContactCode:
    """The code with that public id; NotFound otherwise."""
    code = ContactCode.objects.select_related("corp").filter(public_id=public_id).first()
    if code is None:
        raise NotFound
    return code


def contact_codes_list(*, search: str = "", states: Iterable[str] = ()) -> QuerySet[ContactCode]:
    """Codes of the brand; archived ones only when asked for."""
    rows = ContactCode.objects.select_related("corp")
    wanted = list(states)
    rows = rows.filter(state__in=wanted) if wanted else rows.exclude(state="archived")
    return rows.filter(name__contains=search) if search else rows


def contact_code_of_state(state: str, *, corp_id: str = "") -> ContactCode | None:
    """The code that a customer's `state` names."""
    if not state:
        return None
    rows = ContactCode.objects.filter(state_param=state)
    if corp_id:
        rows = rows.filter(corp__corp_id=corp_id)
    return rows.first()


@dataclass(frozen=True, kw_only=True)
class CodeCount:
    """Customers who came in through a code."""

    total: int = 0
    today: int = 0


def contact_code_counts(codes: Iterable[ContactCode]) -> dict[int, CodeCount]:
    """Per code, all in two queries."""
    ids = [code.pk for code in codes]
    rows = ContactCodeScan.objects.filter(code_id__in=ids)
    zone = current_tenant().timezone
    midnight = clock.local_midnight(clock.local_date(clock.now(), zone), zone)
    total = dict(rows.values_list("code_id").annotate(n=Count("id")).order_by())
    today = dict(
        rows.filter(added_at__gte=midnight)
        .values_list("code_id")
        .annotate(n=Count("id"))
        .order_by()
    )
    return {pk: CodeCount(total=total.get(pk, 0), today=today.get(pk, 0)) for pk in ids}


def staff_choices() -> list[tuple[str, str]]:
    """Members of staff who may have customers, for forms."""
    corps = [corp.pk for corp in corps_active()]
    rows = Staff.objects.filter(corp_id__in=corps, is_contact=True, left_at=None)
    return [(row.userid, row.name or row.userid) for row in rows.order_by("name", "userid")]


__all__ = [
    "CodeCount",
    "contact_code_counts",
    "contact_code_get",
    "contact_code_of_state",
    "contact_codes_list",
    "staff_choices",
]
