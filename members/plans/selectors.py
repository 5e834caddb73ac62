"""Plans, who holds them, and what they bring in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from members.benefits.models import BenefitKind, Place
from members.benefits.rules import KINDS
from members.benefits.selectors import offers_read
from members.benefits.sources import Standing
from members.orders.models import MemberRollup
from members.people.models import GONE
from members.plans.models import PaidMembership, PaidPlan, TermState
from scrm.core import clock
from scrm.core.errors import NotFound
from scrm.core.money import BP

_TIMES = 10_000
RENEWAL_DAYS = 365
SALES_DAYS = 30


def plans_listed(*, is_open: bool | None = None) -> QuerySet[PaidPlan]:
    """Plans, those on sale only if asked."""
    rows = PaidPlan.objects.select_related("segment")
    return rows if is_open is None else rows.filter(closed_at__isnull=is_open)


def plan_get(public_id: str) -> PaidPlan:
    """The plan with that public id; NotFound otherwise."""
    plan = plans_listed().filter(public_id=public_id).first()
    if plan is None:
        raise NotFound
    return plan


def plan_choices() -> list[tuple[str, str]]:
    """Plans for menus, those on sale first."""
    rows = PaidPlan.objects.order_by("closed_at", "name")
    return [(plan.public_id, plan.name) for plan in rows]


def terms_listed(
    *, member: str = "", plans: Collection[str] = (), states: Collection[str] = (), search: str = ""
) -> QuerySet[PaidMembership]:
    """Bought terms of the brand, narrowed; ``search`` is a member number or a reference."""
    rows = PaidMembership.objects.select_related("member", "plan")
    if member:
        rows = rows.filter(member__public_id=member)
    if plans:
        rows = rows.filter(plan__public_id__in=list(plans))
    if states:
        rows = rows.filter(state__in=list(states))
    return rows.filter(Q(member__member_no=search) | Q(reference=search)) if search else rows


def term_get(public_id: str) -> PaidMembership:
    """The term with that public id; NotFound otherwise."""
    term = (
        PaidMembership.objects.select_related("member", "plan").filter(public_id=public_id).first()
    )
    if term is None:
        raise NotFound
    return term


def terms_running(at: datetime | None = None) -> QuerySet[PaidMembership]:
    """Terms that run at the instant."""
    now = at or clock.now()
    return PaidMembership.objects.filter(state=TermState.ACTIVE, from_at__lte=now, until__gt=now)


def plan_standings(member_ids: Collection[int]) -> dict[int, list[Standing]]:
    """The plans of each member now, each with its end."""
    found: dict[int, list[Standing]] = defaultdict(list)
    rows = terms_running().filter(member_id__in=list(member_ids))
    for member_id, plan, until in rows.values_list("member_id", "plan__public_id", "until"):
        found[member_id].append(Standing(plan, until))
    return found


def plan_multipliers(asked: Sequence[tuple[int, datetime]]) -> list[int]:
    """What plans add to the multiplier of points, per member and instant: the best of those held then (N-5)."""
    offered = {
        key: max(
            offer.value - _TIMES for offer in offers if offer.benefit.kind == BenefitKind.MULTIPLIER
        )
        for (_place, key), offers in offers_read(Place.PLAN).items()
        if any(offer.benefit.kind == BenefitKind.MULTIPLIER for offer in offers)
    }
    if not offered:
        return [0] * len(asked)
    held: dict[int, list[tuple[datetime, datetime, int]]] = defaultdict(list)
    rows = PaidMembership.objects.filter(
        member_id__in={member_id for member_id, _at in asked}, plan__public_id__in=list(offered)
    )
    for term in rows.select_related("plan"):
        end = min(term.until, term.refunded_at or term.until)
        held[term.member_id].append((term.from_at, end, offered[term.plan.public_id]))
    return [
        max((added for start, end, added in held[member_id] if start <= at < end), default=0)
        for member_id, at in asked
    ]


def terms_of(
    member_id: int, *, before: datetime | None = None, limit: int = 20
) -> list[PaidMembership]:
    """The member's terms, newest first."""
    rows = PaidMembership.objects.filter(member_id=member_id).select_related("plan")
    if before is not None:
        rows = rows.filter(bought_at__lt=before)
    return list(rows.order_by("-bought_at", "-id")[:limit])


# -- figures of page 14 ------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What plans bring in. Rates are None while nobody could have renewed or bought."""

    members: int
    sold: int
    sold_fen: int
    renewed: int
    refunded: int
    refunded_fen: int
    due: int
    kept: int
    buyers: int
    repeat_buyers: int

    @property
    def renewal_bp(self) -> int | None:
        """Of the terms that ended in the last year, those that were renewed."""
        return self.kept * BP // self.due if self.due else None

    @property
    def repurchase_bp(self) -> int | None:
        """Of the paid members who ever bought, those who bought twice or more (as M-26)."""
        return self.repeat_buyers * BP // self.buyers if self.buyers else None


def figures_read(plan: PaidPlan | None = None) -> Figures:
    """Of one plan or all: who holds it now, sales and refunds of thirty days, renewals of a year."""
    now = clock.now()
    rows = (
        PaidMembership.objects.all() if plan is None else PaidMembership.objects.filter(plan=plan)
    )
    month, year = now - timedelta(days=SALES_DAYS), now - timedelta(days=RENEWAL_DAYS)
    running = terms_running(now).exclude(member__status__in=GONE)
    if plan is not None:
        running = running.filter(plan=plan)
    recent: dict[str, Any] = rows.filter(bought_at__gt=month, bought_at__lte=now).aggregate(
        sold=Count("pk"),
        sold_fen=Sum("price_fen", default=0),
        renewed=Count("pk", filter=Q(renewed_from__isnull=False)),
    )
    given: dict[str, Any] = rows.filter(refunded_at__gt=month, refunded_at__lte=now).aggregate(
        refunded=Count("pk"), refunded_fen=Sum("refunded_fen", default=0)
    )
    later = PaidMembership.objects.filter(renewed_from=OuterRef("pk")).exclude(
        state=TermState.REFUNDED
    )
    ended = rows.filter(until__gt=year, until__lte=now).exclude(state=TermState.REFUNDED)
    kept: dict[str, Any] = ended.annotate(is_kept=Exists(later)).aggregate(
        due=Count("pk"), kept=Count("pk", filter=Q(is_kept=True))
    )
    bought: dict[str, Any] = MemberRollup.objects.filter(
        member_id__in=running.values("member_id"), orders_count__gte=1
    ).aggregate(buyers=Count("pk"), repeat_buyers=Count("pk", filter=Q(orders_count__gte=2)))
    members = running.values("member_id").distinct().count()
    return Figures(members=members, **recent, **given, **kept, **bought)


def members_by_plan() -> dict[int, int]:
    """How many hold each plan now."""
    rows = terms_running().exclude(member__status__in=GONE).values_list("plan_id")
    return dict(rows.annotate(members=Count("member_id", distinct=True)))


def kinds_for_plans() -> frozenset[str]:
    """Kinds of benefits that a plan may bring."""
    return frozenset(kind for kind, known in KINDS.items() if Place.PLAN in known.places)


def names_by_member(member_ids: Sequence[int]) -> dict[int, str]:
    """The plans each member holds now, for lists."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = terms_running().filter(member_id__in=list(member_ids)).order_by("plan__name")
    for member_id, name in rows.values_list("member_id", "plan__name").distinct():
        found[member_id].append(name)
    return {member_id: "、".join(names) for member_id, names in found.items()}
