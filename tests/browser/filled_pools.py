"""Pools of a filled brand: core actions, deeds, moves, newcomers to screen, and codes."""

from __future__ import annotations

from datetime import timedelta

from members.activity.rules import ActivityFact
from members.activity.services import activity_take
from members.identity.rules import Claim
from members.lifecycle.services import pulses_make
from members.people.models import Member
from members.pools.models import Screening
from members.pools.screening import screenings_decide, screenings_open
from members.pools.services import pools_move
from members.sources.rules import Wanted
from members.sources.services import scan_codes_make
from scrm.core import clock
from scrm.tenants.context import require_tenant_id
from scrm.tenants.services import tenant_settings_update


def pools_fill(size: int) -> dict[str, str]:
    """`size` deeds of the first member, `size` moves, screenings and codes."""
    tenant_settings_update(
        tenant_id=require_tenant_id(), values={"pool.core_actions": "order.paid; comment*3"}
    )
    now = clock.now()
    claim = Claim("registration", "lively")
    activity_take(
        [
            ActivityFact(
                event_id=f"deed-{n}",
                name=("visit", "comment", "ugc_published", "unheard_of")[n % 4],
                claims=(claim,),
                occurred_at=now - timedelta(hours=n + 1),
                seconds=30 * (n % 4 == 0),
            )
            for n in range(size)
        ]
    )
    pulses_make()
    people = list(Member.objects.filter(merged_into=None).order_by("pk")[:size])
    for number, who in enumerate(people):
        pools_move([who.pk], to=("territory", "core")[number % 2], reason="老客户推荐的热心用户")
    screenings_open([who.pk for who in people])
    rows = list(Screening.objects.order_by("pk"))
    screenings_decide([row.pk for row in rows[2:][::2]], verdict="hold", note="资料不全")
    codes = scan_codes_make(
        [
            Wanted(
                kind="parcel_card",
                name=f"包裹卡{n}",
                order_channel="tmall",
                order_number=f"scan-{n}",
            )
            for n in range(size)
        ]
    )
    return {
        "screening_id": rows[0].public_id,
        "verdict": "pass",
        "scan_code_id": codes[0].public_id,
    }
