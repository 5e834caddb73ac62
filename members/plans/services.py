"""Open and close plans; sell, renew and refund terms of them (M-11)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from members.benefits.eligibility import eligible_check
from members.benefits.models import Place
from members.benefits.services import offers_put
from members.people.models import Member
from members.people.selectors import living_ids, member_get
from members.plans.errors import PlanHeld
from members.plans.models import PaidMembership, PaidPlan, RefundAfter, TermState
from members.plans.rules import (
    MOST_DAYS,
    MOST_MONTHS,
    Sold,
    Term,
    last_day,
    refund_due,
    term_first,
    term_next,
)
from members.plans.selectors import plan_get, term_get
from members.segments.dirty import mark_dirty
from members.segments.selectors import segment_get
from scrm.core import clock
from scrm.core.errors import InvalidTransition, InvalidValue
from scrm.events.audit import record
from scrm.events.bus import publish
from scrm.tenants.context import current_tenant

_MOST_FEN = 10**11
_CHUNK = 500
DIRTY = "plan"


# -- plans -------------------------------------------------------------------------------------------


@transaction.atomic
def plan_create(*, benefits: Mapping[str, int] | None = None, **told: Any) -> PaidPlan:
    """A new plan on sale: name, price_fen, term_months, and what `plan_update` takes."""
    plan = PaidPlan()
    _fill(plan, told)
    _saved(plan)
    offers_put(Place.PLAN, {plan.public_id: benefits or {}})
    record("plans.created", object_type="paid_plan", object_id=plan.public_id, after=_seen(plan))
    return plan


@transaction.atomic
def plan_update(
    *, public_id: str, benefits: Mapping[str, int] | None = None, **changes: Any
) -> PaidPlan:
    """Change what is given: for later purchases; benefits change for whoever holds the plan."""
    plan = _plan_locked(public_id)
    before = _seen(plan)
    _fill(plan, changes)
    _saved(plan)
    if benefits is not None:
        offers_put(Place.PLAN, {plan.public_id: benefits})
    record(
        "plans.updated",
        object_type="paid_plan",
        object_id=plan.public_id,
        before=before,
        after=_seen(plan),
    )
    return plan


@transaction.atomic
def plan_close(*, public_id: str, is_closed: bool = True) -> PaidPlan:
    """Take a plan off sale, or put it back; terms that were bought run on."""
    plan = _plan_locked(public_id)
    if (plan.closed_at is not None) == is_closed:
        return plan
    plan.closed_at = clock.now() if is_closed else None
    _saved(plan)
    action = "plans.closed" if is_closed else "plans.opened"
    record(action, object_type="paid_plan", object_id=plan.public_id)
    return plan


def _plan_locked(public_id: str) -> PaidPlan:
    return PaidPlan.objects.select_for_update(of=("self",)).get(pk=plan_get(public_id).pk)


def _seen(plan: PaidPlan) -> dict[str, Any]:
    return {"name": plan.name, "price_fen": plan.price_fen, "term_months": plan.term_months}


_BOUNDS = {
    "price_fen": (0, _MOST_FEN),
    "term_months": (1, MOST_MONTHS),
    "renew_days": (0, MOST_DAYS),
    "refund_days": (0, MOST_DAYS),
}


def _fill(plan: PaidPlan, told: Mapping[str, Any]) -> None:
    for key, (low, high) in _BOUNDS.items():
        if key in told:
            if not low <= told[key] <= high:
                raise InvalidValue(
                    _("请填写 %(low)s 到 %(high)s 之间的数") % {"low": low, "high": high},
                    pointer=f"/{key}",
                )
            setattr(plan, key, told[key])
    if "name" in told:
        plan.name = told["name"].strip()
    if not 0 < len(plan.name) <= 40:  # noqa: PLR2004 - the column's length
        raise InvalidValue(_("名称为 1 到 %(count)s 个字") % {"count": 40}, pointer="/name")
    if "description" in told:
        plan.description = told["description"].strip()[:200]
    if "refund_after" in told:
        if told["refund_after"] not in RefundAfter.values:
            raise InvalidValue(_("没有这种退款方式"), pointer="/refund_after")
        plan.refund_after = told["refund_after"]
    if "segment" in told:
        plan.segment = segment_get(told["segment"]) if told["segment"] else None


def _saved(plan: PaidPlan) -> None:
    try:
        with transaction.atomic():
            plan.save()
    except IntegrityError as error:
        if "paid_plan_name" not in str(error):
            raise
        raise InvalidValue(_("已有同名的付费会员在售"), pointer="/name") from error


# -- terms -------------------------------------------------------------------------------------------


@transaction.atomic
def plan_buy(
    *,
    member: str,
    plan: str,
    reference: str,
    at: datetime | None = None,
    price_fen: int | None = None,
) -> tuple[PaidMembership, bool]:
    """Sell a first term that begins at once; and whether it is new: the same reference buys once.

    PlanHeld while a term of the plan runs; NotEligible for whom the plan is not meant.
    """
    person, sold = member_get(member), plan_get(plan)
    key = _person_locked(person.pk)
    known = _known(reference, member_id=key, plan=sold)
    if known is not None:
        return known, False
    when = _when(at)
    if sold.closed_at is not None:
        raise InvalidTransition(_("这个付费会员已停售"))
    if sold.segment is not None:
        eligible_check(key, sold.segment.rule)
    term = term_first(when, sold.term_months, current_tenant().timezone)
    held = PaidMembership.objects.filter(
        member_id=key, plan=sold, state__in=(TermState.ACTIVE, TermState.EXPIRED)
    )
    if held.filter(from_at__lt=term.until, until__gt=term.from_at).exists():
        raise PlanHeld(_("这位会员已持有这个付费会员，请续费"))
    row = _term_add(
        term, member_id=key, plan=sold, reference=reference, at=when, price_fen=price_fen
    )
    _told("bought", row)
    return row, True


@transaction.atomic
def plan_renew(
    *, public_id: str, reference: str, at: datetime | None = None, price_fen: int | None = None
) -> tuple[PaidMembership, bool]:
    """Sell the next term, from the end of the last; and whether it is new."""
    asked = term_get(public_id)
    key = _person_locked(asked.member_id)
    known = _known(reference, member_id=key, plan=asked.plan)
    if known is not None:
        return known, False
    term = _term_locked(asked)
    when, zone = _when(at), current_tenant().timezone
    if term.plan.closed_at is not None:
        raise InvalidTransition(_("这个付费会员已停售"))
    if term.state == TermState.REFUNDED or term.until <= when:
        raise InvalidTransition(_("已经到期或退款，请重新购买"), current=str(term.state))
    if _later(term).exists():
        raise InvalidTransition(_("之后已有续费，请从最后一期续费"))
    days = (last_day(term.until, zone) - clock.local_date(when, zone)).days
    if term.plan.renew_days and days > term.plan.renew_days:
        raise InvalidTransition(_("到期前 %(days)s 天起可以续费") % {"days": term.plan.renew_days})
    following = term_next(
        term.until, anchor=term.anchor, months=term.months, added=term.plan.term_months, zone=zone
    )
    row = _term_add(
        following,
        member_id=term.member_id,
        plan=term.plan,
        reference=reference,
        at=when,
        price_fen=price_fen,
        renewed_from=term,
    )
    _told("renewed", row)
    return row, True


@transaction.atomic
def plan_refund(*, public_id: str, reason: str, at: datetime | None = None) -> PaidMembership:
    """End a term and give back what its plan says. The last of several first; the tier stays (EC-41)."""
    asked = term_get(public_id)
    _person_locked(asked.member_id)
    term = _term_locked(asked)
    if term.state == TermState.REFUNDED:
        return term
    when = _when(at)
    due = refund_quote(term, at=when)
    term.state, term.refunded_at, term.refunded_fen = TermState.REFUNDED, when, due
    term.refund_reason = reason.strip()[:200]
    term.save()
    _told("refunded", term)
    return term


def refund_quote(term: PaidMembership, *, at: datetime | None = None) -> int:
    """Fen a refund would give back now; InvalidTransition when there is none."""
    when = at or clock.now()
    if term.state != TermState.ACTIVE or term.until <= when:
        raise InvalidTransition(_("已经到期或退款"), current=str(term.state))
    if _later(term).exists():
        raise InvalidTransition(_("之后还有续费，请先退最后一期"))
    due = refund_due(
        Sold(
            price_fen=term.price_fen,
            bought_at=term.bought_at,
            from_at=term.from_at,
            until=term.until,
            refund_days=term.plan.refund_days,
            is_pro_rata=term.plan.refund_after == RefundAfter.PRO_RATA,
        ),
        when,
        current_tenant().timezone,
    )
    if due is None:
        raise InvalidTransition(_("已过退款期限"))
    return due


def _later(term: PaidMembership) -> Any:
    rows = PaidMembership.objects.filter(
        member_id=term.member_id, plan_id=term.plan_id, from_at__gte=term.until
    )
    return rows.exclude(state=TermState.REFUNDED)


def _person_locked(member_id: int) -> int:
    """The living member, locked against another purchase at the same time and against a merge."""
    key = living_ids([member_id], lock=True)[member_id]
    Member.objects.select_for_update(of=("self",), no_key=True).get(pk=key)
    return key


def _term_locked(term: PaidMembership) -> PaidMembership:
    rows = PaidMembership.objects.select_for_update(of=("self",))
    return rows.select_related("member", "plan").get(pk=term.pk)


def _known(reference: str, *, member_id: int, plan: PaidPlan) -> PaidMembership | None:
    if not reference.strip():
        raise InvalidValue(_("请填写单据号"), pointer="/reference")
    rows = PaidMembership.objects.select_related("member", "plan")
    found = rows.filter(reference=reference.strip()[:80]).first()
    if found is not None and (found.member_id, found.plan_id) != (member_id, plan.pk):
        raise InvalidValue(_("这个单据号已用于别的购买"), pointer="/reference")
    return found


def _when(at: datetime | None) -> datetime:
    now = clock.now()
    if at is not None and at > now:
        raise InvalidValue(_("不能是将来的时间"), pointer="/occurred_at")
    return at or now


def _term_add(
    term: Term,
    *,
    member_id: int,
    plan: PaidPlan,
    reference: str,
    at: datetime,
    price_fen: int | None,
    renewed_from: PaidMembership | None = None,
) -> PaidMembership:
    price = plan.price_fen if price_fen is None else price_fen
    if not 0 <= price <= _MOST_FEN:
        raise InvalidValue(_("金额不对"), pointer="/price")
    is_over = term.until <= clock.now()
    return PaidMembership.objects.create(
        member_id=member_id,
        plan=plan,
        reference=reference.strip()[:80],
        price_fen=price,
        bought_at=at,
        from_at=term.from_at,
        until=term.until,
        anchor=term.anchor,
        months=term.months,
        renewed_from=renewed_from,
        state=TermState.EXPIRED if is_over else TermState.ACTIVE,
    )


def _told(change: str, term: PaidMembership) -> None:
    record(
        f"plans.{change}",
        object_type="member",
        object_id=term.member.public_id,
        after={
            "plan": term.plan.name,
            "membership": term.public_id,
            "price_fen": term.price_fen,
            **({"refunded_fen": term.refunded_fen} if change == "refunded" else {}),
        },
    )
    changed_tell([term.member_id], change)


def changed_tell(member_ids: Collection[int], change: str) -> None:
    """Say that members hold other plans than before."""
    mark_dirty(member_ids, DIRTY)
    publish("plan.changed", payload={"member_ids": sorted(member_ids), "change": change})


def plans_expire(_as_of: date) -> dict[str, int]:
    """Nightly: terms that ended are over. Benefits ended with the term itself; the tier stays (EC-41)."""
    count = 0
    while True:
        with transaction.atomic():
            due = list(
                PaidMembership.objects.select_for_update(of=("self",), skip_locked=True)
                .filter(state=TermState.ACTIVE, until__lte=clock.now())
                .order_by("until", "pk")[:_CHUNK]
            )
            if not due:
                return {"terms": count}
            rows = PaidMembership.objects.filter(pk__in=[term.pk for term in due])
            rows.update(state=TermState.EXPIRED)
            changed_tell({term.member_id for term in due}, "expired")
            count += len(due)
