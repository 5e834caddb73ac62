"""What people of the demo agreed to: most to marketing when they became friends, a few took it back."""

from __future__ import annotations

from datetime import timedelta

from members.people.models import Member
from members.privacy.consents import consent_set
from members.privacy.models import Consent
from scrm.core import clock

_ASKED = 400
_TEXT = "2026-01"


def consents_make() -> None:
    """Make them once; running it again adds nothing."""
    if Consent.objects.exists():
        return
    friends = list(
        Member.objects.filter(is_wecom_friend=True, merged_into=None)
        .order_by("id")
        .values_list("pk", flat=True)[:_ASKED]
    )
    at = clock.now() - timedelta(days=40)
    said = (
        ("marketing", True, friends, at),
        ("profiling", True, friends[::2], at),
        ("profiling", False, friends[1::8], at),
        ("marketing", False, friends[5::40], at + timedelta(days=33)),
    )
    for purpose, is_given, people, when in said:
        consent_set(
            member_ids=people, purpose=purpose, given=is_given, source="wecom", at=when,
            text_version=_TEXT,
        )  # fmt: skip
