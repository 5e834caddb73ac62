"""Look up scan codes and whom they brought."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.db.models import Count, Q, QuerySet

from members.people.models import GONE, SourceTouch
from members.sources.models import ScanCode
from members.sources.rules import token_of
from scrm.core.errors import NotFound


def scan_code_get(public_id: str) -> ScanCode:
    """The code with that public id; NotFound otherwise."""
    found = ScanCode.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def scan_code_of(state: str) -> ScanCode | None:
    """The code behind a WeCom state or a scene, put away or not: printed codes live on."""
    token = token_of(state)
    return ScanCode.objects.filter(token=token).first() if token else None


def scan_codes_listed(
    *, kinds: Collection[str] = (), search: str = "", is_archived: bool | None = False
) -> QuerySet[ScanCode]:
    """Codes of the brand; by kind, by name or order number; put away ones only when asked for."""
    found = ScanCode.objects.all()
    if kinds:
        found = found.filter(kind__in=list(kinds))
    if is_archived is not None:
        found = found.filter(archived_at__isnull=not is_archived)
    if search:
        found = found.filter(Q(name__contains=search) | Q(order_number=search))
    return found


def arrivals_counted(codes: Sequence[ScanCode]) -> Mapping[str, int]:
    """How many members came by each code, by its token."""
    rows = (
        SourceTouch.objects.filter(state__in=[code.token for code in codes])
        .exclude(member__status__in=GONE)
        .values_list("state")
        .annotate(n=Count("member_id", distinct=True))
        .order_by()
    )
    return dict(rows)


def source_of_scan(state: str) -> str:
    """The channel a state stands for; empty if it is none of ours."""
    code = scan_code_of(state)
    return code.channel if code is not None else ""


def campaign_of_scan(state: str) -> str:
    """What the brand calls it: the code's name, with the number of the order in whose parcel it lay."""
    code = scan_code_of(state)
    if code is None:
        return ""
    return f"{code.name} {code.order_number}".strip()[:60]
