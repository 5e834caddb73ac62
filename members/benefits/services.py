"""Keep the catalogue and what is offered where; grant, use and void benefits of single members."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from members.benefits.errors import BenefitInUse
from members.benefits.models import Benefit, BenefitGrant, BenefitGroup, BenefitOffer, Place
from members.benefits.rules import GRANT, KINDS
from members.benefits.selectors import benefit_get, benefits_by_code, grant_get, offers_read
from members.people.selectors import living_ids, member_get
from members.tiers.gifts import GiftDue
from members.tiers.services import gift_use
from scrm.core import clock
from scrm.core.errors import InvalidTransition, InvalidValue
from scrm.events.audit import record
from scrm.events.bus import publish

TIER_GIFT, HAND = "tier_gift", "hand"
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOST = 10**12
_LEAST_TIMES, _MOST_TIMES = 10_000, 1_000_000


def value_checked(kind: str, value: int, pointer: str = "/value") -> int:
    """The value if a benefit of the kind may have it; InvalidValue otherwise."""
    unit = KINDS[kind].unit
    low = {"times": _LEAST_TIMES + 1, "days": 1, "seats": 1}.get(unit, 0)
    high = {"none": 0, "times": _MOST_TIMES}.get(unit, _MOST)
    if not low <= value <= high:
        raise InvalidValue(_("这个数值不适合这类权益"), pointer=pointer)
    return value


# -- the catalogue -----------------------------------------------------------------------------------


@transaction.atomic
def benefit_create(
    *,
    name: str,
    kind: str,
    value: int = 0,
    code: str = "",
    group: str = "",
    description: str = "",
    is_exact_layer: bool = False,
) -> Benefit:
    """A new entry; without a code it gets one, without a group that of its kind."""
    if kind not in KINDS:
        raise InvalidValue(_("没有这类权益"), pointer="/kind")
    if code and not _CODE.fullmatch(code):
        raise InvalidValue(_("代码由小写字母、数字和下划线组成，以字母开头"), pointer="/code")
    benefit = Benefit(
        code=code or _code_free(kind),
        kind=kind,
        group=_group(group or KINDS[kind].group),
        name=_name(name),
        value=value_checked(kind, value),
        description=description.strip()[:200],
        is_exact_layer=is_exact_layer,
    )
    try:
        with transaction.atomic():
            benefit.save()
    except IntegrityError as error:
        if "benefit_code" not in str(error):
            raise
        raise InvalidValue(_("这个代码已经用过"), pointer="/code") from error
    _told("benefits.created", benefit)
    return benefit


def _code_free(kind: str) -> str:
    taken = set(Benefit.objects.filter(kind=kind).values_list("code", flat=True))
    if kind not in taken:
        return kind
    return next(code for n in range(2, 10_000) if (code := f"{kind}_{n}") not in taken)


def _name(told: str) -> str:
    name = told.strip()
    if not 0 < len(name) <= 40:  # noqa: PLR2004 - the column's length
        raise InvalidValue(_("名称为 1 到 %(count)s 个字") % {"count": 40}, pointer="/name")
    return name


def _group(told: str) -> str:
    if told not in BenefitGroup.values:
        raise InvalidValue(_("没有这个分组"), pointer="/group")
    return told


def _told(action: str, benefit: Benefit, before: dict[str, Any] | None = None) -> None:
    record(
        action,
        object_type="benefit",
        object_id=benefit.public_id,
        before=before,
        after={"code": benefit.code, "name": benefit.name, "value": benefit.value},
    )


@transaction.atomic
def benefit_update(*, public_id: str, **changes: Any) -> Benefit:
    """Change what is given. Kind and code stay; what is offered already keeps its value."""
    benefit = _locked(public_id)
    before = {"name": benefit.name, "value": benefit.value}
    if "name" in changes:
        benefit.name = _name(changes["name"])
    if "group" in changes:
        benefit.group = _group(changes["group"])
    if "value" in changes:
        benefit.value = value_checked(benefit.kind, changes["value"])
    if "description" in changes:
        benefit.description = changes["description"].strip()[:200]
    benefit.is_exact_layer = changes.get("is_exact_layer", benefit.is_exact_layer)
    benefit.save()
    _told("benefits.updated", benefit, before)
    return benefit


def _locked(public_id: str) -> Benefit:
    return Benefit.objects.select_for_update(of=("self",)).get(pk=benefit_get(public_id).pk)


@transaction.atomic
def benefit_archive(*, public_id: str) -> Benefit:
    """Take it out of the catalogue; BenefitInUse while it is offered. Grants of it stay good."""
    benefit = _locked(public_id)
    offered = BenefitOffer.objects.filter(benefit=benefit).count()
    if offered:
        raise BenefitInUse(_("还有等级、付费会员或渠道层级在提供这项权益"), offers=offered)
    benefit.archived_at = clock.now()
    benefit.save(update_fields=["archived_at", "updated_at"])
    _told("benefits.archived", benefit)
    return benefit


@transaction.atomic
def offers_put(place: str, wanted: Mapping[str, Mapping[str, int]]) -> bool:
    """Let exactly these be offered in a place: benefit code to value, per key. Whether anything changed.

    Keys that are not named keep what they offer.
    """
    known = benefits_by_code()
    stands = offers_read(place)
    now, changed = clock.now(), False
    for key, values in wanted.items():
        have = {offer.benefit.code: offer for offer in stands.get((place, key), ())}
        for code, value in values.items():
            benefit = known.get(code)
            if benefit is None or place not in KINDS[benefit.kind].places:
                raise InvalidValue(
                    _("这里不能提供权益 %(code)s") % {"code": code}, pointer=f"/{key}/{code}"
                )
            value_checked(benefit.kind, value, pointer=f"/{key}/{code}")
            offer = have.pop(code, None)
            if offer is not None and offer.value == value:
                continue
            changed = True
            if offer is None:
                offer = BenefitOffer(benefit=benefit, place=place, key=key, since=now)
            offer.value = value
            offer.save()
        gone = [offer.pk for offer in have.values()]
        changed = changed or bool(gone)
        BenefitOffer.objects.filter(pk__in=gone).delete()
    return changed


# -- grants ------------------------------------------------------------------------------------------


@transaction.atomic
def benefit_grant(
    *,
    member: str,
    benefit: str,
    source_type: str = HAND,
    source_id: str,
    value: int | None = None,
    from_at: datetime | None = None,
    until: datetime | None = None,
    note: str = "",
) -> tuple[BenefitGrant, bool]:
    """Give one member a benefit to use once; and whether it is new. The same source grants once."""
    person = member_get(member)
    key = living_ids([person.pk], lock=True)[person.pk]
    given = benefits_by_code().get(benefit)
    if given is None or GRANT not in KINDS[given.kind].places:
        raise InvalidValue(_("这项权益不能单独发放"), pointer="/benefit")
    start = from_at or clock.now()
    if until is not None and until <= start:
        raise InvalidValue(_("结束时间要晚于开始时间"), pointer="/until")
    if not source_id.strip():
        raise InvalidValue(_("请填写单据号"), pointer="/reference")
    grant, is_new = BenefitGrant.objects.get_or_create(
        member_id=key,
        benefit=given,
        source_type=source_type,
        source_id=source_id.strip()[:80],
        defaults={
            "value": value_checked(given.kind, given.value if value is None else value),
            "from_at": start,
            "until": until,
            "note": note.strip()[:200],
        },
    )
    if is_new:
        record(
            "benefits.granted",
            object_type="member",
            object_id=person.public_id,
            after={"benefit": given.code, "grant": grant.public_id},
        )
        _changed([key])
    return grant, is_new


@transaction.atomic
def grant_use(*, public_id: str) -> BenefitGrant:
    """The member took it up; once used nobody takes it back. Using it again changes nothing."""
    grant = grant_get(public_id)
    if grant.source_type == TIER_GIFT:
        gift_use(key=int(grant.source_id))  # locked before the grant, as a settlement of tiers does
    grant = _grant_locked(grant)
    if grant.used_at is not None:
        return grant
    now = clock.now()
    if grant.voided_at is not None:
        raise InvalidTransition(_("这项权益已作废"))
    if not grant.from_at <= now or (grant.until is not None and now >= grant.until):
        raise InvalidTransition(_("这项权益不在有效期内"))
    grant.used_at = now
    grant.save(update_fields=["used_at", "updated_at"])
    _grant_told("benefits.used", grant)
    return grant


@transaction.atomic
def grant_void(*, public_id: str, reason: str) -> BenefitGrant:
    """Take an unused grant back by hand."""
    grant = _grant_locked(grant_get(public_id))
    if grant.used_at is not None:
        raise InvalidTransition(_("这项权益已经使用"))
    if grant.voided_at is None:
        grant.voided_at = clock.now()
        grant.save(update_fields=["voided_at", "updated_at"])
        _grant_told("benefits.voided", grant, reason=reason.strip()[:200])
    return grant


def _grant_locked(grant: BenefitGrant) -> BenefitGrant:
    rows = BenefitGrant.objects.select_for_update(of=("self",))
    return rows.select_related("benefit", "member").get(pk=grant.pk)


def _grant_told(action: str, grant: BenefitGrant, **more: str) -> None:
    record(
        action,
        object_type="member",
        object_id=grant.member.public_id,
        after={"benefit": grant.benefit.code, "grant": grant.public_id, **more},
    )
    _changed([grant.member_id])


def _changed(member_ids: Collection[int]) -> None:
    publish("benefit.changed", payload={"member_ids": sorted(member_ids)})


# -- gifts of tiers ----------------------------------------------------------------------------------


def gifts_hand_out(dues: Sequence[GiftDue]) -> dict[int, int]:
    """What a tier gives to whoever reaches it; what was reached before a gift was offered brings none."""
    offers = offers_read(Place.GIFT)
    wanted = {
        (due.grant_id, offer.benefit_id): (due, offer)
        for due in dues
        for offer in offers.get((Place.GIFT, due.code), ())
        if offer.since <= due.at
    }
    ids = sorted({str(gift_id) for gift_id, _benefit in wanted})
    rows = BenefitGrant.objects.filter(source_type=TIER_GIFT, source_id__in=ids)
    known = {(int(row.source_id), row.benefit_id): row for row in rows}
    back = [row.pk for key, row in known.items() if key in wanted and row.voided_at is not None]
    BenefitGrant.objects.filter(pk__in=back).update(voided_at=None)
    new = [
        BenefitGrant(
            member_id=due.member_id,
            benefit_id=benefit_id,
            value=offer.value,
            source_type=TIER_GIFT,
            source_id=str(gift_id),
            from_at=due.at,
        )
        for (gift_id, benefit_id), (due, offer) in wanted.items()
        if (gift_id, benefit_id) not in known
    ]
    BenefitGrant.objects.bulk_create(new)
    found: dict[int, int] = {}
    for row in (*known.values(), *new):
        found.setdefault(int(row.source_id), row.pk)
    if found:
        _changed({due.member_id for due in dues if due.grant_id in found})
    return found


def gifts_take_back(gift_ids: Collection[int]) -> None:
    """Void what is unused of these gifts (N-17)."""
    BenefitGrant.objects.filter(
        source_type=TIER_GIFT,
        source_id__in=[str(gift_id) for gift_id in gift_ids],
        used_at=None,
        voided_at=None,
    ).update(voided_at=clock.now())
