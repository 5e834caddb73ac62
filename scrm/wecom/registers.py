"""Staff and departments for the data scopes of people (scrm/access/scope.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext as _

from scrm.access.scope import StaffSource, staff_source_register
from scrm.wecom.models import Staff

_NAMED = 3


def _departments() -> list[tuple[str, str]]:
    """Every department somebody works in: `<corp>:<number>`, with some of its people for a name.

    WeCom's directory interface tells numbers; names need a right that most self-built applications lack.
    """
    sizes: Counter[tuple[str, int]] = Counter()
    people: dict[tuple[str, int], list[str]] = {}
    rows = Staff.objects.filter(left_at=None).order_by("pk")
    for corp, name, userid, numbers in rows.values_list(
        "corp__public_id", "name", "userid", "departments"
    ):
        for number in numbers:
            key = (corp, int(number))
            sizes[key] += 1
            people.setdefault(key, []).append(name or userid)
    return [
        (
            f"{corp}:{number}",
            _("部门 %(number)s：%(people)s 等 %(count)s 人")
            % {
                "number": number,
                "people": "、".join(people[corp, number][:_NAMED]),
                "count": size,
            },
        )
        for (corp, number), size in sorted(sizes.items())
    ]


def _staff() -> list[tuple[str, str]]:
    rows = Staff.objects.filter(left_at=None, is_contact=True).order_by("name", "pk")
    return [
        (public_id, name or userid)
        for public_id, name, userid in rows.values_list("public_id", "name", "userid")
    ]


def _resolve(departments: Sequence[str], staff: Sequence[str]) -> frozenset[int]:
    """Who has left still counts: their customers are the department's until they are handed over."""
    wanted = Q(public_id__in=list(staff))
    for key in departments:
        corp, _colon, number = key.partition(":")
        wanted |= Q(corp__public_id=corp, departments__contains=[int(number)])
    return frozenset(Staff.objects.filter(wanted).values_list("pk", flat=True))


staff_source_register(StaffSource(departments=_departments, staff=_staff, resolve=_resolve))
