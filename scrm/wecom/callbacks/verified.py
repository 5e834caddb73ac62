"""Remember that WeCom has verified the address, for the binding page."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from django.db import DatabaseError, transaction

from scrm.core import clock
from scrm.tenants.context import tenant_scope
from scrm.wecom.models import WeComCorp

if TYPE_CHECKING:
    from scrm.wecom.callbacks.doors import Door


def callback_verified(*, door: Door) -> None:
    """Note the moment; the answer to WeCom does not depend on it."""
    with tenant_scope(door.tenant_id), contextlib.suppress(DatabaseError), transaction.atomic():
        WeComCorp.objects.filter(pk=door.corp_pk).update(callback_verified_at=clock.now())
