"""The member list: search routed by what was typed, filters as a rule, figures beside each row."""

from __future__ import annotations

import re

from django.db.models import F, QuerySet

from members.identity.rules import Claim
from members.identity.selectors import member_find, member_find_by_value
from members.people.models import Member
from members.people.rules import name_grams
from members.people.selectors import members_listed
from members.segments.compiler import rule_filter
from members.segments.rules import Group

_TAIL = re.compile(r"\d{4}")
_PHONE = re.compile(r"(?:\+?86)?[\s-]?1\d{2}[\s-]?\d{4}[\s-]?\d{4}")
_NUMBER = re.compile(r"\d{5,12}")
_OPAQUE = re.compile(r"[A-Za-z0-9_\-]{16,128}")


def members_searched(*, text: str, rule: Group) -> QuerySet[Member]:
    """Members by rule and search box, with `orders_count`, `net_fen` and `last_paid_date` on each."""
    found = members_listed().filter(rollup__isnull=False)  # an inner join: its indexes may lead
    if text:
        found = _routed(found, text)
    return rule_filter(found, rule).annotate(
        orders_count=F("rollup__orders_count"),
        net_fen=F("rollup__net_fen"),
        last_paid_date=F("rollup__last_paid_date"),
    )


def _routed(found: QuerySet[Member], text: str) -> QuerySet[Member]:
    """One indexed question per kind of text: nobody pays for an OR over everything."""
    if _TAIL.fullmatch(text):
        return found.filter(phone_tail=text)
    if _PHONE.fullmatch(text):
        return _only(found, member_find(Claim("phone", text)))
    if _NUMBER.fullmatch(text):
        return found.filter(member_no__startswith=text)
    if text.startswith("mem_"):
        return found.filter(public_id=text)
    if _OPAQUE.fullmatch(text):
        return _only(found, member_find_by_value(text))
    return _named(found, text)


def _only(found: QuerySet[Member], member: Member | None) -> QuerySet[Member]:
    return found.none() if member is None else found.filter(pk=member.pk)


def _named(found: QuerySet[Member], text: str) -> QuerySet[Member]:
    letters = "".join(text.lower().split())
    if not letters:
        return found
    grams = [gram for gram in name_grams(letters) if len(gram) > 1] or [letters]
    found = found.filter(name_grams__contains=grams)
    # Pairs may stand apart in a long name; the name itself decides.
    return found if len(letters) <= 2 else found.filter(display_name__icontains=text.strip())  # noqa: PLR2004


def hits_of(text: str, *, limit: int = 5) -> list[Member]:
    """A handful of members for the search palette."""
    return list(_routed(members_listed(), text.strip()).order_by("-registered_at", "-pk")[:limit])
