"""Make contact codes at WeCom, and greet, tag and count who comes in through them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, transaction

from communities.acquisition.models import ContactCode, ContactCodeScan, ContactCodeState
from communities.acquisition.rules import (
    name_check,
    staff_check,
    state_param_new,
    tags_check,
    welcome_check,
)
from communities.acquisition.selectors import contact_code_get, contact_code_of_state
from members.identity.rules import Claim
from members.identity.selectors import member_find
from members.tags.services import member_tag_add
from scrm.core import clock
from scrm.core.errors import Busy, DomainError, ErrorKind, InvalidTransition, InvalidValue
from scrm.events.actor import current_actor
from scrm.events.audit import record
from scrm.tenants.context import across_tenants
from scrm.wecom.errors import WeComError, WeComMisconfigured, WeComRefused
from scrm.wecom.gateway import ContactWay, corps_active, gateway_for
from scrm.wecom.models import Staff, WeComCorp

log = structlog.get_logger(__name__)
ARRIVALS = frozenset({"added", "half_added", "synced"})
# A code whose request is still at work is left alone by the sweeper for this long.
YOUNG = timedelta(minutes=1)
SKEW = timedelta(minutes=2)


class NameTaken(DomainError):
    """Another code in use has this name."""

    code = "contact_code_name_taken"
    kind = ErrorKind.CONFLICT


def _corp(public_id: str) -> WeComCorp:
    corps = corps_active()
    found = next((corp for corp in corps if public_id in ("", corp.public_id)), None)
    if found is None:
        raise InvalidValue("no such WeCom application", pointer="/corp")
    return found


def _staff(corp: WeComCorp, userids: Sequence[str]) -> list[str]:
    wanted = staff_check(userids)
    known = set(
        Staff.objects.filter(corp=corp, userid__in=wanted, left_at=None).values_list(
            "userid", flat=True
        )
    )
    missing = [userid for userid in wanted if userid not in known]
    if missing:
        raise InvalidValue(f"unknown member of staff {missing[0]}", pointer="/staff")
    return wanted


def contact_code_create(
    *,
    name: str,
    staff: Sequence[str],
    tags: Sequence[str] = (),
    welcome_text: str = "",
    corp: str = "",
    skip_verify: bool = True,
) -> ContactCode:
    """Write the code down, then have WeCom make it. Call outside a transaction.

    When WeCom does not answer, the code stays `waiting` and the sweeper finds out what became of it.
    """
    try:
        with transaction.atomic():
            owner = _corp(corp)
            code = ContactCode.objects.create(
                corp=owner,
                name=name_check(name),
                state_param=state_param_new(),
                staff=_staff(owner, staff),
                tags=tags_check(tags),
                welcome_text=welcome_check(welcome_text),
                skip_verify=skip_verify,
                created_by=current_actor().label,
            )
            record(
                "contact_code.created",
                object_type="contact_code",
                object_id=code.public_id,
                after=_shown(code),
            )
    except IntegrityError as error:
        raise NameTaken("another code in use has this name", pointer="/name") from error
    return contact_code_make(code)


def _shown(code: ContactCode) -> dict[str, Any]:
    return {
        "name": code.name,
        "staff": code.staff,
        "tags": code.tags,
        "welcome_text": code.welcome_text,
    }


def contact_code_make(code: ContactCode) -> ContactCode:
    """Ask WeCom for the code. Call outside a transaction."""
    changes: dict[str, Any]
    try:
        made = gateway_for(code.corp).contact_way_create(_way(code))
    except (WeComRefused, WeComMisconfigured) as refusal:
        changes = {"state": ContactCodeState.REFUSED, "error": str(refusal)[:200]}
    except WeComError as refusal:
        changes = {"error": str(refusal)[:200]}
    else:
        changes = _active(config_id=made.config_id, qr_url=made.qr_code)
    ContactCode.objects.filter(pk=code.pk).update(**changes)
    for field, value in changes.items():
        setattr(code, field, value)
    return code


def _active(*, config_id: str, qr_url: str) -> dict[str, Any]:
    return {
        "state": ContactCodeState.ACTIVE,
        "config_id": config_id,
        "qr_url": qr_url,
        "error": "",
    }


def _way(code: ContactCode) -> ContactWay:
    return ContactWay(
        users=tuple(code.staff),
        state=code.state_param,
        remark=code.name,
        skip_verify=code.skip_verify,
    )


@transaction.atomic
def contact_code_update(*, public_id: str, changes: Mapping[str, Any]) -> ContactCode:
    """Change the welcome text or the tags of a code; both hold for the next customer."""
    code = contact_code_get(public_id)
    before = _shown(code)
    readers = {"tags": tags_check, "welcome_text": welcome_check}
    for field, value in changes.items():
        setattr(code, field, readers[field](value))
    # Only these: WeCom's answer may be written to the other columns at the same moment.
    code.save(update_fields=[*changes, "updated_at"])
    record(
        "contact_code.updated",
        object_type="contact_code",
        object_id=code.public_id,
        before=before,
        after=_shown(code),
    )
    return code


def contact_code_retry(*, public_id: str) -> ContactCode:
    """Ask WeCom again for a code it refused. Call outside a transaction."""
    code = contact_code_get(public_id)
    if code.state != ContactCodeState.REFUSED:
        raise InvalidTransition(f"contact code is {code.state}", current=code.state)
    with transaction.atomic():
        ContactCode.objects.filter(pk=code.pk).update(state=ContactCodeState.WAITING, error="")
        record("contact_code.retried", object_type="contact_code", object_id=code.public_id)
    code.state = ContactCodeState.WAITING
    return contact_code_make(code)


def contact_code_archive(*, public_id: str) -> ContactCode:
    """Take the code out of use, at WeCom too. Call outside a transaction."""
    code = contact_code_get(public_id)
    if code.state == ContactCodeState.ARCHIVED:
        return code
    if code.config_id:
        try:
            gateway_for(code.corp).contact_way_delete(code.config_id)
        except WeComRefused as refusal:
            log.info("contact_way_gone_already", code=code.public_id, errcode=refusal.errcode)
    with transaction.atomic():
        ContactCode.objects.filter(pk=code.pk).update(state=ContactCodeState.ARCHIVED)
        record("contact_code.archived", object_type="contact_code", object_id=code.public_id)
    code.state = ContactCodeState.ARCHIVED
    return code


def contact_codes_sweep_all() -> int:
    """Put right every tenant's codes whose making got no answer."""
    return sum(contact_codes_sweep() for _tenant in across_tenants("codes without an answer"))


