"""The second factor: time-based codes that serve once, and recovery codes for a lost phone."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

import pyotp
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from scrm.access.signin.letters import letter_write
from scrm.access.signin.models import RecoveryCode, SecondFactor
from scrm.access.signin.rules import (
    RECOVERY_CODES,
    code_normal,
    recovery_normal,
    recovery_shown,
    time_step,
)
from scrm.access.signin.sessions import sessions_end_others
from scrm.access.signin.trail import person_notify, trail_write
from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind, InvalidValue
from scrm.core.secrets import blind_index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrm.access.models import Operator

MOST_FAILURES = 5
BLOCKED_FOR = timedelta(minutes=15)
ISSUER = "SCRM"
# A clock that is half a minute off still signs in.
_DRIFT = (0, -1, 1)
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


class FactorBlocked(DomainError):
    """Too many wrong codes in a row: nobody may try for a while."""

    code: ClassVar[str] = "second_factor_blocked"
    kind: ClassVar[ErrorKind] = ErrorKind.LIMITED


class _Outcome(Enum):
    RIGHT = 1
    WRONG = 2
    BLOCKED = 3
    NOW_BLOCKED = 4


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What the authenticator needs; ``uri`` goes into the QR code, ``secret`` is for typing."""

    secret: str
    uri: str


def factor_is_on(operator: Operator) -> bool:
    """Whether the person has confirmed an authenticator."""
    return SecondFactor.objects.filter(operator=operator).exclude(confirmed_at=None).exists()


def factor_begin(operator: Operator) -> Enrolment:
    """The secret of an authenticator that is being set up; the same until it is confirmed."""
    with transaction.atomic():
        factor, _made = SecondFactor.objects.select_for_update().get_or_create(operator=operator)
        if not factor.pending_secret:
            factor.pending_secret = pyotp.random_base32()
            factor.save(update_fields=["pending_secret"])
    uri = pyotp.TOTP(factor.pending_secret).provisioning_uri(
        name=operator.email, issuer_name=ISSUER
    )
    return Enrolment(secret=factor.pending_secret, uri=uri)


def factor_confirm(
    operator: Operator, typed: str, *, keep: str | None = None, ip: str = ""
) -> list[str]:
    """Turn the new authenticator on by its first code; returns recovery codes, shown this once.

    Other devices than session ``keep`` are signed out: they never showed a second factor.
    """
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(operator=operator).first()
        outcome, step = _Outcome.WRONG, 0
        if factor is not None:
            outcome, step = _try(factor, factor.pending_secret, typed)
        if factor is not None and outcome is _Outcome.RIGHT:
            factor.secret, factor.pending_secret = factor.pending_secret, ""
            factor.confirmed_at, factor.last_step = clock.now(), step
            factor.save()
            codes = _codes_make(operator)
            letter_write("second_factor_on", operator=operator)
    _refuse(outcome, operator)
    if outcome is not _Outcome.RIGHT:
        raise InvalidValue(_("验证码不对，请看验证器当前显示的 6 位数字"), pointer="/code")
    sessions_end_others(operator, keep=keep, ip=ip)
    trail_write("access.second_factor_on", operator=operator, ip=ip)
    return codes


def factor_check(operator: Operator, typed: str) -> bool:
    """Whether the code is right; it is spent by this. Recovery codes count too.

    FactorBlocked after five wrong answers in a row, for a quarter of an hour.
    """
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(operator=operator).first()
        if factor is None or factor.confirmed_at is None:
            return False
        outcome, step = _try(factor, factor.secret, typed, after=factor.last_step, may_recover=True)
        if outcome is _Outcome.RIGHT and step:
            factor.last_step = step
            factor.save(update_fields=["last_step"])
    _refuse(outcome, operator)
    return outcome is _Outcome.RIGHT


def factor_drop(operator: Operator) -> None:
    """Forget the authenticator and its recovery codes."""
    SecondFactor.objects.filter(operator=operator).delete()
    RecoveryCode.objects.filter(operator=operator).delete()


