"""Benefits on the demo's ladder, the programme that holds, and a paid plan with members."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from members.benefits.services import benefit_create, benefit_grant
from members.layers.services import layers_refresh
from members.orders.models import MemberRollup
from members.people.models import GONE
from members.plans.models import PaidPlan
from members.plans.services import plan_buy, plan_create, plan_refund, plan_renew
from members.programme.models import Programme
from members.programme.rules import LIFE_CYCLE, PARTS, digest
from members.programme.services import programme_approved, programme_save, programme_start
from scrm.core import clock
from scrm.events.actor import acting_as
from scrm.tenants.settings import setting

_CATALOGUE: tuple[tuple[str, str, str, int], ...] = (
    ("free_shipping", "包邮", "free_shipping", 9_900),
    ("coupon", "每月优惠券", "coupon", 1_000),
    ("birthday_pack", "生日礼包", "gift_pack", 9_900),
    ("welcome_pack", "升级礼包", "gift_pack", 6_600),
    ("priority", "优先配送", "priority_delivery", 0),
    ("returns", "无理由退货", "no_reason_return", 7),
    ("care", "专属客服", "service_line", 0),
    ("salon", "线下品鉴会", "event_seat", 1),
    ("double", "双倍积分", "multiplier", 20_000),
)
_BENEFITS: dict[str, dict[str, dict[str, int]]] = {
    "tiers": {
        "base": {"returns": 7},
        "silver": {"returns": 7, "free_shipping": 9_900, "coupon": 1_000},
        "gold": {"returns": 15, "free_shipping": 4_900, "coupon": 2_000, "priority": 0, "salon": 1},
        "black": {
            "returns": 30, "free_shipping": 0, "coupon": 5_000, "priority": 0, "care": 0,
            "birthday_pack": 19_900, "salon": 2,
        },
    },
    "gifts": {"silver": {"coupon": 2_000}, "gold": {"welcome_pack": 6_600},
              "black": {"welcome_pack": 19_900}},
    "layers": {"1": {"coupon": 500}, "3": {"salon": 1}, "4": {"priority": 0, "returns": 15}},
}  # fmt: skip
_HOLDERS = 40
_YEAR = 365


def programme_make() -> None:
    """The catalogue, and the first version of the programme on the ladder that holds."""
    if Programme.objects.exists():
        return
    for code, name, kind, value in _CATALOGUE:
        benefit_create(code=code, name=name, kind=kind, value=value)
    with acting_as("system", label="林晓"):
        draft, _new = programme_start()
        programme_save(
            public_id=draft.public_id,
            goal={"text": "一年内让老客的复购率到一半", "measure": "repurchase", "figure": 50},
            benefits=_BENEFITS,
            life_cycle={key: setting(key) for key in LIFE_CYCLE},
        )
    draft.refresh_from_db()
    parts: dict[str, Any] = {part: getattr(draft, part) for part in PARTS}
    with acting_as("system", label="周亦"):
        programme_approved({"programme": draft.public_id, "digest": digest(parts)})


def plans_make() -> None:
    """A plan of a year and one of a month; buyers of the last year hold, renewed or gave back theirs."""
    if PaidPlan.objects.exists():
        return
    year = plan_create(
        name="悦享年卡", price_fen=19_900, term_months=12, renew_days=30,
        description="全年包邮、双倍积分与生日礼包",
        benefits={"free_shipping": 0, "double": 20_000, "birthday_pack": 9_900},
    )  # fmt: skip
    plan_create(
        name="月度体验卡", price_fen=1_990, term_months=1, benefits={"free_shipping": 4_900}
    )
    buyers = MemberRollup.objects.exclude(member__status__in=GONE).select_related("member")
    now = clock.now()
    for n, row in enumerate(buyers.order_by("-orders_count", "member_id")[:_HOLDERS]):
        at = now - timedelta(days=440 - 10 * n)
        member = row.member.public_id
        term, _new = plan_buy(member=member, plan=year.public_id, reference=f"demo-{n:03d}", at=at)
        if term.until < now:
            if n % 3:  # two of three came back before it ended
                plan_renew(
                    public_id=term.public_id,
                    reference=f"demo-{n:03d}-2",
                    at=term.until - timedelta(days=10),
                )
        elif (term.until - now).days < 30:  # noqa: PLR2004 - the plan's days
            plan_renew(public_id=term.public_id, reference=f"demo-{n:03d}-2")
        elif n == _HOLDERS - 1:
            plan_refund(public_id=term.public_id, reason="与年卡重复购买")
    for row in buyers.order_by("-net_fen", "member_id")[:3]:
        benefit_grant(
            member=row.member.public_id, benefit="birthday_pack",
            source_id=f"CARE-{row.member.member_no}", note="周年回馈",
        )  # fmt: skip
    layers_refresh()
