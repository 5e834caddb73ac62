"""Guessing: counted per account by django-axes, told to the person whose account it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.db.models import Q, Sum
from django.dispatch import receiver
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from scrm.access.models import Operator
from scrm.access.signin.letters import letter_write
from scrm.access.signin.passwords import WrongPassword
from scrm.access.signin.trail import person_notify, trail_write
from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind
from scrm.core.secrets import blind_index

if TYPE_CHECKING:
    from django.http import HttpRequest

LOCKED_FOR = timedelta(minutes=15)
MOST_FROM_EVERYWHERE = 50
_KNOWN = "_account_names"


def account_name(request: HttpRequest, credentials: Mapping[str, str] | None = None) -> str:
    """Which account a sign-in is about, however it was typed: e-mail and phone count as one.

    Unknown ones are hashed: people type passwords and other people's numbers into this field.
    """
    typed = str((credentials or {}).get("username") or request.POST.get("username", ""))
    typed = typed.strip().lower()
    known: dict[str, str] = request.__dict__.setdefault(_KNOWN, {})
    if typed not in known:
        try:
            known[typed] = Operator.objects.get_by_natural_key(typed).public_id
        except Operator.DoesNotExist:
            known[typed] = f"?{blind_index('access.account', typed)[:20]}" if typed else ""
    return known[typed]


class AccountLocked(DomainError):
    """Too many wrong passwords: nobody may try this account from here for a while."""

    code: ClassVar[str] = "account_locked"
    kind: ClassVar[ErrorKind] = ErrorKind.LIMITED


@contextmanager
def guesses_counted(request: HttpRequest, operator: Operator, typed: str) -> Iterator[None]:
    """Inside the account a wrong password counts as one at the door, and the lock there locks here.

    An open browser must not let its finder try passwords until one fits. Nothing typed is no guess.
    """
    if not typed:
        yield
        return
    credentials = {"username": operator.email}
    is_open = AxesProxyHandler.is_allowed(request, credentials)
    told = _("密码连续输错次数过多，请 15 分钟后再试")
    if not is_open or account_is_besieged(request, credentials):
        raise AccountLocked(told)
    try:
        yield
    except WrongPassword as wrong:
        user_login_failed.send(sender=__name__, credentials=credentials, request=request)
        if getattr(request, "axes_locked_out", False):
            # The form says it itself: else axes puts the page of the sign-in in its place.
            request.axes_locked_out = False  # type: ignore[attr-defined]
            raise AccountLocked(told) from wrong
        raise


def account_is_besieged(request: HttpRequest, credentials: Mapping[str, str] | None = None) -> bool:
    """Whether one account is tried from many places at once: axes counts each place by itself."""
    attempts = AccessAttempt.objects.filter(
        username=account_name(request, credentials),
        attempt_time__gte=clock.now() - LOCKED_FOR,
    )
    failures = attempts.aggregate(total=Sum("failures_since_start"))["total"] or 0
    return failures >= MOST_FROM_EVERYWHERE


@receiver(user_locked_out, dispatch_uid="access.lockout")
def _tell(username: str, ip_address: str | None = None, **_rest: Any) -> None:
    operator = Operator.objects.filter(public_id=username).first()
    if operator is None:
        return
    at = clock.now()
    with transaction.atomic():
        # Once per lock, not once per knock at the locked door.
        untold = Operator.objects.filter(pk=operator.pk).filter(
            Q(warned_at=None) | Q(warned_at__lte=at - LOCKED_FOR)
        )
        if untold.update(warned_at=at) != 1:
            return
        letter_write("locked", operator=operator, ip=ip_address or "—")
    trail_write("access.locked", operator=operator, ip=ip_address or "")
    person_notify(
        operator=operator,
        title=gettext_noop("有人多次输错你的密码"),
        text=gettext_noop("账号已对该来源锁定 15 分钟。如果不是你本人，请修改密码并开启两步验证。"),
        once=f"access.locked.{operator.pk}.{at:%Y%m%d%H%M}",
    )
