"""Addresses of the brand's own choices: settings, channels, acknowledgements."""

from __future__ import annotations

from datetime import date

from scrm.core import clock
from scrm.events.models import JobRun, OutboxEvent
from scrm.tenants.channels import channel_create
from scrm.tenants.context import require_tenant_id
from scrm.tenants.services import tenant_settings_update
from tests.rules.urls.rows import Api, Page


def objects() -> dict[str, str]:
    for value in (2, 3):
        tenant_settings_update(tenant_id=require_tenant_id(), values={"push.per_day": value})
    now = clock.now()
    parked = OutboxEvent.objects.create(type="order.paid", occurred_at=now, parked_at=now)
    JobRun.objects.create(
        job="of_a", local_date=date(2026, 1, 2), state="failed", started_at=now, attempts=5
    )
    return {
        "channel": channel_create(code="of_a", name="of A", kind="own").public_id,
        "parked": str(parked.pk),
    }


_ONE = {"number": "1"}
_CHANNEL = {"public_id": "{channel}"}

ROWS: list[Api | Page] = [
    Api("settings"),
    Api("settings", "PATCH", body={"values": {"push.per_day": 4}}),
    Api("setting-versions"),
    Api("setting-version", path=_ONE, stranger=404),
    Api("setting-version-restore", "POST", path=_ONE, body={}, stranger=404),
    Api("channels"),
    Api("channels", "POST", body={"code": "fair", "name": "Fair", "kind": "own"}, owner=201),
    Api("channel", path=_CHANNEL),
    Api("channel", "PATCH", path=_CHANNEL, body={"is_archived": True}),
    Api("acknowledgements"),
    Page("brand-profile"),
    Page(
        "brand-profile",
        "POST",
        data={"name": "x", "color": "#1668dc", "timezone": "Asia/Tokyo", "currency": "CNY"},
    ),
    Page("settings"),
    Page("settings-edit", query={"key": "push.per_day"}),
    Page(
        "settings-edit",
        "POST",
        data={"key": "push.per_day", "values_push.per_day": "4", "version": "2"},
        owner=302,
    ),
    Page("settings-history"),
    Page("settings-restore", path=_ONE),
    Page("settings-restore", "POST", path=_ONE),
    Page("modules"),
    Page("module-switch", "POST", path={"flag": "tags.segments", "state": "off"}, owner=302),
    Page("cautions"),
    Page("caution-give", path={"key": "induced_sharing"}),
    Page(
        "caution-give",
        "POST",
        path={"key": "induced_sharing"},
        data={"text_version": "1", "is_read": "on"},
        owner=302,
    ),
    Page("channels"),
    Page("channel-new"),
    Page("channel-new", "POST", data={"name": "y", "code": "yy", "kind": "own"}, owner=302),
    Page("channel-edit", path={"channel_id": "{channel}"}),
    Page(
        "channel-edit",
        "POST",
        path={"channel_id": "{channel}"},
        data={"name": "z", "kind": "own"},
        owner=302,
    ),
    Page("channel-state", "POST", path={"channel_id": "{channel}", "state": "off"}, owner=302),
    Page("home-checklist"),
    Page("home-recent"),
    Page("operation"),
    Page("events-retry", "POST", owner=302),
    Page("event-retry", "POST", path={"event_id": "{parked}"}, owner=302),
    Page("night-retry", "POST", path={"job": "of_a", "day": "2026-01-02"}, owner=302),
]
