"""Keys of the API: made, changed, given a new secret, opened, closed.

Only the id and a hash of a secret are stored. A rotation gives the same key a new secret and lets the old
one open it for some hours more, so that a brand's systems can change over one after another.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from scrm.access.models import ApiKey, KeyMode
from scrm.access.permissions import PERMISSIONS
from scrm.access.scope import scope_checked, scope_refuse
from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, InvalidTransition, InvalidValue, NotFound
from scrm.events.actor import visit_refuse
from scrm.events.audit import audit_register, record
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant, TenantStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

# The key names its tenant, so the tenant is known before a tenant table is read.
_KEY = re.compile(r"sk_(live|test)_([0-9a-z]{1,12})_([0-9a-z]{8})([0-9a-zA-Z_-]{32})")
_SEEN_EVERY = timedelta(minutes=1)
ALL_SCOPES = "*"
_CHANGEABLE = ("name", "scopes", "expires_at", "calls_per_minute", "data_scope")
KeyState = Literal["open", "rotating", "expired", "revoked"]
OVERLAP_HOURS = 24
LONGEST_OVERLAP_HOURS = 168
MOST_CALLS_PER_MINUTE = 60_000

# Permissions that some endpoint asks for; scrm.api.routes fills it. Only these are worth giving to a key.
API_SCOPES: set[str] = set()

audit_register("key.created", _("创建 API 密钥"))
audit_register("key.changed", _("修改 API 密钥"))
audit_register("key.rotated", _("轮换 API 密钥"))
audit_register("key.revoked", _("停用 API 密钥"))


class ScopeNotHeld(DomainError):
    """A key cannot give what it does not have itself."""

    code = "scope_not_held"
    kind = ErrorKind.FORBIDDEN


class Unauthenticated(DomainError):
    """No key, a malformed key, or a key that no longer opens anything."""

    code = "unauthenticated"
    kind = ErrorKind.UNAUTHENTICATED


@dataclass(frozen=True, kw_only=True)
class MadeKey:
    """A key with its fresh secret; ``secret`` is the whole key and is shown this once."""

    key: ApiKey
    secret: str


def api_key_create(
    *,
    name: str,
    scopes: Iterable[str],
    mode: str = KeyMode.LIVE,
    expires_at: datetime | None = None,
    calls_per_minute: int | None = None,
    data_scope: Mapping[str, Any] | None = None,
    granted_by: Iterable[str] = (ALL_SCOPES,),
) -> MadeKey:
    """A key of the active tenant. Scopes are permission names, or ``*`` for all.

    ``data_scope`` names departments and staff whose customers the key sees; None is the whole brand.
    ``granted_by`` are the maker's own scopes: nobody gives away more than they hold.
    """
    visit_refuse()
    wanted = _scopes_checked(scopes, granted_by=granted_by)
    _expiry_check(expires_at)
    _limit_check(calls_per_minute)
    reach = _reach_checked(data_scope)
    key_id, secret = _drawn()
    with transaction.atomic():
        key = ApiKey.objects.create(
            key_id=key_id,
            secret_hash=_digest(secret),
            name=name,
            scopes=wanted,
            mode=mode,
            expires_at=expires_at,
            calls_per_minute=calls_per_minute,
            data_scope=reach,
        )
        record("key.created", object_type="api_key", object_id=key.public_id, after=_audited(key))
    return MadeKey(key=key, secret=_spelled(key, secret))


def api_key_change(
    *, public_id: str, changes: Mapping[str, Any], granted_by: Iterable[str] = (ALL_SCOPES,)
) -> ApiKey:
    """Change name, scopes, expires_at, calls_per_minute or data_scope; what is left out stays."""
    visit_refuse()
    with transaction.atomic():
        key = _locked(public_id)
        _open_check(key)
        before = _audited(key)
        if "scopes" in changes:
            # Taking scopes away needs no right to them; giving does.
            kept = set(changes["scopes"]) & set(key.scopes)
            key.scopes = _scopes_checked(changes["scopes"], granted_by={*granted_by, *kept})
        if "expires_at" in changes:
            _expiry_check(changes["expires_at"])
            key.expires_at = changes["expires_at"]
        if "calls_per_minute" in changes:
            _limit_check(changes["calls_per_minute"])
            key.calls_per_minute = changes["calls_per_minute"]
        if "data_scope" in changes:
            key.data_scope = _reach_checked(changes["data_scope"])
        key.name = changes.get("name", key.name)
        key.save(update_fields=[*_CHANGEABLE, "updated_at"])
        after = _audited(key)
        changed = [name for name in after if before[name] != after[name]]
        if changed:
            record(
                "key.changed",
                object_type="api_key",
                object_id=key.public_id,
                before={name: before[name] for name in changed},
                after={name: after[name] for name in changed},
            )
    return key


def api_key_rotate(
    *,
    public_id: str,
    overlap_hours: int = OVERLAP_HOURS,
    granted_by: Iterable[str] = (ALL_SCOPES,),
) -> MadeKey:
    """Give the key a new secret; the one before opens it for ``overlap_hours`` more, an older one no longer.

    Who gets the secret gets the key's scopes, so ``granted_by`` must hold them, as for a new key.
    """
    visit_refuse()
    if not 0 <= overlap_hours <= LONGEST_OVERLAP_HOURS:
        raise InvalidValue(
            _now("旧密钥最多再用 %(hours)s 小时") % {"hours": LONGEST_OVERLAP_HOURS},
            pointer="/overlap_hours",
        )
    with transaction.atomic():
        key = _locked(public_id)
        _open_check(key)
        _held_check(key.scopes, granted_by=granted_by)
        key_id, secret = _drawn()
        key.previous_key_id, key.previous_secret_hash = key.key_id, key.secret_hash
        key.previous_ends_at = clock.now() + timedelta(hours=overlap_hours)
        key.previous_used_at = key.last_used_at
        key.key_id, key.secret_hash = key_id, _digest(secret)
        key.last_used_at = None
        key.save()
        record(
            "key.rotated",
            object_type="api_key",
            object_id=key.public_id,
            before={"prefix": key.previous_key_id},
            after={"prefix": key.key_id, "previous_ends_at": key.previous_ends_at.isoformat()},
        )
    return MadeKey(key=key, secret=_spelled(key, secret))


def api_key_revoke(*, public_id: str) -> None:
    """Close the key for good, its secret before the last rotation too; closing it again changes nothing."""
    with transaction.atomic():
        key = _locked(public_id)
        if key.revoked_at is None:
            key.revoked_at = clock.now()
            key.save(update_fields=["revoked_at", "updated_at"])
            record("key.revoked", object_type="api_key", object_id=key.public_id)


def api_key_open(*, presented: str) -> ApiKey:
    """The key that this text opens; Unauthenticated for anything else, without saying why."""
    match = _KEY.fullmatch(presented)
    if match is None:
        raise Unauthenticated
    mode, tenant_text, key_id, secret = match.groups()
    tenant = Tenant.objects.filter(
        pk=int(tenant_text, 36) % 2**62, status=TenantStatus.ACTIVE
    ).first()
    if tenant is None:
        raise Unauthenticated
    with tenant_scope(tenant), transaction.atomic():
        open_keys = ApiKey.objects.select_related("tenant").filter(mode=mode, revoked_at=None)
        key, at = open_keys.filter(key_id=key_id).first(), clock.now()
        if key is not None:
            _opened_check(secret, key.secret_hash, key.expires_at, at)
            if _is_seen_long_ago(key.last_used_at, at):
                ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)
            return key
        key = open_keys.filter(previous_key_id=key_id, previous_ends_at__gt=at).first()
        if key is None:
            raise Unauthenticated
        _opened_check(secret, key.previous_secret_hash, key.expires_at, at)
        if _is_seen_long_ago(key.previous_used_at, at):
            ApiKey.objects.filter(pk=key.pk).update(previous_used_at=at)
    return key


def api_keys_list(
    *, search: str = "", modes: Sequence[str] = (), states: Sequence[str] = ()
) -> QuerySet[ApiKey]:
    """The brand's keys, closed ones too; ``states`` are open, rotating, expired, revoked."""
    rows, at = ApiKey.objects.all(), clock.now()
    if search:
        rows = rows.filter(name__icontains=search)
    if modes:
        rows = rows.filter(mode__in=modes)
    if states:
        wanted = [key.pk for key in rows.only("revoked_at", "expires_at", "previous_ends_at")
                  if api_key_state(key, at=at) in states]  # fmt: skip
        rows = rows.filter(pk__in=wanted)
    return rows


