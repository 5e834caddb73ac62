"""Between the first answer and the second: who is being waited for, held in the nameless session."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scrm.access.models import Operator
from scrm.access.signin.factors import factor_is_on
from scrm.access.signin.sessions import session_begin
from scrm.core import clock

if TYPE_CHECKING:
    from django.http import HttpRequest

_HELD = "entry"
WAITS = timedelta(minutes=10)


def entry_take(
    request: HttpRequest, operator: Operator, *, by: str, then: str, brand: int | None = None
) -> bool:
    """Sign in who needs no second step. False: the second step is next, nobody is signed in yet."""
    if not factor_is_on(operator):
        session_begin(request, operator, by=by, brand=brand)
        return True
    # Nothing that stood in the session before may reach the second step, nor its key.
    request.session.flush()
    request.session[_HELD] = {
        "operator": operator.pk,
        "by": str(by),
        "then": then,
        "hash": operator.get_session_auth_hash(),
        "at": clock.now().isoformat(),
    }
    return False


def entry_held(request: HttpRequest) -> Operator | None:
    """Who is being waited for; nobody after ten minutes, a new password or an account that was closed."""
    held = request.session.get(_HELD)
    if not held:
        return None
    operator = Operator.objects.filter(pk=held["operator"], is_active=True).first()
    is_late = clock.now() - datetime.fromisoformat(held["at"]) > WAITS
    if operator is None or is_late or operator.get_session_auth_hash() != held["hash"]:
        entry_drop(request)
        return None
    return operator


def entry_finish(request: HttpRequest, operator: Operator) -> str:
    """Sign the held person in, second factor shown; returns where they wanted to go."""
    held = request.session[_HELD]
    session_begin(request, operator, by=held["by"], is_proven=True)
    return str(held["then"])


def entry_drop(request: HttpRequest) -> None:
    """Stop waiting."""
    request.session.pop(_HELD, None)
