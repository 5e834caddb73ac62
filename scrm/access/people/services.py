"""Change what people may do in the active brand. Nobody gives more than they hold; one administrator stays."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from scrm.access.keys import ALL_SCOPES
from scrm.access.models import Membership
from scrm.access.people.selectors import person_get
from scrm.access.permissions import ROLES, rights_of
from scrm.access.scope import scope_checked, scope_refuse
from scrm.access.signin.factors import factor_drop, factor_is_on
from scrm.access.signin.letters import letter_write
from scrm.access.signin.sessions import sessions_drop
from scrm.access.signin.trail import person_notify
from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, InvalidTransition, InvalidValue, NotFound
from scrm.events.actor import current_actor, visit_refuse
from scrm.events.audit import record
from scrm.tenants.context import current_tenant, require_tenant_id

ADMINISTRATOR = "tenant_admin"


class RoleNotHeld(DomainError):
    """Somebody may give only what they hold, and change only people who hold no more than they do."""

    code = "role_not_held"


class LastAdministrator(DomainError):
    """A brand keeps at least one active administrator of the whole brand."""

    code = "last_administrator"
    kind = ErrorKind.CONFLICT


class FactorNotRemovable(DomainError):
    """Nobody takes their own second factor away so, nor that of somebody whom other brands trust as well."""

    code = "second_factor_not_removable"
    kind = ErrorKind.CONFLICT


def roles_checked(roles: Sequence[str], *, granted_by: Collection[str]) -> list[str]:
    """The roles, each once, if they exist and whoever grants them holds every right of theirs."""
    wanted = [role for role in ROLES if role in roles]
    if not wanted or len(wanted) != len(set(roles)):
        raise InvalidValue(_("请至少选择一个角色"), pointer="/roles")
    _held(wanted, granted_by)
    return wanted


def _held(roles: Sequence[str], granted_by: Collection[str]) -> None:
    if ALL_SCOPES not in granted_by and not rights_of(roles) <= set(granted_by):
        raise RoleNotHeld(_("不能授予超出自己权限的角色"), pointer="/roles")


def place_checked(
    *, roles: Sequence[str], data_scope: Mapping[str, Any] | None, granted_by: Collection[str]
) -> tuple[list[str], dict[str, list[str]] | None]:
    """Roles and data scope as they are stored."""
    scope_refuse()  # who is limited gives nothing to anybody
    wanted, stored = roles_checked(roles, granted_by=granted_by), scope_checked(data_scope)
    if ADMINISTRATOR in wanted and stored is not None:
        raise InvalidValue(_("品牌管理员不能限定数据范围"), pointer="/data_scope")
    return wanted, stored


@transaction.atomic
def person_change(
    *,
    public_id: str,
    roles: Sequence[str],
    data_scope: Mapping[str, Any] | None,
    granted_by: Collection[str],
) -> Membership:
    """Give the person exactly these roles and this data scope."""
    visit_refuse()
    place, places = _locked(public_id)
    _held(place.roles, granted_by)
    wanted, stored = place_checked(roles=roles, data_scope=data_scope, granted_by=granted_by)
    before = _told(place)
    place.roles, place.data_scope = wanted, stored
    after = _told(place)
    if after == before:
        return place
    _one_stays(places)
    place.save(update_fields=["roles", "data_scope"])
    record(
        "people.changed",
        object_type="operator",
        object_id=public_id,
        before=before,
        after=after,
    )
    return place


@transaction.atomic
def person_deactivate(*, public_id: str, granted_by: Collection[str]) -> Membership:
    """Shut the brand to the person at once; what they did stays. A repeat changes nothing."""
    place, places = _locked(public_id)
    _held(place.roles, granted_by)
    if place.deactivated_at is None:
        place.deactivated_at = clock.now()
        _one_stays(places)
        place.save(update_fields=["deactivated_at"])
        record("people.deactivated", object_type="operator", object_id=public_id)
    return place


@transaction.atomic
def person_activate(*, public_id: str, granted_by: Collection[str]) -> Membership:
    """Let the person in again, with the roles they had."""
    visit_refuse()
    place, _places = _locked(public_id)
    _held(place.roles, granted_by)
    if place.deactivated_at is not None:
        place.deactivated_at = None
        place.save(update_fields=["deactivated_at"])
        record("people.activated", object_type="operator", object_id=public_id)
    return place


@transaction.atomic
def person_patch(
    *, public_id: str, changes: Mapping[str, Any], granted_by: Collection[str]
) -> Membership:
    """Change what is given of roles, data_scope and is_active; what is left out stays."""
    place, _places = _locked(
        public_id
    )  # what is left out must be today's, not that of a moment ago
    if "roles" in changes or "data_scope" in changes:
        person_change(
            public_id=public_id,
            roles=changes.get("roles", place.roles),
            data_scope=changes.get("data_scope", place.data_scope),
            granted_by=granted_by,
        )
    if changes.get("is_active") is True:
        person_activate(public_id=public_id, granted_by=granted_by)
    elif changes.get("is_active") is False:
        person_deactivate(public_id=public_id, granted_by=granted_by)
    return person_get(public_id)


def factor_obstacle(place: Membership) -> str:
    """Why whoever acts may not take this person's second factor away; empty if they may.

    It guards every brand of the person, so one brand's administrator decides only where there is no other.
    """
    actor, operator = current_actor(), place.operator
    if (actor.kind, actor.id) == ("operator", str(operator.pk)):
        return _("不能在这里移除自己的两步验证，请在「我的账号」中关闭")
    if operator.is_platform_staff:
        return _("平台人员的两步验证只能由平台移除")
    if place.deactivated_at is not None:
        return _("这位成员已停用，请先恢复")
    elsewhere = Membership.objects.filter(operator=operator, deactivated_at=None)
    if not actor.is_visitor and elsewhere.exclude(tenant_id=place.tenant_id).exists():
        return _("这个账号还服务于其他品牌，两步验证由各品牌共用，请联系平台人员移除")
    return ""


def person_factor_remove(*, public_id: str, reason: str, granted_by: Collection[str]) -> Membership:
    """Take away the second factor that the person has lost, sign them out everywhere and tell them."""
    with transaction.atomic():
        place, _places = _locked(public_id)
        operator = place.operator
        _held(place.roles, granted_by)
        obstacle = factor_obstacle(place)
        if obstacle:
            raise FactorNotRemovable(obstacle)
        if not factor_is_on(operator):
            raise InvalidTransition(_("这位成员没有开启两步验证"))
        factor_drop(operator)
        ended = sessions_drop(operator)
        record(
            "people.second_factor_removed",
            object_type="operator",
            object_id=public_id,
            after={"reason": reason, "sessions_ended": ended},
        )
        letter_write(
            "second_factor_removed",
            operator=operator,
            who=current_actor().label,
            brand=current_tenant().name,
        )
    # The bell rings in every brand of theirs, each in its own transaction.
    person_notify(
        operator=operator,
        title=gettext_noop("你的两步验证已被移除"),
        text=gettext_noop("如果这不是你要求的，请立即修改密码并联系品牌管理员。"),
    )
    return place


def _locked(public_id: str) -> tuple[Membership, list[Membership]]:
    """The place, and all of the brand's, locked: two administrators may not demote each other."""
    places = list(
        Membership.objects.select_for_update(of=("self",))
        .filter(tenant_id=require_tenant_id())
        .select_related("operator")
        .order_by("pk")
    )
    found = next((place for place in places if place.operator.public_id == public_id), None)
    if found is None:
        raise NotFound
    return found, places


def _one_stays(places: Sequence[Membership]) -> None:
    """LastAdministrator unless somebody is left who may do everything for the whole brand."""
    if not any(
        ADMINISTRATOR in place.roles
        and place.deactivated_at is None
        and place.data_scope is None
        and place.operator.is_active
        for place in places
    ):
        raise LastAdministrator(_("至少保留一位可以登录的品牌管理员"))


def _told(place: Membership) -> dict[str, Any]:
    return {"roles": list(place.roles), "data_scope": place.data_scope}
