"""Benefits, a programme in force and a draft, and plans with terms, `size` of each where there are lists."""

from __future__ import annotations

from typing import Any

from members.benefits.services import benefit_create, benefit_grant
from members.people.models import Member
from members.plans.services import plan_buy, plan_create
from members.programme.rules import LIFE_CYCLE, PARTS, digest
from members.programme.services import programme_approved, programme_save, programme_start
from members.tiers.selectors import ladder_get
from scrm.tenants.settings import setting

_MOST = 30


def programme_fill(size: int) -> dict[str, str]:
    """The first member has a grant for every row; every member up to thirty a plan."""
    kinds = ("coupon", "gift_pack", "no_reason_return", "event_seat", "service_line")
    benefits = [
        benefit_create(name=f"权益{n}", kind=kinds[n % 5], value=0 if n % 5 == 4 else n + 1)
        for n in range(min(size, 12))
    ]
    codes = [benefit.code for benefit in benefits]
    values = {benefit.code: benefit.value for benefit in benefits}
    tiers = [rung.code for rung in ladder_get()]
    draft, _new = programme_start()
    programme_save(
        public_id=draft.public_id,
        goal={"text": "让老客回来", "measure": "repurchase", "figure": 50},
        benefits={
            "tiers": {tier: {code: values[code] for code in codes} for tier in tiers},
            "gifts": {tier: {codes[0]: values[codes[0]]} for tier in tiers[1:]},
            "layers": {"4": {codes[0]: values[codes[0]]}},
        },
        life_cycle={key: setting(key) for key in LIFE_CYCLE},
    )
    draft.refresh_from_db()
    parts: dict[str, Any] = {part: getattr(draft, part) for part in PARTS}
    programme_approved({"programme": draft.public_id, "digest": digest(parts)})
    following, _new = programme_start()
    plans = [
        plan_create(
            name=f"年卡{n}",
            price_fen=9_900 + n,
            term_months=12,
            benefits={codes[0]: values[codes[0]]},
        )
        for n in range(min(size, 5))
    ]
    members = list(Member.objects.order_by("pk")[: min(size, _MOST)])
    terms = [
        plan_buy(member=member.public_id, plan=plans[0].public_id, reference=f"pay-{n}")[0]
        for n, member in enumerate(members)
    ]
    grants = [
        benefit_grant(member=members[0].public_id, benefit=codes[0], source_id=f"T-{n}")[0]
        for n in range(size)
    ]
    return {
        "benefit_id": benefits[-1].public_id,
        "plan_id": plans[-1].public_id,
        "term_id": terms[0].public_id,
        "grant_id": grants[0].public_id,
        "programme_id": draft.public_id,
        "programme_draft": following.public_id,
    }
