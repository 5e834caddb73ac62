"""Make scan codes, put them away, and take whoever comes by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from members.identity.rules import Claim
from members.identity.services import Arrival, arrivals_resolve
from members.orders.errors import FromTheFuture
from members.orders.rules import AHEAD
from members.people.models import Member
from members.people.services import member_touch
from members.sources.models import ScanCode
from members.sources.rules import CHANNELS, MOST_AT_ONCE, Wanted, token_new, token_of, wanted_check
from members.sources.selectors import campaign_of_scan, scan_code_get, scan_code_of
from scrm.access.scope import scope_refuse
from scrm.core import clock
from scrm.core.errors import InvalidValue, NotFound
from scrm.events.actor import current_actor
from scrm.events.audit import record
from scrm.tenants.channels import channel_choices


@transaction.atomic
def scan_codes_make(wanted: Sequence[Wanted]) -> list[ScanCode]:
    """Make codes, at the places they were asked for; the card of an order is made once and given again."""
    if len(wanted) > MOST_AT_ONCE:
        raise InvalidValue("up to 500 codes at once", pointer="/codes")
    known = {code for code, _label in channel_choices(with_archived=True)}
    for place, each in enumerate(wanted):
        try:
            wanted_check(each, channels=known)
        except InvalidValue as error:
            raise InvalidValue(str(error), pointer=f"/codes/{place}{error.pointer}") from error
    made: list[ScanCode] = []
    new = 0
    for each in wanted:
        code, is_new = _made(each)
        made.append(code)
        new += is_new
    if new:
        record(
            "scan_codes.made",
            object_type="scan_code",
            object_id=made[0].public_id if len(made) == 1 else "batch",
            after={"codes": new, "name": made[0].name},
        )
    return made


def _made(wanted: Wanted) -> tuple[ScanCode, bool]:
    fresh = ScanCode(
        kind=wanted.kind,
        name=wanted.name.strip(),
        channel=wanted.channel or CHANNELS[wanted.kind],  # type: ignore[index]  # checked
        token=token_new(),
        order_channel=wanted.order_channel,
        order_number=wanted.order_number,
        created_by=current_actor().label[:80],
    )
    if not wanted.order_number:
        fresh.save()
        return fresh, True
    # Two askers at once make one card.
    ScanCode.objects.bulk_create([fresh], ignore_conflicts=True)
    code = ScanCode.objects.get(
        kind=wanted.kind,
        order_channel=wanted.order_channel,
        order_number=wanted.order_number,
        archived_at=None,
    )
    return code, code.token == fresh.token


@transaction.atomic
def scan_code_archive(*, public_id: str) -> ScanCode:
    """Put a code away; whoever still scans it is recognised as before."""
    code = scan_code_get(public_id)
    if code.archived_at is None:
        code.archived_at = clock.now()
        code.save(update_fields=["archived_at", "updated_at"])
        record("scan_codes.archived", object_type="scan_code", object_id=code.public_id)
    return code


@transaction.atomic
def scan_code_restore(payload: Mapping[str, Any]) -> None:
    """Take it back into use, unless another card of the order has been made since."""
    code = scan_code_get(str(payload["code"]))
    again = ScanCode.objects.filter(
        kind=code.kind,
        order_channel=code.order_channel,
        order_number=code.order_number,
        archived_at=None,
    )
    if code.order_number and again.exists():
        raise InvalidValue(_("这个订单已有新的包裹卡"))
    code.archived_at = None
    code.save(update_fields=["archived_at", "updated_at"])
    record("scan_codes.restored", object_type="scan_code", object_id=code.public_id)


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """Who came by which code."""

    member_id: str
    is_new: bool
    code: ScanCode


@transaction.atomic
def scan_arrive(
    *, state: str, claims: Sequence[Claim], occurred_at: datetime | None = None
) -> Arrived:
    """Somebody scanned a code, as the official account or a landing page tells us; NotFound for an unknown one."""
    scope_refuse()  # the identifiers may be anybody's
    code = scan_code_of(state)
    if code is None:
        raise NotFound
    at = occurred_at or clock.now()
    if at > clock.now() + AHEAD:
        raise FromTheFuture(
            "this moment is more than ten minutes ahead of us", pointer="/occurred_at"
        )
    arrival = Arrival(claims=tuple(claims), source=code.channel, occurred_at=at)
    found = arrivals_resolve([arrival])[0]
    member_touch(
        member_id=found.member_id,
        source=code.channel,
        state=token_of(state),
        campaign=campaign_of_scan(state),
        at=at,
    )
    member = Member.objects.get(pk=found.member_id)
    record(
        "scan_codes.scanned",
        object_type="scan_code",
        object_id=code.public_id,
        after={"member": member.public_id, "is_new": found.is_new},
    )
    return Arrived(member_id=member.public_id, is_new=found.is_new, code=code)
