"""Which application a callback address belongs to; its keys are kept in the process for a minute."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.db import connection

from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant, TenantStatus
from scrm.wecom.callbacks.crypto import CallbackCrypto
from scrm.wecom.callbacks.watchdog import WATCHDOG
from scrm.wecom.models import CorpState, WeComCorp

KEEP_SECONDS = 60.0
KEEP_UNKNOWN_SECONDS = 5.0
_MOST = 4096


@dataclass(frozen=True, slots=True)
class Door:
    """A callback address: whose it is and how to open what comes."""

    tenant_id: int
    corp_pk: int
    crypto: CallbackCrypto


_doors: dict[tuple[str, str], tuple[float, Door | None]] = {}


def door_find(tenant_slug: str, corp_public_id: str) -> Door | None:
    """The door of this address, or None; asks the database at most once a minute."""
    address = (tenant_slug, corp_public_id)
    now = time.monotonic()
    kept = _doors.get(address)
    if kept is not None and kept[0] > now:
        return kept[1]
    connection.ensure_connection()
    with WATCHDOG.watching(connection.connection.fileno()):
        door = _load(tenant_slug, corp_public_id)
    if len(_doors) >= _MOST:
        _doors.clear()  # only guessed addresses can fill it
    _doors[address] = (now + (KEEP_UNKNOWN_SECONDS if door is None else KEEP_SECONDS), door)
    return door


def doors_forget() -> None:
    """Forget all doors of this process; others notice within KEEP_SECONDS."""
    _doors.clear()


def _load(tenant_slug: str, corp_public_id: str) -> Door | None:
    tenant = Tenant.objects.filter(slug=tenant_slug, status=TenantStatus.ACTIVE).first()
    if tenant is None:
        return None
    with tenant_scope(tenant):
        # A stopped application still hears: what it missed would be lost for good.
        corp = (
            WeComCorp.objects.filter(public_id=corp_public_id)
            .exclude(state=CorpState.UNBOUND)
            .first()
        )
        if corp is None or not corp.token or not corp.aes_key:
            return None
        crypto = CallbackCrypto(token=corp.token, aes_key=corp.aes_key, receiver=corp.corp_id)
        return Door(tenant_id=tenant.pk, corp_pk=corp.pk, crypto=crypto)
