"""Signed-in browsers: one row each, seen by their owner, ended from anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, login, logout, update_session_auth_hash
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver

from scrm.access.models import Operator
from scrm.access.signin.models import OperatorSession, SignInBy
from scrm.access.signin.rules import device_label
from scrm.access.signin.trail import trail_write
from scrm.core import clock
from scrm.core.errors import NotFound

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest

BACKEND = "django.contrib.auth.backends.ModelBackend"
SEEN, BEGUN, BY, PROVEN, BRAND = "seen", "begun", "by", "mfa_at", "brand"
# Written at most this often: a page must not cost a write.
SEEN_EVERY = timedelta(minutes=2)
LONGEST = timedelta(days=7)
FRESH_FOR = timedelta(minutes=10)
_AGENT_LONGEST = 300


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """One line of the list of devices."""

    public_id: str
    device: str
    by: str
    ip: str
    created_at: datetime
    last_seen_at: datetime
    is_current: bool


def ip_of(request: HttpRequest) -> str:
    """Where the request came from."""
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


def session_begin(
    request: HttpRequest,
    operator: Operator,
    *,
    by: str = SignInBy.PASSWORD,
    is_proven: bool = False,
    brand: int | None = None,
) -> None:
    """Sign the person in under a new session key; nothing of the session before survives.

    ``is_proven``: a second factor was shown. ``brand``: who vouches for the person, where a brand does.
    """
    request.session.flush()
    request.session[BY] = str(by)
    if brand is not None:
        request.session[BRAND] = brand
    if is_proven:
        request.session[PROVEN] = clock.now().isoformat()
    login(request, operator, backend=BACKEND)
    trail_write("access.signed_in", operator=operator, ip=ip_of(request), after={"by": str(by)})


def session_prove(request: HttpRequest) -> None:
    """Note that this session showed a second factor; its key changes, as with every gain of rights."""
    request.session[PROVEN] = clock.now().isoformat()
    session_rekey(request)


def session_unprove(request: HttpRequest) -> None:
    """Forget that this session showed a second factor: there is none any more."""
    request.session.pop(PROVEN, None)


def session_keep(request: HttpRequest, operator: Operator) -> None:
    """Stay signed in after the own password changed; the session takes a new key."""
    old = request.session.session_key
    update_session_auth_hash(request, operator)
    OperatorSession.objects.filter(session_key=old).update(session_key=request.session.session_key)


def session_rekey(request: HttpRequest) -> None:
    """A new key for the same session, and for its line in the list."""
    old = request.session.session_key
    request.session.cycle_key()
    OperatorSession.objects.filter(session_key=old).update(session_key=request.session.session_key)


def session_is_fresh(request: HttpRequest) -> bool:
    """Whether the person proved who they are within the last minutes: then nobody asks again."""
    begun = _moment(request.session, BEGUN)
    return session_brand(request) is None and begun is not None and clock.now() - begun <= FRESH_FOR


def session_brand(request: HttpRequest) -> int | None:
    """The one brand that this session opens, because only its WeCom says who the person is; None: all.

    A brand decides itself who is who in its WeCom, which must not open the brands of others.
    """
    return None if PROVEN in request.session else request.session.get(BRAND)


def session_touch(request: HttpRequest) -> bool:
    """Note that the session lives; False when it had been idle or alive for too long and was ended."""
    session, at = request.session, clock.now()
    seen, begun = _moment(session, SEEN), _moment(session, BEGUN)
    if seen is None or begun is None:
        _begin(request, int(session[SESSION_KEY]), at)
        return True
    idle = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    if at - seen > idle or at - begun > LONGEST:
        logout(request)
        return False
    if at - seen > SEEN_EVERY:
        session[SEEN] = at.isoformat()
        OperatorSession.objects.filter(session_key=session.session_key).update(
            last_seen_at=at, ip=ip_of(request)
        )
    return True


def sessions_of(operator: Operator, *, current_key: str | None) -> list[SignedIn]:
    """The person's devices, this one first, then the most recently seen."""
    alive = clock.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    rows = OperatorSession.objects.filter(operator=operator, last_seen_at__gte=alive)
    found = [
        SignedIn(
            public_id=row.public_id,
            device=device_label(row.user_agent),
            by=row.by,
            ip=row.ip,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            is_current=row.session_key == current_key,
        )
        for row in rows.order_by("-last_seen_at", "-pk")[:100]
    ]
    return sorted(found, key=lambda line: not line.is_current)


def session_end(operator: Operator, *, public_id: str, ip: str = "") -> None:
    """Sign one of the person's devices out; NotFound for unknown and for other people's."""
    row = OperatorSession.objects.filter(operator=operator, public_id=public_id).first()
    if row is None:
        raise NotFound
    _drop(row.session_key)
    trail_write("access.sessions_ended", operator=operator, ip=ip, after={"count": 1})


def sessions_end_others(operator: Operator, *, keep: str | None = None, ip: str = "") -> int:
    """Sign out everywhere but in the session ``keep``; returns how many devices."""
    count = sessions_drop(operator, keep=keep)
    if count:
        trail_write("access.sessions_ended", operator=operator, ip=ip, after={"count": count})
    return count


def sessions_drop(operator: Operator, *, keep: str | None = None) -> int:
    """The same without a line in the log: for deeds that write their own."""
    keys = list(
        OperatorSession.objects.filter(operator=operator)
        .exclude(session_key=keep or "")
        .values_list("session_key", flat=True)
    )
    for key in keys:
        _drop(key)
    return len(keys)


def _drop(session_key: str) -> None:
    # The session first: a row without a session is a stale line, a session without a row a hidden one.
    import_module(settings.SESSION_ENGINE).SessionStore(session_key).delete()
    OperatorSession.objects.filter(session_key=session_key).delete()


def _moment(session: SessionBase, key: str) -> datetime | None:
    said = session.get(key)
    try:
        return None if said is None else datetime.fromisoformat(said)
    except (TypeError, ValueError):
        return None


def _begin(request: HttpRequest, operator_id: int, at: datetime) -> None:
    session = request.session
    session[SEEN] = session[BEGUN] = at.isoformat()
    row = OperatorSession(
        operator_id=operator_id,
        session_key=session.session_key or "",
        by=session.get(BY, SignInBy.PASSWORD),
        ip=ip_of(request),
        user_agent=str(request.META.get("HTTP_USER_AGENT", ""))[:_AGENT_LONGEST],
        created_at=at,
        last_seen_at=at,
    )
    OperatorSession.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["session_key"],
        update_fields=["operator", "last_seen_at"],
    )


@receiver(user_logged_in, dispatch_uid="access.session_list")
def _listed(request: HttpRequest, user: Operator, **_rest: Any) -> None:
    _begin(request, user.pk, clock.now())


@receiver(user_logged_out, dispatch_uid="access.session_list")
def _unlisted(request: HttpRequest, **_rest: Any) -> None:
    session = getattr(request, "session", None)
    if session is not None and session.session_key:
        OperatorSession.objects.filter(session_key=session.session_key).delete()