def contact_codes_sweep() -> int:
    """Codes whose making got no answer: found at WeCom by their state, or else made."""
    waiting = ContactCode.objects.select_related("corp").filter(
        state=ContactCodeState.WAITING, updated_at__lt=clock.now() - YOUNG
    )
    done = 0
    for code in waiting.order_by("pk")[:20]:
        try:
            adopted = _adopt(code)
        except WeComError as refusal:
            log.info("contact_code_lookup_failed", code=code.public_id, error=str(refusal))
            continue
        if not adopted:
            contact_code_make(code)
        done += 1
    return done


def _adopt(code: ContactCode) -> bool:
    door = gateway_for(code.corp)
    start = int((code.created_at - SKEW).timestamp())
    end, cursor = int((clock.now() + SKEW).timestamp()), ""
    while True:
        page = door.contact_way_list(start=start, end=end, cursor=cursor)
        for config_id in page.rows:
            found = door.contact_way_get(config_id)
            if found.state == code.state_param:
                ContactCode.objects.filter(pk=code.pk).update(
                    **_active(config_id=config_id, qr_url=found.qr_code)
                )
                return True
        cursor = page.cursor
        if not cursor:
            return False


@transaction.atomic
def contact_code_arrival(
    *, corp_id: str, external_userid: str, userid: str, state: str, change: str, at: datetime
) -> bool:
    """Count a customer who came in through a code and tag them, once per friendship."""
    code = contact_code_of_state(state, corp_id=corp_id)
    if code is None or change not in ARRIVALS:
        return False
    _scan, is_new = ContactCodeScan.objects.get_or_create(
        code=code, external_userid=external_userid, userid=userid, defaults={"added_at": at}
    )
    if not is_new:
        return False
    member = member_find(Claim("external_userid", external_userid, corp_id))
    if member is None:
        # The members' own subscriber makes the member; if it failed, the relay tries both again.
        raise Busy("this customer is not a member yet")
    if code.tags:
        member_tag_add([member.pk], code.tags, source="contact_code")
    return True
