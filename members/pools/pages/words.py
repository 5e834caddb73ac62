"""What the pages of pools share: their tabs, and the members behind a figure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from members.people.models import Member
from scrm.console.elements import Person
from scrm.console.pages import ConsolePage


def tabs(page: ConsolePage, current: str) -> list[tuple[str, str, bool]]:
    """The pages side by side."""
    found = [
        (_("粉丝池"), "pools"),
        (_("初筛"), "pools-screening"),
        (_("移动记录"), "pools-moves"),
    ]
    return [(label, page.url(name), name == current) for label, name in found]


def members_url(page: ConsolePage, **asked: Sequence[str]) -> str:
    """The list of exactly those members; nothing for whoever may not see lists."""
    if not page.may("members.view"):
        return ""
    query = {
        f"f.{key.replace('__', '.')}": f"in:{','.join(values)}" for key, values in asked.items()
    }
    return f"{page.url('members-list')}?{urlencode(query)}"


def person_of(member: Member) -> Person:
    """Name and number."""
    return Person(name=member.display_name or _("未命名会员"), note=member.member_no)
