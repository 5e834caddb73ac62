"""Store a callback once: one statement string, one round trip, bounded in time."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from scrm.core import clock
from scrm.core.ids import public_id
from scrm.tenants.context import tenant_scope
from scrm.wecom.callbacks.watchdog import WATCHDOG

if TYPE_CHECKING:
    from scrm.wecom.callbacks.doors import Door

LOCK_TIMEOUT = "1s"
STATEMENT_TIMEOUT = "3s"
_QUICK_SECONDS = 0.2

# In autocommit the backend puts the tenant in front, so that all of it is one implicit transaction.
_LIMITS = f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'; "
_INSERT = """
INSERT INTO wecom_callbackevent
    (tenant_id, corp_id, public_id, dedup, raw, type, change, state, tries, has_welcome,
     received_at, created_at, updated_at, error)
VALUES (%s, %s, %s, %s, %s, '', '', 'waiting', 0, %s, %s, %s, %s, '')
ON CONFLICT (tenant_id, corp_id, dedup) DO NOTHING
"""
_BELL = "; SELECT pg_notify('scrm_bell', 'welcome')"


class InboxUnavailable(Exception):
    """The database did not take the row in time: WeCom shall send it again."""


def dedup_key(tenant_id: int, xml: bytes) -> bytes:
    """The same for every repeat of a callback, whatever its envelope; never the same for two tenants."""
    return hashlib.sha256(b"%d\n%s" % (tenant_id, xml)).digest()


def inbox_store(*, door: Door, xml: bytes) -> None:
    """Keep the callback unless it is known; a welcome code rings at once, the rest is polled."""
    text = xml.decode()
    at = clock.now()
    # A repeat rings too: harmless, since the code is taken once.
    urgent = b"<WelcomeCode>" in xml
    sql = _LIMITS + _INSERT + (_BELL if urgent else "")
    dedup = dedup_key(door.tenant_id, xml)
    values = (door.tenant_id, door.corp_pk, public_id("cbk"), dedup, text, urgent, at, at, at)
    with tenant_scope(door.tenant_id):
        began = time.monotonic()
        try:
            _execute(sql, values)
        except (OperationalError, InterfaceError) as fault:
            slow = time.monotonic() - began > _QUICK_SECONDS
            if slow or connection.in_atomic_block or _answered(fault):
                raise InboxUnavailable from None
            # The kept connection was dead. The insert is idempotent, so a second try is safe.
            connection.close()
            try:
                _execute(sql, values)
            except DatabaseError:
                raise InboxUnavailable from None
        except DatabaseError:
            raise InboxUnavailable from None


def _execute(sql: str, values: tuple[Any, ...]) -> None:
    # The usual SELECT 1 before each request's first query would be a second round trip.
    connection.health_check_done = True  # type: ignore[attr-defined]
    with connection.cursor() as cursor, WATCHDOG.watching(connection.connection.fileno()):
        cursor.execute(sql, values)


def _answered(fault: BaseException) -> bool:
    """Whether the server itself refused (a timeout, a lock), as opposed to a dead connection."""
    return getattr(fault.__cause__, "pgcode", None) is not None