def factor_remove(operator: Operator, *, ip: str = "") -> None:
    """Turn it off, with its recovery codes. The caller has just seen a right code or password."""
    with transaction.atomic():
        factor_drop(operator)
        letter_write("second_factor_off", operator=operator)
    trail_write("access.second_factor_off", operator=operator, ip=ip)


def recovery_renew(operator: Operator, *, ip: str = "") -> list[str]:
    """Ten new recovery codes; the old ones open nothing any more."""
    with transaction.atomic():
        codes = _codes_make(operator)
    trail_write("access.recovery_codes_made", operator=operator, ip=ip)
    return codes


def recovery_left(operator: Operator) -> int:
    """How many recovery codes are unspent."""
    return RecoveryCode.objects.filter(operator=operator, used_at=None).count()


def _try(
    factor: SecondFactor, secret: str, typed: str, *, after: int = 0, may_recover: bool = False
) -> tuple[_Outcome, int]:
    """Judge one answer under the row's lock and count it; the time step when it was a code."""
    at = clock.now()
    if factor.blocked_until is not None and factor.blocked_until > at:
        return _Outcome.BLOCKED, 0
    step = _step_of(secret, typed, at, after=after)
    if step or (may_recover and _recovery_spend(factor, typed, at)):
        factor.failures, factor.blocked_until = 0, None
        factor.save(update_fields=["failures", "blocked_until"])
        return _Outcome.RIGHT, step
    factor.failures += 1
    is_last = factor.failures >= MOST_FAILURES
    if is_last:
        factor.failures, factor.blocked_until = 0, at + BLOCKED_FOR
    factor.save(update_fields=["failures", "blocked_until"])
    return (_Outcome.NOW_BLOCKED if is_last else _Outcome.WRONG), 0


def _step_of(secret: str, typed: str, at: datetime, *, after: int) -> int:
    """The step whose code was typed, if it is newer than ``after``; 0 otherwise."""
    code = code_normal(typed)
    if not code or not secret:
        return 0
    totp, now = pyotp.TOTP(secret), time_step(at.timestamp())
    for drift in _DRIFT:
        step = now + drift
        if step > after and hmac.compare_digest(totp.generate_otp(step), code):
            return step
    return 0


def _recovery_spend(factor: SecondFactor, typed: str, at: datetime) -> bool:
    code = recovery_normal(typed)
    if not code:
        return False
    rows = RecoveryCode.objects.filter(
        operator_id=factor.operator_id,
        code_hash=_recovery_hash(factor.operator_id, code),
        used_at=None,
    )
    if rows.update(used_at=at) != 1:
        return False
    letter_write("recovery_code_used", operator=factor.operator)
    return True


def _recovery_hash(operator_id: int, code: str) -> str:
    return blind_index("access.recovery", f"{operator_id}:{code}")


def _codes_make(operator: Operator) -> list[str]:
    codes = [
        "".join(secrets.choice(_ALPHABET) for _letter in range(10)) for _n in range(RECOVERY_CODES)
    ]
    RecoveryCode.objects.filter(operator=operator).delete()
    RecoveryCode.objects.bulk_create(
        [
            RecoveryCode(operator=operator, code_hash=_recovery_hash(operator.pk, code))
            for code in codes
        ]
    )
    return [recovery_shown(code) for code in codes]


def _refuse(outcome: _Outcome, operator: Operator) -> None:
    if outcome is _Outcome.NOW_BLOCKED:
        letter_write("second_factor_blocked", operator=operator)
        person_notify(
            operator=operator,
            title=gettext_noop("有人多次输错你的两步验证码"),
            text=gettext_noop("你的密码可能已被别人知道。如果不是你本人，请立即修改密码。"),
            once=f"access.blocked.{operator.pk}.{clock.now():%Y%m%d%H%M}",
        )
    if outcome in {_Outcome.BLOCKED, _Outcome.NOW_BLOCKED}:
        raise FactorBlocked(str(gettext_lazy("验证码输错次数过多，请 15 分钟后再试")))


def codes_text(codes: Sequence[str]) -> str:
    """The file that a person downloads."""
    return "\n".join([f"{ISSUER} recovery codes", "", *codes, ""])
