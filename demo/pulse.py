"""What the demo's members did, and how that led them through stages and pools over some weeks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from members.activity.models import Activity
from members.activity.rules import ActivityFact
from members.activity.services import activity_take
from members.identity.cipher import value_decrypt
from members.identity.models import Identity
from members.identity.rules import Claim
from members.lifecycle.models import NEVER, MemberPulse, PulseDay, StageMove
from members.lifecycle.services import pulse_night, pulses_make
from members.orders.models import MemberRollup
from members.pools.models import Screening, Verdict
from members.pools.rules import CoreAction, actions_text
from members.pools.screening import screenings_decide, screenings_open
from members.pools.services import pools_night
from members.sources.models import ScanCode
from members.sources.rules import Wanted
from members.sources.services import scan_codes_make
from scrm.core import clock
from scrm.tenants.context import current_tenant, require_tenant_id
from scrm.tenants.services import tenant_settings_update

_ACTIVE = 300
_WEEKS = 5
_CHUNK = 500
_WAITING = 20
_MARK = "demo-"
# How often a member of the liveliest group did something in ninety days.
_DEEDS = {
    "app_use": 24,
    "visit": 30,
    "comment": 36,
    "like": 30,
    "share_click": 10,
    "ugc_published": 5,
    "referral": 2,
}


def pulses_history(yesterday: date) -> None:
    """Make it once; running it again adds nothing."""
    values = {
        "pool.core_actions": actions_text(
            [CoreAction(event="order.paid", times=2), CoreAction(event="ugc_published")]
        ),
        "pool.core_min_contribution": 12,
        "true_fan.min_contribution": 45,
    }
    if not current_tenant().settings.get("pool.core_actions"):
        tenant_settings_update(tenant_id=require_tenant_id(), values=values)
    if not Activity.objects.filter(event_id__startswith=_MARK).exists():
        _deeds_take(yesterday)
        _weeks_replay(yesterday)
    _screenings_make()
    if not ScanCode.objects.exists():
        scan_codes_make(
            [
                Wanted(kind="store", name="旗舰店收银台"),
                Wanted(kind="parcel_card", name="新客包裹卡"),
                Wanted(kind="live", name="周五直播间"),
            ]
        )


def _weeks_replay(yesterday: date) -> None:
    """As if the platform had been there for weeks: what a night settled during the import is said anew."""
    pulses_make()
    StageMove.objects.all().delete()
    MemberPulse.objects.update(stage_since=None)
    PulseDay.objects.update(as_of=NEVER)
    for weeks in range(_WEEKS, 0, -1):
        day = yesterday - timedelta(days=7 * weeks)
        pulse_night(day)
        pools_night(day)


def _deeds_take(yesterday: date) -> None:
    zone = current_tenant().timezone
    noon = clock.local_midnight(yesterday, zone) + timedelta(hours=12)
    rows = MemberRollup.objects.filter(last_paid_at__isnull=False).order_by("-last_paid_at", "id")
    keys = list(rows.values_list("member_id", flat=True)[:_ACTIVE])
    claims = _claims(keys)
    facts: list[ActivityFact] = []
    for place, key in enumerate(keys):
        if key in claims:
            facts += _facts(claims[key], place=place, noon=noon)
    for start in range(0, len(facts), _CHUNK):
        activity_take(facts[start : start + _CHUNK])


def _claims(keys: list[int]) -> dict[int, Claim]:
    """One identifier of each."""
    found: dict[int, Claim] = {}
    for row in Identity.objects.filter(member_id__in=keys).order_by("id"):
        value = row.value or value_decrypt(row.value_enc)
        found.setdefault(row.member_id, Claim(row.type, value, row.scope))
    return found


def _facts(claim: Claim, *, place: int, noon: datetime) -> Iterator[ActivityFact]:
    """Every second, third … member is half, a third … as lively."""
    for name, most in _DEEDS.items():
        count = most // (1 + place % 6)
        for n in range(count):
            yield ActivityFact(
                event_id=f"{_MARK}{name}-{place}-{n}",
                name=name,
                claims=(claim,),
                occurred_at=noon - timedelta(days=(n * 90 // count + place) % 90, minutes=n),
                channel="mini_program",
                seconds=40 + (place * 7 + n * 13) % 300 if name == "visit" else 0,
            )


def _screenings_make() -> None:
    """Twenty wait; of the others most have passed."""
    pulses_make()
    waiting = Screening.objects.filter(verdict=Verdict.PENDING)
    if waiting.count() < _WAITING:
        newest = MemberRollup.objects.order_by("-member__registered_at", "-id")
        screenings_open(list(newest.values_list("member_id", flat=True)[:_WAITING]))
    settled = list(waiting.order_by("-opened_at", "-id").values_list("pk", flat=True)[_WAITING:])
    screenings_decide([key for key in settled if key % 10 > 1], verdict=Verdict.PASS)
    screenings_decide(
        [key for key in settled if key % 10 == 1], verdict=Verdict.HOLD, note="资料不全，先观察"
    )
    screenings_decide(
        [key for key in settled if key % 10 == 0], verdict=Verdict.REJECT, note="同行账号"
    )
