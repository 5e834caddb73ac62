"""Change settings and profile: checked, guarded, versioned, audited, under one row lock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, InvalidValue
from scrm.tenants.acknowledgements import require_acknowledged
from scrm.tenants.context import tenant_refresh, tenant_scope
from scrm.tenants.deeds import author_now, deed_record
from scrm.tenants.models import SettingVersion, Tenant
from scrm.tenants.profile import profile_check
from scrm.tenants.settings import SETTINGS, settings_check
from scrm.tenants.versions import PROFILE, chosen_of, tenant_fresh, version_get

LONGEST_NOTE = 200


class SettingsChanged(DomainError):
    """Somebody saved other settings since they were read; read again and decide again."""

    code = "settings_changed"
    kind = ErrorKind.CONFLICT


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to change. ``reset`` names settings that go back to their default.

    ``version`` is the version that was read; None takes whatever stands.
    """

    profile: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    reset: Collection[str] = ()
    note: str = ""
    version: int | None = None
    restores: int | None = None
    root: str = "/settings"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One line of what a change does, effective values on both sides."""

    key: str
    before: Any
    after: Any


def differences(tenant: Tenant, change: Change) -> list[Difference]:
    """What the change would do to the tenant as it stands, in the order of the keys given."""
    now = chosen_of(tenant)
    wanted = {**change.profile, **change.values}
    found = [
        Difference(key=key, before=_effective(now, key), after=value)
        for key, value in wanted.items()
    ]
    found += [
        Difference(key=key, before=_effective(now, key), after=SETTINGS[key].default)
        for key in change.reset
        if key in tenant.settings and key in SETTINGS
    ]
    return [line for line in found if line.before != line.after]


def _effective(chosen: Mapping[str, Any], key: str) -> Any:
    if key in chosen:
        return chosen[key]
    return SETTINGS[key].default if key in SETTINGS else None


def change_check(change: Change) -> Change:
    """The change if every part of it may stand; a refusal with its pointer otherwise."""
    settings_check(change.values, root=change.root)
    for key in change.reset:
        if key not in SETTINGS:
            raise InvalidValue(_("没有设置 %(key)s") % {"key": key}, pointer="/reset")
    if len(change.note) > LONGEST_NOTE:
        raise InvalidValue(_("备注太长"), pointer="/note")
    return change


def tenant_change_apply(*, tenant_id: int, change: Change) -> Tenant:
    """Save a change as a new version; one that changes nothing writes nothing."""
    change_check(change)
    with tenant_scope(tenant_id), transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(pk=tenant_id)
        if change.version is not None and change.version != tenant.settings_version:
            raise SettingsChanged(_("其他人刚刚修改了设置，请重新打开后再改"))
        profile_check(tenant, change.profile)
        lines = differences(tenant, change)
        if lines:
            _guards_ask(lines, root=change.root)
            _write(tenant, change, lines)
    tenant_refresh(tenant)
    return tenant


def _guards_ask(lines: list[Difference], *, root: str) -> None:
    for line in lines:
        spec = SETTINGS.get(line.key)
        if spec is not None and spec.guard is not None and spec.guard.when(line.after):
            require_acknowledged(spec.guard.key, pointer=f"{root}/{line.key}")


def _write(tenant: Tenant, change: Change, lines: list[Difference]) -> None:
    chosen = dict(tenant.settings)
    for line in lines:
        if line.key in PROFILE:
            setattr(tenant, line.key, line.after)
        elif line.after == SETTINGS[line.key].default:
            chosen.pop(line.key, None)  # follows the default from now on
        else:
            chosen[line.key] = line.after
    tenant.settings = chosen
    tenant.settings_version += 1
    tenant.save(update_fields=[*PROFILE, "settings", "settings_version"])
    author = author_now()
    SettingVersion.objects.create(
        number=tenant.settings_version,
        before={line.key: line.before for line in lines},
        after={line.key: line.after for line in lines},
        values=chosen_of(tenant),
        note=change.note,
        restores=change.restores,
        author_kind=author.kind,
        author_id=author.id,
        author_label=author.label,
        at=clock.now(),
    )
    _audit(tenant, change, lines)


def _audit(tenant: Tenant, change: Change, lines: list[Difference]) -> None:
    """The profile and the settings are told apart: who reads the log asks for one or the other."""
    is_profile: Callable[[Difference], bool] = lambda line: line.key in PROFILE  # noqa: E731
    settings_action = "settings.restored" if change.restores is not None else "settings.changed"
    for action, told in (
        ("tenant.changed", [line for line in lines if is_profile(line)]),
        (settings_action, [line for line in lines if not is_profile(line)]),
    ):
        if told:
            deed_record(
                action,
                object_type="tenant",
                object_id=tenant.public_id,
                before={line.key: line.before for line in told},
                after={line.key: line.after for line in told},
            )


def restore_change(number: int | str, *, note: str = "", version: int | None = None) -> Change:
    """The change that would bring back what was chosen at a version; NotFound for an unknown one.

    The currency stays, and so do settings that no longer exist.
    """
    found, now = version_get(number), tenant_fresh()
    then = found.values
    profile = {name: then[name] for name in PROFILE if name != "currency" and name in then}
    values = {key: value for key, value in then.items() if key in SETTINGS}
    return Change(
        profile=profile,
        values=values,
        reset=[key for key in now.settings if key in SETTINGS and key not in values],
        note=note,
        version=version,
        restores=found.number,
    )
