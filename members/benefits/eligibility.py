"""What is for some members only: an event, a campaign, a plan (M-22). The rule is one of segments."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from members.benefits.errors import NotEligible
from members.people.models import GONE, Member
from members.segments.compiler import rule_filter
from members.segments.rules import rule_parse


def eligible(member_ids: Collection[int], rule: dict[str, object]) -> set[int]:
    """Who of these fulfils the rule now; the same compiler that counts the segment decides."""
    living = Member.objects.exclude(status__in=GONE).filter(pk__in=list(member_ids))
    return set(rule_filter(living, rule_parse(rule)).values_list("pk", flat=True))


def eligible_check(member_id: int, rule: dict[str, object]) -> None:
    """NotEligible unless the member fulfils the rule."""
    if not eligible([member_id], rule):
        raise NotEligible(_("这位会员不在可参加的人群内"))
