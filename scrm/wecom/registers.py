"""Staff and departments for the data scopes of people and keys (scrm/access/scope.py)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _

from scrm.access.scope import StaffSource, staff_source_register
from scrm.wecom.contacts.tree import Tree
from scrm.wecom.models import Department, Staff

_NAMED = 3


def _departments() -> list[tuple[str, str]]:
    """Every department of the bound corps as `<corp>:<number>`, the tree's order, with the size of all below."""
    trees, people = _trees(), _people()
    found: list[tuple[str, str]] = []
    for corp in sorted(trees.keys() | people.keys()):
        tree, here = trees.get(corp, Tree(names={}, parents={})), people.get(corp, {})
        inside: dict[int, set[str]] = defaultdict(set)
        for number, names in here.items():
            for over in {number, *tree.above(number)}:
                inside[over] |= set(names)
        for number in sorted(tree.names, key=tree.steps):
            words = {"name": tree.path(number), "count": len(inside[number])}
            found.append((f"{corp}:{number}", _("%(name)s（%(count)s 人）") % words))
        found += [
            (f"{corp}:{number}", _unnamed(number, list(here[number].values())))
            for number in sorted(here.keys() - tree.names.keys())
        ]
    return found


def _unnamed(number: int, people: Sequence[str]) -> str:
    """WeCom shows some applications no departments: some of its people stand for a name."""
    words = {"number": number, "people": _("、").join(people[:_NAMED]), "count": len(people)}
    return _("部门 %(number)s：%(people)s 等 %(count)s 人") % words


def _trees() -> dict[str, Tree]:
    """The departments of each corp that still exist."""
    names: dict[str, dict[int, str]] = defaultdict(dict)
    parents: dict[str, dict[int, int]] = defaultdict(dict)
    rows = Department.objects.filter(gone_at=None)
    for corp, number, name, parent in rows.values_list(
        "corp__public_id", "number", "name", "parent"
    ):
        names[corp][number] = name or _number_words(number)
        parents[corp][number] = parent
    return {corp: Tree(names=names[corp], parents=parents[corp]) for corp in names}


def _people() -> dict[str, dict[int, dict[str, str]]]:
    """Corp, department, and who works there: userid and name."""
    found: dict[str, dict[int, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    rows = Staff.objects.filter(left_at=None).order_by("pk")
    for corp, name, userid, numbers in rows.values_list(
        "corp__public_id", "name", "userid", "departments"
    ):
        for number in numbers:
            found[corp][int(number)][userid] = name or userid
    return found


def _staff() -> list[tuple[str, str]]:
    """Who may have customers, with the departments they work in."""
    rows = Staff.objects.filter(left_at=None, is_contact=True).order_by("name", "pk")
    trees, found = _trees(), []
    for key, name, userid, corp, numbers in rows.values_list(
        "public_id", "name", "userid", "corp__public_id", "departments"
    ):
        known = trees[corp].names if corp in trees else {}
        where = _("、").join(known[number] for number in numbers if number in known)
        said = {"name": name or userid, "where": where}
        found.append((key, _("%(name)s（%(where)s）") % said if where else name or userid))
    return found


def _names(departments: Sequence[str], staff: Sequence[str]) -> Mapping[str, str]:
    """What they are called; those who are no longer there too."""
    found: dict[str, str] = {}
    wanted = _numbers(departments)
    if wanted:
        numbers = {number for several in wanted.values() for number in several}
        rows = Department.objects.filter(corp__public_id__in=wanted, number__in=numbers)
        told = rows.values_list("corp__public_id", "number", "name", "gone_at")
        known = {f"{corp}:{number}": (name, gone) for corp, number, name, gone in told}
        for key in departments:
            name, gone = known.get(key, ("", None))
            name = name or _number_words(key.rpartition(":")[2])
            found[key] = _("%(name)s（已删除）") % {"name": name} if gone else name
    if staff:
        people = Staff.objects.filter(public_id__in=list(staff))
        for key, name, userid, left in people.values_list("public_id", "name", "userid", "left_at"):
            said = name or userid
            found[key] = _("%(name)s（已离职）") % {"name": said} if left else said
    return found


def _number_words(number: object) -> str:
    return _("部门 %(number)s") % {"number": number}


def _numbers(departments: Iterable[str]) -> dict[str, set[int]]:
    """The numbers named of each corp; what is no key names nothing."""
    found: dict[str, set[int]] = {}
    for key in departments:
        corp, _colon, number = key.rpartition(":")
        if number.isdecimal():
            found.setdefault(corp, set()).add(int(number))
    return found


def _resolve(departments: Sequence[str], staff: Sequence[str]) -> frozenset[int]:
    """Who is named, and who works in a named department or below it.

    Who has left still counts: their customers are the department's until they are handed over.
    """
    found = set(Staff.objects.filter(public_id__in=list(staff)).values_list("pk", flat=True))
    wanted = _numbers(departments)
    if wanted:
        trees, nothing = _trees(), Tree(names={}, parents={})
        inside = {corp: trees.get(corp, nothing).below(numbers) for corp, numbers in wanted.items()}
        rows = Staff.objects.filter(corp__public_id__in=wanted)
        found |= {
            pk
            for pk, corp, numbers in rows.values_list("pk", "corp__public_id", "departments")
            if not inside[corp].isdisjoint(numbers)
        }
    return frozenset(found)


staff_source_register(
    StaffSource(departments=_departments, staff=_staff, names=_names, resolve=_resolve)
)
