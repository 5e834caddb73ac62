"""Change the ladder: a new version, then whoever it lifts is lifted by a job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.tiers.errors import LadderRefused, TierLocked
from members.tiers.models import LadderVersion, Tier, TierLock
from members.tiers.rules import Rung, Version, ladder_faults
from members.tiers.selectors import rules_now, rung_dump, versions_get
from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.events.actor import current_actor
from scrm.events.audit import record
from scrm.events.bus import publish
from scrm.events.jobs.services import job_start
from scrm.tenants.context import require_tenant_id

JOB = "members.tiers"
MOST_RUNGS = 12
_LOCK_SPACE = 7015
_FAULTS: dict[str, str | Promise] = {
    "base": gettext_lazy("第一级是人人都有的基础等级，门槛为 0"),
    "threshold": gettext_lazy("每一级的门槛要高于前一级"),
    "keep_threshold": gettext_lazy("保级线不能高于门槛"),
    "multiplier": gettext_lazy("积分倍数不小于 1"),
    "code": gettext_lazy("等级代码不能重复"),
}


@dataclass(frozen=True, kw_only=True)
class Activation:
    """A version came into force; ``is_new`` is False when nothing had changed."""

    number: int
    at: datetime
    is_new: bool


def _serialise() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, require_tenant_id() % 2**31]
        )


def versions_follow() -> list[Version]:
    """Every ladder there was; settings that were changed since the newest make a new one, from now on."""
    versions = versions_get()
    if not versions or versions[-1].rules == rules_now():
        return versions
    _serialise()
    versions = versions_get()
    if versions[-1].rules != rules_now():
        _version_add(versions[-1].rungs, at=clock.now(), number=len(versions) + 1)
        versions = versions_get()
    return versions


@transaction.atomic
def ladder_put(rungs: Sequence[Rung], *, at: datetime | None = None) -> Activation:
    """Make these the rungs from now on. Ranks follow the order given.

    The first ladder of a brand may be in force since an earlier instant: its history counts then.
    """
    wanted = tuple(replace(rung, rank=rank) for rank, rung in enumerate(rungs))
    ladder_check(wanted)
    _serialise()
    now = clock.now()
    versions = versions_get()
    since = min(at or now, now) if not versions else now
    if versions and versions[-1].rungs == wanted and versions[-1].rules == rules_now():
        return Activation(number=len(versions), at=versions[-1].at, is_new=False)
    before = versions[-1].rungs if versions else ()
    _gone_check(before, wanted)
    _tiers_write(wanted)
    number = len(versions) + 1
    _version_add(wanted, at=since, number=number)
    record(
        "tiers.ladder_saved",
        object_type="ladder",
        object_id=str(number),
        before={"rungs": [_told(rung) for rung in before]},
        after={"rungs": [_told(rung) for rung in wanted]},
    )
    return Activation(number=number, at=since, is_new=True)


def _told(rung: Rung) -> str:
    return f"{rung.code} {rung.threshold}"


def ladder_check(rungs: Sequence[Rung]) -> None:
    """LadderRefused unless the rungs make a ladder; points at the first that does not fit."""
    if not 0 < len(rungs) <= MOST_RUNGS:
        raise LadderRefused(_("一到十二级"), pointer="/tiers")
    for place, rung in enumerate(rungs):
        if not rung.name.strip() or not rung.code.strip():
            raise InvalidValue(_("每一级都要有名称和代码"), pointer=f"/tiers/{place}/name")
    faults = ladder_faults(rungs)
    if faults:
        place, fault = faults[0]
        name = "threshold" if fault == "base" else fault
        raise LadderRefused(str(_FAULTS[fault]), pointer=f"/tiers/{place}/{name}")


def _gone_check(before: Sequence[Rung], wanted: Sequence[Rung]) -> None:
    gone = {rung.code for rung in before} - {rung.code for rung in wanted}
    held = TierLock.objects.filter(
        tier__code__in=gone, until__gt=clock.now(), released_at=None
    ).count()
    if held:
        raise TierLocked(_("有会员锁定在要删除的等级上，先解除锁定"), members=held)


def _tiers_write(rungs: Sequence[Rung]) -> None:
    now = clock.now()
    known = {tier.code: tier for tier in Tier.objects.select_for_update(of=("self",))}
    # Out of the way first: two rungs that change places would meet on a rank.
    Tier.objects.filter(archived_at=None).update(archived_at=now)
    for rung in rungs:
        tier = known.get(rung.code) or Tier(code=rung.code)
        tier.rank, tier.name, tier.threshold = rung.rank, rung.name, rung.threshold
        tier.keep_threshold, tier.multiplier = rung.keep_threshold, rung.multiplier
        tier.is_base, tier.archived_at = rung.rank == 0, None
        tier.save()


def _version_add(rungs: Sequence[Rung], *, at: datetime, number: int) -> None:
    LadderVersion.objects.create(
        number=number,
        at=at,
        rungs=[rung_dump(rung) for rung in rungs],
        rules=asdict(rules_now()),
        author=current_actor().label[:80],
    )
    publish("ladder.changed", payload={"number": number})
    job_start(JOB, params={"number": number})