def api_key_get(public_id: str) -> ApiKey:
    """One key; NotFound for an unknown id."""
    key = ApiKey.objects.filter(public_id=public_id).first()
    if key is None:
        raise NotFound
    return key


def api_key_state(key: ApiKey, *, at: datetime | None = None) -> KeyState:
    """``open``, ``rotating`` while two secrets open it, ``expired`` or ``revoked``."""
    now = at or clock.now()
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= now:
        return "expired"
    return "rotating" if key.previous_ends_at and key.previous_ends_at > now else "open"


def api_key_limit(key: ApiKey) -> int:
    """Calls a minute: the key's own limit or everybody's."""
    return key.calls_per_minute or int(getattr(settings, "API_CALLS_PER_MINUTE", 1200))


def _locked(public_id: str) -> ApiKey:
    key = ApiKey.objects.select_for_update(of=("self",)).filter(public_id=public_id).first()
    if key is None:
        raise NotFound
    return key


def _open_check(key: ApiKey) -> None:
    if key.revoked_at is not None:
        raise InvalidTransition(_now("这把密钥已经停用，不能再改；请新建一把"))


def _opened_check(secret: str, stored: str, expires_at: datetime | None, at: datetime) -> None:
    if not hmac.compare_digest(stored, _digest(secret)):
        raise Unauthenticated
    if expires_at is not None and expires_at <= at:
        raise Unauthenticated


