"""Writes by people and keys: endpoints, secrets, tests, replays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, InvalidTransition, InvalidValue, NotFound
from scrm.core.ids import uuid7
from scrm.events.actor import visit_refuse
from scrm.events.audit import record
from scrm.events.bell import ring
from scrm.tenants.context import require_tenant_id
from scrm.webhooks.fan_out import deliveries_make, messages_keep
from scrm.webhooks.guard import url_check
from scrm.webhooks.models import DeliveryState, OffReason, WebhookDelivery, WebhookEndpoint
from scrm.webhooks.rules import OVERLAP, body_of, secret_new
from scrm.webhooks.switching import (
    circuit_close,
    endpoint_off,
    endpoint_on,
    host_of,
    waiting_fail,
)
from scrm.webhooks.types import TEST_TYPE, WEBHOOK_TYPES

MOST_ENDPOINTS = 20
_LOCK_SPACE = 0x5C24
_ENDED = (DeliveryState.DELIVERED, DeliveryState.FAILED)
_TOLD_AS = {"url": "host", "types": "types", "description": "description"}


class TooManyEndpoints(DomainError):
    """The brand has as many webhook endpoints as it may have."""

    code = "webhook_limit"
    kind = ErrorKind.CONFLICT


@dataclass(frozen=True, kw_only=True)
class MadeSecret:
    """An endpoint with its fresh secret, which is shown this once."""

    endpoint: WebhookEndpoint
    secret: str


def endpoint_create(*, url: str, types: Iterable[str], description: str = "") -> MadeSecret:
    """A new endpoint. The name is resolved before the transaction begins."""
    visit_refuse()
    url_check(url)
    wanted = _types_checked(types)
    secret = secret_new()
    with transaction.atomic():
        _room_check()
        endpoint = WebhookEndpoint.objects.create(
            url=url, types=wanted, description=description[:200], secret=secret
        )
        record(
            "webhook.created",
            object_type="webhook",
            object_id=endpoint.public_id,
            after=_told(endpoint),
        )
    return MadeSecret(endpoint=endpoint, secret=secret)


def endpoint_change(*, public_id: str, changes: dict[str, Any]) -> WebhookEndpoint:
    """Change address, event types, description or whether it is active; what is left out stays."""
    if changes.keys() & {"url", "types"}:
        visit_refuse()
    if "url" in changes:
        url_check(changes["url"])
    if "types" in changes:
        changes = {**changes, "types": _types_checked(changes["types"])}
    with transaction.atomic():
        endpoint = endpoint_lock(public_id)
        _fields_change(endpoint, changes)
        if changes.get("is_active") is True:
            endpoint_on(endpoint)
        elif changes.get("is_active") is False:
            endpoint_off(endpoint, OffReason.PAUSED)
    return endpoint


def _fields_change(endpoint: WebhookEndpoint, changes: dict[str, Any]) -> None:
    changed = {
        name: changes[name]
        for name in ("url", "types", "description")
        if name in changes and changes[name] != getattr(endpoint, name)
    }
    if not changed:
        return
    before = _told(endpoint)
    for name, value in changed.items():
        setattr(endpoint, name, value)
    if "url" in changed:
        # What the old address did is not held against the new one.
        circuit_close(endpoint)
    endpoint.save()
    after = _told(endpoint)
    names = [_TOLD_AS[name] for name in changed]
    record(
        "webhook.changed",
        object_type="webhook",
        object_id=endpoint.public_id,
        before={name: before[name] for name in names},
        after={name: after[name] for name in names},
    )


@transaction.atomic
def endpoint_switch(*, public_id: str, is_active: bool) -> WebhookEndpoint:
    """Switch an endpoint on or off by hand; repeating it changes nothing."""
    endpoint = endpoint_lock(public_id)
    if is_active:
        endpoint_on(endpoint)
    else:
        endpoint_off(endpoint, OffReason.PAUSED)
    return endpoint


@transaction.atomic
def endpoint_remove(*, public_id: str) -> None:
    """Forget the endpoint and its secrets; its deliveries stay in the log until their time is over."""
    endpoint = endpoint_lock(public_id)
    endpoint.is_active, endpoint.off_reason = False, OffReason.PAUSED.value
    endpoint.removed_at = clock.now()
    endpoint.secret = endpoint.old_secret = ""
    endpoint.save()
    waiting_fail(endpoint)
    record(
        "webhook.removed",
        object_type="webhook",
        object_id=endpoint.public_id,
        before=_told(endpoint),
    )


@transaction.atomic
def secret_rotate(*, public_id: str, overlap: timedelta = OVERLAP) -> MadeSecret:
    """A new secret; the one before signs beside it until the overlap ends."""
    visit_refuse()
    endpoint = endpoint_lock(public_id)
    endpoint.old_secret, endpoint.secret = endpoint.secret, secret_new()
    endpoint.old_secret_until = clock.now() + overlap
    endpoint.save()
    record(
        "webhook.secret_rotated",
        object_type="webhook",
        object_id=endpoint.public_id,
        after={"old_until": endpoint.old_secret_until.isoformat()},
    )
    return MadeSecret(endpoint=endpoint, secret=endpoint.secret)


@transaction.atomic
def endpoint_test(*, public_id: str) -> WebhookDelivery:
    """One message of type ``webhook.test``; it leaves even while the endpoint is off or resting, once."""
    endpoint = endpoint_lock(public_id)
    now = clock.now()
    body = body_of(
        type=TEST_TYPE, version=1, occurred_at=now, data={"webhook_id": endpoint.public_id}
    )
    messages = messages_keep(event_id=uuid7(), type=TEST_TYPE, occurred_at=now, bodies=[body])
    deliveries_make(messages, [endpoint], is_test=True)
    record("webhook.tested", object_type="webhook", object_id=endpoint.public_id)
    return WebhookDelivery.objects.select_related("message", "endpoint").get(
        message=messages[0], endpoint=endpoint
    )


@transaction.atomic
def delivery_replay(*, public_id: str) -> WebhookDelivery:
    """Send one delivery again, or now what waits for a retry: same id, same body, a new round of attempts."""
    found = WebhookDelivery.objects.select_related("endpoint").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    endpoint = endpoint_lock(found.endpoint.public_id)
    _active_check(endpoint)
    is_waiting = Q(state=DeliveryState.PENDING, tries__gt=0)
    if not _again(WebhookDelivery.objects.filter(Q(state__in=_ENDED) | is_waiting, pk=found.pk)):
        raise InvalidTransition(_("这条投递还在发送中"))
    record(
        "webhook.replayed",
        object_type="webhook",
        object_id=endpoint.public_id,
        after={"delivery": found.public_id},
    )
    ring("webhooks")
    return WebhookDelivery.objects.select_related("message", "endpoint").get(pk=found.pk)


@transaction.atomic
def failed_replay(*, public_id: str, since: datetime) -> int:
    """Send everything again that failed for this endpoint since then; returns how many."""
    endpoint = endpoint_lock(public_id)
    _active_check(endpoint)
    count = _again(
        WebhookDelivery.objects.filter(
            endpoint=endpoint, created_at__gte=since, state=DeliveryState.FAILED, is_test=False
        )
    )
    record(
        "webhook.replayed",
        object_type="webhook",
        object_id=endpoint.public_id,
        after={"since": since.isoformat(), "deliveries": count},
    )
    if count:
        ring("webhooks")
    return count


def endpoint_lock(public_id: str) -> WebhookEndpoint:
    """The endpoint, locked; NotFound for an unknown or removed one."""
    endpoint = (
        WebhookEndpoint.objects.select_for_update(of=("self",))
        .filter(public_id=public_id, removed_at=None)
        .first()
    )
    if endpoint is None:
        raise NotFound
    return endpoint


def _again(rows: Any) -> int:
    return int(
        rows.update(
            state=DeliveryState.PENDING,
            tries=0,
            not_before=clock.now(),
            ended_at=None,
            claim=None,
            lease_until=None,
        )
    )


def _active_check(endpoint: WebhookEndpoint) -> None:
    if not endpoint.is_active:
        raise InvalidTransition(_("请先启用这个 Webhook"))


def _room_lock() -> None:
    """One at a time: two at once would both count nineteen. Ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, require_tenant_id() % 2**31]
        )


def _room_check() -> None:
    _room_lock()
    if WebhookEndpoint.objects.filter(removed_at=None).count() >= MOST_ENDPOINTS:
        raise TooManyEndpoints(_("最多 %(most)s 个 Webhook") % {"most": MOST_ENDPOINTS})


def _types_checked(types: Iterable[str]) -> list[str]:
    wanted = sorted(set(types))
    unknown = [name for name in wanted if name not in WEBHOOK_TYPES]
    if unknown or not wanted:
        names = ", ".join(unknown)
        message = (
            _("没有这些事件类型：%(names)s") % {"names": names} if unknown else _("至少选一个")
        )
        raise InvalidValue(message, pointer="/types")
    return wanted


def _told(endpoint: WebhookEndpoint) -> dict[str, Any]:
    # Path and query of a webhook's address are often as good as a password.
    return {
        "host": host_of(endpoint.url),
        "types": list(endpoint.types),
        "description": endpoint.description,
    }
