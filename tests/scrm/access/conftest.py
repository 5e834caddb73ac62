"""Lin serves two brands; what is signed in by hand goes through the real pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.core import mail as outbox
from django.test import Client

from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.access.signin.factors import factor_begin, factor_confirm
from scrm.access.signin.mail import mails_send
from scrm.access.signin.profile import profile_change
from scrm.core import clock
from scrm.tenants.services import tenant_create

SIGN_IN = "/console/sign-in/"
SECOND = "/console/sign-in/second-step/"
FACTOR = "/console/account/second-factor/"
PASSWORD = "long-enough-1"
PHONE = "138 0013 8000"
T0 = datetime(2026, 11, 22, 2, 0, 10, tzinfo=UTC)


@dataclass
class Desk:
    """One person at a browser, with an authenticator in hand."""

    operator: Operator
    browser: Client
    secret: str = ""

    def sign_in(self, username: str = "lin@example.com", password: str = PASSWORD, **more: str):
        return self.browser.post(SIGN_IN, {"username": username, "password": password, **more})

    def code(self, *, step: int = 0) -> str:
        """The code of now, or of some half minutes later."""
        return pyotp.TOTP(self.secret).at(clock.now() + timedelta(seconds=30 * step))

    def factor_on(self) -> list[str]:
        """Turn the second factor on; leaves the code of the present half minute spent."""
        self.secret = factor_begin(self.operator).secret
        return factor_confirm(self.operator, self.code())

    @property
    def is_in(self) -> bool:
        return "_auth_user_id" in self.browser.session


@pytest.fixture
def desk(db: None, client: Client) -> Desk:
    lin = Operator.objects.create_user(email="lin@example.com", password=PASSWORD, name="林晓")
    for slug, name in (("mumian", "木棉家纺"), ("chayu", "茶屿")):
        membership_grant(
            operator=lin, tenant=tenant_create(slug=slug, name=name), roles=["tenant_admin"]
        )
    profile_change(lin, name="林晓", phone=PHONE, password=PASSWORD)
    return Desk(operator=lin, browser=client)


@pytest.fixture
def at(desk: Desk) -> Iterator[Callable[..., None]]:
    """Moves the clock: `at(minutes=3)` is three minutes after T0."""
    held: list[object] = []

    def move(**after: float) -> None:
        if held:
            held.pop().__exit__(None, None, None)
        frozen = clock.frozen(T0 + timedelta(**after))
        frozen.__enter__()
        held.append(frozen)

    move()
    yield move
    held.pop().__exit__(None, None, None)


@pytest.fixture
def letters() -> Callable[[], list[object]]:
    """Sends what waits and returns every letter so far."""

    def sent() -> list[object]:
        mails_send()
        return outbox.outbox

    return sent


def link_in(text: str) -> str:
    """The path of the link in a letter."""
    found = re.search(r"https?://[^/\s]+(/\S+)", text)
    assert found is not None, text
    return found[1]
