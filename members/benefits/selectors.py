"""The catalogue, what is offered where, and what members have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from members.benefits.models import Benefit, BenefitGrant, BenefitOffer, Place
from members.benefits.rules import GRANT, Effective, best, is_better, layers_below
from members.benefits.sources import SOURCES, Standing
from members.tiers.selectors import tier_of
from scrm.core import clock
from scrm.core.errors import NotFound


def benefits_listed() -> QuerySet[Benefit]:
    """Every benefit in use."""
    return Benefit.objects.filter(archived_at=None)


def benefits_shown(
    *, text: str = "", kinds: Collection[str] = (), groups: Collection[str] = ()
) -> QuerySet[Benefit]:
    """Benefits in use, narrowed."""
    found = benefits_listed()
    if text:
        found = found.filter(Q(name__icontains=text) | Q(code__icontains=text))
    if kinds:
        found = found.filter(kind__in=list(kinds))
    return found.filter(group__in=list(groups)) if groups else found


def benefit_get(public_id: str) -> Benefit:
    """The benefit in use with that public id; NotFound otherwise."""
    benefit = benefits_listed().filter(public_id=public_id).first()
    if benefit is None:
        raise NotFound
    return benefit


def benefits_by_code() -> dict[str, Benefit]:
    """Benefits in use by their codes."""
    return {benefit.code: benefit for benefit in benefits_listed().order_by("pk")}


def offers_of(benefit_ids: Collection[int]) -> dict[int, list[BenefitOffer]]:
    """Where these benefits are offered."""
    found: dict[int, list[BenefitOffer]] = defaultdict(list)
    rows = BenefitOffer.objects.filter(benefit_id__in=list(benefit_ids))
    for offer in rows.order_by("place", "key"):
        found[offer.benefit_id].append(offer)
    return found


Offers = Mapping[tuple[str, str], Sequence[BenefitOffer]]


def offers_read(place: str = "") -> Offers:
    """What is offered, by place and key, benefits read along."""
    rows = BenefitOffer.objects.select_related("benefit").filter(benefit__archived_at=None)
    if place:
        rows = rows.filter(place=place)
    found: dict[tuple[str, str], list[BenefitOffer]] = defaultdict(list)
    for offer in rows.order_by("benefit__code"):
        found[offer.place, offer.key].append(offer)
    return found


def offers_at(place: str, key: str) -> dict[str, int]:
    """Benefit codes and values offered in one place."""
    rows = BenefitOffer.objects.filter(place=place, key=key, benefit__archived_at=None)
    return dict(rows.values_list("benefit__code", "value"))


def benefits_effective(member_ids: Collection[int]) -> dict[int, tuple[Effective, ...]]:
    """The best of each benefit over tier, plan, layer and grants, now; for many members in few questions."""
    ids = list(member_ids)
    offers = offers_read()
    found: dict[int, list[Effective]] = defaultdict(list)
    for place, source in SOURCES.items():
        for member_id, standings in source(ids).items():
            for standing in standings:
                found[member_id] += _offered(offers, place, standing)
    for grant in grants_live(ids):
        found[grant.member_id].append(
            _effective(
                grant.benefit,
                grant.value,
                source=GRANT,
                until=grant.until,
                grant=grant.public_id,
            )
        )
    return {member_id: best(found[member_id]) for member_id in ids}


def _offered(offers: Offers, place: str, standing: Standing) -> Iterable[Effective]:
    if place != Place.LAYER:
        rows = offers.get((place, standing.key), ())
    else:
        own = int(standing.key)
        rows = [
            offer
            for layer in layers_below(own)
            for offer in offers.get((place, str(layer)), ())
            if layer == own or not offer.benefit.is_exact_layer
        ]
    for offer in rows:
        yield _effective(offer.benefit, offer.value, source=place, until=standing.until)


def _effective(
    benefit: Benefit, value: int, *, source: str, until: datetime | None, grant: str = ""
) -> Effective:
    return Effective(
        code=benefit.code,
        name=benefit.name,
        kind=benefit.kind,
        group=benefit.group,
        value=value,
        source=str(source),
        until=until,
        grant=grant,
    )


def grants_live(member_ids: Collection[int]) -> list[BenefitGrant]:
    """Grants of these members that can be used now."""
    now = clock.now()
    rows = BenefitGrant.objects.filter(
        Q(until=None) | Q(until__gt=now),
        member_id__in=list(member_ids),
        from_at__lte=now,
        used_at=None,
        voided_at=None,
    )
    return list(rows.select_related("benefit").order_by("pk"))


def grants_of(member_id: int) -> QuerySet[BenefitGrant]:
    """Everything ever granted to the member."""
    return BenefitGrant.objects.filter(member_id=member_id).select_related("benefit")


def grant_get(public_id: str) -> BenefitGrant:
    """The grant with that public id; NotFound otherwise."""
    grant = BenefitGrant.objects.select_related("benefit", "member").filter(public_id=public_id)
    found = grant.first()
    if found is None:
        raise NotFound
    return found


def tier_standings(member_ids: Collection[int]) -> dict[int, list[Standing]]:
    """The tier of each member, through grace (N-16)."""
    return {
        member_id: [Standing(now.code, now.grace_until or now.valid_until)]
        for member_id, now in tier_of(member_ids).items()
    }


@dataclass(frozen=True, kw_only=True)
class GainedBenefit:
    """What one tier offers more or better than another; ``before`` is None where it is new."""

    code: str
    name: str
    kind: str
    before: int | None
    after: int


def gained_between(code: str, above: str) -> list[GainedBenefit]:
    """Benefits that the tier above has and this one has not, or not as good (M-09)."""
    rows = offers_read(Place.TIER)
    held = {offer.benefit_id: offer.value for offer in rows.get((Place.TIER, code), ())}
    gained = []
    for offer in rows.get((Place.TIER, above), ()):
        before, kind = held.get(offer.benefit_id), offer.benefit.kind
        if before is None or is_better(kind, offer.value, before):
            gained.append(
                GainedBenefit(
                    code=offer.benefit.code,
                    name=offer.benefit.name,
                    kind=kind,
                    before=before,
                    after=offer.value,
                )
            )
    return gained
