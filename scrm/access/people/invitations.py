"""Invite by mail. The link goes to the mailbox only: whoever reads it may set the account's password."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from scrm.access.keys import ALL_SCOPES, api_key_state
from scrm.access.models import ApiKey, Invitation, Membership, Operator
from scrm.access.people.selectors import invitation_state
from scrm.access.people.services import RoleNotHeld, place_checked, roles_checked
from scrm.access.permissions import PERMISSIONS, place_allows
from scrm.access.services import membership_of
from scrm.access.signin.mail import mail_queue
from scrm.access.signin.passwords import password_check
from scrm.access.signin.rules import name_is_clean
from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, InvalidTransition, InvalidValue, NotFound
from scrm.events.actor import acting_as, current_actor, visit_refuse
from scrm.events.audit import record
from scrm.tenants.context import current_tenant, require_tenant_id

LIVES = timedelta(days=7)
SENT_AGAIN_AFTER = timedelta(minutes=1)
MOST_LETTERS = 10
LinkOf = Callable[[str], str]


class InvitationGone(DomainError):
    """The link was used, revoked, replaced, has expired, or never existed: nobody can tell which."""

    code = "invitation_gone"
    kind = ErrorKind.GONE


class InviterNotEntitled(DomainError):
    """Whoever sent the invitation may no longer give these roles: somebody who may sends it again."""

    code = "inviter_not_entitled"
    kind = ErrorKind.CONFLICT


class AccountExists(DomainError):
    """The mailbox got its account elsewhere a moment ago: join with that one."""

    code = "account_exists"
    kind = ErrorKind.CONFLICT


@dataclass(frozen=True, kw_only=True)
class Opened:
    """An invitation that still stands. ``is_known``: the mailbox has an account already."""

    invitation: Invitation
    is_known: bool


@transaction.atomic
def invitation_make(
    *,
    email: str,
    name: str = "",
    roles: Sequence[str],
    data_scope: Mapping[str, Any] | None = None,
    granted_by: Collection[str],
    link_of: LinkOf,
) -> Invitation:
    """Offer roles to a mailbox for seven days."""
    visit_refuse()
    address = _address(email)
    if name and not name_is_clean(name.strip()):
        raise InvalidValue(_("姓名是一行 60 个字以内的文字"), pointer="/name")
    wanted, stored = place_checked(roles=roles, data_scope=data_scope, granted_by=granted_by)
    _not_here_yet(address)
    token, now = secrets.token_urlsafe(32), clock.now()
    invitation = Invitation.objects.create(
        email=address,
        name=name.strip(),
        roles=wanted,
        data_scope=stored,
        token_hash=_hash(token),
        expires_at=now + LIVES,
        sent_at=now,
        **_signed(),
    )
    record(
        "people.invited",
        object_type="invitation",
        object_id=invitation.public_id,
        after={"roles": wanted, "data_scope": stored},
    )
    _send(invitation, link_of(token))
    return invitation


def _signed() -> dict[str, str]:
    """Who invites: the name people read, and the key that is asked for its rights at the end."""
    actor = current_actor()
    return {"invited_by": actor.label[:80], "inviter": f"{actor.kind}:{actor.id}"}


def _address(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidValue(_("请填写正确的邮箱"), pointer="/email") from error
    return address


def _not_here_yet(address: str) -> None:
    place = Membership.objects.filter(
        tenant_id=require_tenant_id(), operator__email=address
    ).first()
    if place is not None:
        told = (
            _("这个邮箱已经是成员")
            if place.deactivated_at is None
            else _("这个邮箱的成员已停用，请在成员列表中恢复")
        )
        raise InvalidValue(told, pointer="/email")
    # Locks against a second invitation of the same mailbox; the index would say it less kindly.
    waiting = Invitation.objects.select_for_update(of=("self",)).filter(
        email=address, accepted_at=None, revoked_at=None
    )
    if waiting.exists():
        raise InvalidValue(_("已经邀请过这个邮箱，可以在邀请列表中重发"), pointer="/email")


@transaction.atomic
def invitation_send_again(
    *, public_id: str, granted_by: Collection[str], link_of: LinkOf
) -> Invitation:
    """A new link for seven more days; the old one opens nothing. Who sends it answers for it from now on."""
    visit_refuse()
    invitation, now = _open(public_id), clock.now()
    place_checked(roles=invitation.roles, data_scope=invitation.data_scope, granted_by=granted_by)
    if now - invitation.sent_at < SENT_AGAIN_AFTER or invitation.sent_count >= MOST_LETTERS:
        raise InvalidTransition(_("刚刚发送过，请稍后再试；同一邀请最多发送 10 次"))
    token = secrets.token_urlsafe(32)
    invitation.token_hash, invitation.sent_at = _hash(token), now
    invitation.expires_at = now + LIVES
    invitation.sent_count += 1
    for name, told in _signed().items():
        setattr(invitation, name, told)
    invitation.save()
    record("people.invitation_sent_again", object_type="invitation", object_id=invitation.public_id)
    _send(invitation, link_of(token))
    return invitation


@transaction.atomic
def invitation_revoke(*, public_id: str) -> Invitation:
    """Take the offer back; the link opens nothing any more."""
    invitation = _open(public_id)
    invitation.revoked_at = clock.now()
    invitation.save(update_fields=["revoked_at", "updated_at"])
    record("people.invitation_revoked", object_type="invitation", object_id=invitation.public_id)
    return invitation


def _open(public_id: str) -> Invitation:
    invitation = (
        Invitation.objects.select_for_update(of=("self",)).filter(public_id=public_id).first()
    )
    if invitation is None:
        raise NotFound
    if invitation_state(invitation) not in {"open", "expired"}:
        raise InvalidTransition(_("这个邀请已经结束"))
    return invitation


# -- the other side of the link, inside the brand's scope ------------------------------------------


def invitation_read(token: str) -> Opened:
    """The offer behind a link; InvitationGone or InviterNotEntitled if it no longer stands."""
    invitation = Invitation.objects.filter(token_hash=_hash(token)).first()
    return _standing(invitation)


def _standing(invitation: Invitation | None) -> Opened:
    if invitation is None or invitation_state(invitation) != "open":
        raise InvitationGone
    operator = Operator.objects.filter(email=invitation.email).first()
    if operator is not None and not operator.is_active:
        raise InvitationGone
    _inviter_check(invitation)
    return Opened(invitation=invitation, is_known=operator is not None)


def _inviter_check(invitation: Invitation) -> None:
    """InviterNotEntitled unless the inviter could send this invitation today."""
    kind, _colon, key = invitation.inviter.partition(":")
    if kind == "system":  # a command or the demo: nobody to be demoted
        return
    held = _held_by_key(key) if kind == "api_key" else _held_by_person(invitation, kind, key)
    told = _("邀请人已不再有权授予这些角色，请联系品牌管理员重新发送邀请")
    if "people.edit" not in held and ALL_SCOPES not in held:
        raise InviterNotEntitled(told)
    try:
        roles_checked(invitation.roles, granted_by=held)
    except (RoleNotHeld, InvalidValue) as refusal:
        raise InviterNotEntitled(told) from refusal


def _held_by_key(key: str) -> list[str]:
    found = ApiKey.objects.filter(public_id=key).first()
    if found is None or found.data_scope is not None:
        return []
    return list(found.scopes) if api_key_state(found) in {"open", "rotating"} else []


def _held_by_person(invitation: Invitation, kind: str, key: str) -> list[str]:
    if kind != "operator":  # sent before inviters were kept
        return []
    place = membership_of(operator_id=int(key), tenant_id=invitation.tenant_id)
    if place is None or place.data_scope is not None or not place.operator.is_active:
        return []
    return [name for name in PERMISSIONS if place_allows(place.roles, name, is_limited=False)]


@transaction.atomic
def invitation_accept(
    *, token: str, name: str = "", password: str = "", ip: str = "", request_id: str = ""
) -> Operator:
    """Take the offer, once. A new person names themselves and sets a password; a known one only joins."""
    rows = Invitation.objects.select_for_update(of=("self",))
    opened = _standing(rows.filter(token_hash=_hash(token)).first())
    invitation = opened.invitation
    operator = Operator.objects.filter(email=invitation.email).first()
    if operator is None:
        operator = _operator_new(invitation.email, name=name, password=password)
    _place_make(invitation, operator)
    invitation.accepted_at = clock.now()
    invitation.save(update_fields=["accepted_at", "updated_at"])
    with acting_as(
        kind="operator", id=str(operator.pk), label=operator.name, ip=ip, request_id=request_id
    ):
        record(
            "people.joined",
            object_type="operator",
            object_id=operator.public_id,
            after={"roles": invitation.roles, "data_scope": invitation.data_scope},
        )
    return operator


def _operator_new(email: str, *, name: str, password: str) -> Operator:
    cleaned = name.strip()
    if not name_is_clean(cleaned):
        raise InvalidValue(_("姓名是一行 60 个字以内的文字"), pointer="/name")
    password_check(password, Operator(email=email, name=cleaned), pointer="/password")
    try:
        with transaction.atomic():
            operator = Operator.objects.create_user(email=email, password=password, name=cleaned)
    except IntegrityError as error:  # another brand's invitation was accepted in the same moment
        raise AccountExists(_("这个邮箱刚刚开通了账号，请确认后用它加入")) from error
    operator.password_changed_at = clock.now()
    operator.save(update_fields=["password_changed_at"])
    return operator


def _place_make(invitation: Invitation, operator: Operator) -> None:
    """A place that stands open already keeps its roles; one that was shut opens with the new ones."""
    place = Membership.objects.filter(
        operator=operator, tenant_id=invitation.tenant_id
    ).first() or Membership(
        operator=operator, tenant_id=invitation.tenant_id, deactivated_at=clock.now()
    )
    if place.deactivated_at is not None:
        place.roles, place.data_scope = invitation.roles, invitation.data_scope
        place.deactivated_at = None
        place.save()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _send(invitation: Invitation, link: str) -> None:
    brand = current_tenant().name
    known = Operator.objects.filter(email=invitation.email).first()
    with translation.override(known.language if known else translation.get_language()):
        told = {
            "name": invitation.name or (known.name if known else invitation.email),
            "who": invitation.invited_by,
            "brand": brand,
            "link": link,
        }
        subject = _("邀请你加入%(brand)s的 SCRM 运营后台") % told
        body = (
            _(
                "%(name)s，你好：\n\n%(who)s 邀请你加入%(brand)s的运营后台。点开下面的链接接受邀请，"
                "链接 7 天内有效，只能用一次：\n\n%(link)s\n\n如果你不认识对方，忽略这封邮件即可。"
            )
            % told
        )
        mail_queue(
            kind="invitation", to=invitation.email, subject=" ".join(subject.split()), body=body
        )
