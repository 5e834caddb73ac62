"""New passwords: by the old one, or by a link sent to the person's mail."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from axes.utils import reset as attempts_forget
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from scrm.access.models import Operator
from scrm.access.signin.letters import letter_write
from scrm.access.signin.mail import mail_pretend
from scrm.access.signin.models import ResetLink
from scrm.access.signin.sessions import sessions_end_others
from scrm.access.signin.trail import trail_write
from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, InvalidValue

if TYPE_CHECKING:
    from collections.abc import Callable

RESET_LIVES = timedelta(hours=1)
RESETS_AN_HOUR = 3
PASSWORD_LONGEST = 128


class ResetLinkGone(DomainError):
    """The link was used, has expired, or never existed: nobody can tell which."""

    code: ClassVar[str] = "reset_link_gone"
    kind: ClassVar[ErrorKind] = ErrorKind.GONE


class WrongPassword(InvalidValue):
    """Somebody who is signed in typed another password than their own."""


def password_check(password: str, operator: Operator | None = None, *, pointer: str = "") -> None:
    """InvalidValue, in people's words, for a password that is too short, common or like its owner."""
    try:
        validate_password(password, operator)
    except ValidationError as error:
        raise InvalidValue("\n".join(error.messages), pointer=pointer or None) from error


def password_prove(operator: Operator, typed: str, *, pointer: str) -> None:
    """WrongPassword unless it is theirs; doors for people call this inside ``guesses_counted``."""
    if not operator.check_password(typed):
        raise WrongPassword(_("当前密码不对"), pointer=pointer)


def password_change(
    operator: Operator, *, old: str, new: str, keep: str | None = None, ip: str = ""
) -> None:
    """Set a new password by the old one; other devices than session ``keep`` are signed out."""
    password_prove(operator, old, pointer="/old")
    if old == new:
        raise InvalidValue(_("新密码和当前密码一样"), pointer="/new")
    password_check(new, operator, pointer="/new")
    with transaction.atomic():
        _set(operator, new)
    sessions_end_others(operator, keep=keep, ip=ip)
    trail_write("access.password_changed", operator=operator, ip=ip)


def reset_ask(*, account: str, ip: str, link_of: Callable[[str], str]) -> None:
    """Send a link if the account exists and was not sent three within the hour.

    The caller answers the same in every case, and the work is the same too.
    """
    try:
        operator = Operator.objects.get_by_natural_key(account)
    except Operator.DoesNotExist:
        operator = None
    token = secrets.token_urlsafe(32)
    since = clock.now() - timedelta(hours=1)
    asked = ResetLink.objects.filter(operator=operator, created_at__gte=since).count()
    with transaction.atomic():
        if operator is None or not operator.is_active or asked >= RESETS_AN_HOUR:
            mail_pretend(kind="reset_link")
            return
        # A newer link closes the older ones.
        ResetLink.objects.filter(operator=operator, used_at=None).update(used_at=clock.now())
        ResetLink.objects.create(
            operator=operator,
            token_hash=_digest(token),
            expires_at=clock.now() + RESET_LIVES,
            ip=ip,
        )
        letter_write("reset_link", operator=operator, link=link_of(token))


def reset_open(token: str) -> Operator:
    """Whose link it is; ResetLinkGone for anything that opens nothing."""
    row = ResetLink.objects.select_related("operator").filter(token_hash=_digest(token)).first()
    is_good = (
        row is not None
        and row.used_at is None
        and row.expires_at > clock.now()
        and row.operator.is_active
    )
    if row is None or not is_good:
        raise ResetLinkGone(_("链接已失效，请重新申请"))
    return row.operator


def reset_finish(token: str, *, new: str, ip: str = "") -> Operator:
    """Set the password by the link, which is spent; every device is signed out."""
    operator = reset_open(token)
    password_check(new, operator, pointer="/new")
    with transaction.atomic():
        mine = ResetLink.objects.filter(token_hash=_digest(token), used_at=None)
        if mine.update(used_at=clock.now()) != 1:
            raise ResetLinkGone(_("链接已失效，请重新申请"))
        _set(operator, new)
    sessions_end_others(operator, ip=ip)
    attempts_forget(username=operator.public_id)
    trail_write("access.password_reset", operator=operator, ip=ip)
    return operator


def _set(operator: Operator, new: str) -> None:
    operator.set_password(new)
    operator.password_changed_at = clock.now()
    operator.save(update_fields=["password", "password_changed_at"])
    ResetLink.objects.filter(operator=operator, used_at=None).update(used_at=clock.now())
    letter_write("password_changed", operator=operator)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
