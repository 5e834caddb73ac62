"""Consents of some members, copies handed out, and people who were erased, for page 47."""

from __future__ import annotations

from datetime import timedelta

from members.identity.rules import Claim
from members.identity.services import identity_resolve
from members.people.models import Member
from members.people.rules import Profile
from members.privacy.consents import consent_set
from members.privacy.services import erase_ask, export_ask
from scrm.core import clock
from scrm.events.jobs.runner import jobs_run_waiting


def privacy_fill(size: int) -> dict[str, str]:
    """`size` people who said yes and no; one copy made, one person erased, one asked for just now."""
    at = clock.now() - timedelta(days=2)

    def account(name: str) -> Member:
        return identity_resolve(
            claims=[Claim("business_account", name)],
            source="store",
            occurred_at=at,
            profile=Profile(display_name=f"客户 {name}"),
        )

    people = [account(f"private-{n}") for n in range(max(size, 3))]
    for purpose in ("marketing", "profiling"):
        consent_set(
            member_ids=[each.pk for each in people], purpose=purpose, given=True, source="store",
            at=at, text_version="2026-01",
        )  # fmt: skip
    consent_set(member_ids=[people[0].pk], purpose="marketing", given=False, source="operator")
    export_ask(member=people[0].public_id, reason="本人到店申请")
    done = erase_ask(member=people[1].public_id, number=people[1].member_no, reason="本人来电")
    jobs_run_waiting()
    export_ask(member=people[2].public_id, reason="本人来信")
    return {
        "request_id": done.public_id,
        "privacy_member": people[0].public_id,
    }