def _is_seen_long_ago(seen: datetime | None, at: datetime) -> bool:
    return seen is None or at - seen > _SEEN_EVERY


def _scopes_checked(scopes: Iterable[str], *, granted_by: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(scopes))
    unknown = set(wanted) - PERMISSIONS.keys() - {ALL_SCOPES}
    if unknown:
        message = f"unknown scopes {sorted(unknown)}"
        raise InvalidValue(message, pointer="/scopes")
    _held_check(wanted, granted_by=granted_by)
    return wanted


def _held_check(wanted: Iterable[str], *, granted_by: Iterable[str]) -> None:
    held = set(granted_by)
    if ALL_SCOPES not in held and not set(wanted) <= held:
        message = f"the maker does not hold {sorted(set(wanted) - held)}"
        raise ScopeNotHeld(message, pointer="/scopes")


def _reach_checked(data_scope: Mapping[str, Any] | None) -> dict[str, list[str]] | None:
    scope_refuse()  # who is limited gives nothing to anybody
    return scope_checked(data_scope)


def _expiry_check(expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at <= clock.now():
        raise InvalidValue(_now("到期时间要在将来"), pointer="/expires_at")


def _limit_check(calls_per_minute: int | None) -> None:
    if calls_per_minute is not None and not 1 <= calls_per_minute <= MOST_CALLS_PER_MINUTE:
        raise InvalidValue(
            _now("每分钟 1 到 %(most)s 次") % {"most": MOST_CALLS_PER_MINUTE},
            pointer="/calls_per_minute",
        )


def _audited(key: ApiKey) -> dict[str, Any]:
    return {
        "name": key.name,
        "scopes": list(key.scopes),
        "mode": key.mode,
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "calls_per_minute": key.calls_per_minute,
        "data_scope": key.data_scope,
    }


def _drawn() -> tuple[str, str]:
    key_id = "".join(secrets.choice("0123456789abcdefghjkmnpqrstvwxyz") for _place in range(8))
    return key_id, secrets.token_urlsafe(24)


def _spelled(key: ApiKey, secret: str) -> str:
    return f"sk_{key.mode}_{_base36(key.tenant_id)}_{key.key_id}{secret}"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while True:
        number, index = divmod(number, 36)
        text = digits[index] + text
        if not number:
            return text
