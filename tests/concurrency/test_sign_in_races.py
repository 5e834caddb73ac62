"""One code, one recovery code and one link, shown by many at once: exactly one of them gets in."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pyotp
import pytest
from django.core import mail as outbox
from django.db import connection
from django.test import Client

from scrm.access.models import Operator, SecondFactor
from scrm.access.people.invitations import invitation_make
from scrm.access.signin.factors import factor_begin, factor_check, factor_confirm
from scrm.access.signin.mail import mail_queue, mails_send
from scrm.access.signin.passwords import ResetLinkGone, reset_ask, reset_finish
from scrm.core import clock
from scrm.tenants.context import current_tenant, tenant_scope
from scrm.tenants.services import tenant_create

pytestmark = [pytest.mark.race, pytest.mark.db, pytest.mark.django_db(transaction=True)]
MANY = 5  # one right answer and four wrong ones: a fifth would block the second step


@pytest.fixture
def lin(transactional_db: None) -> Operator:
    return Operator.objects.create_user(
        email="lin@example.com", password="long-enough-1", name="林晓"
    )


def at_once(act: Callable[[], bool]) -> int:
    """How many of those who came at the same moment got in."""
    gate = Barrier(MANY)

    def one(_number: int) -> bool:
        gate.wait(10)
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as pool:
        return sum(pool.map(one, range(MANY)))


def test_a_code_shown_by_many_at_once_lets_one_in(lin: Operator) -> None:
    secret = factor_begin(lin).secret
    factor_confirm(lin, pyotp.TOTP(secret).at(clock.now()))
    SecondFactor.objects.update(last_step=0)
    code = pyotp.TOTP(secret).at(clock.now())
    assert at_once(lambda: factor_check(lin, code)) == 1


def test_a_recovery_code_shown_by_many_at_once_lets_one_in(lin: Operator) -> None:
    codes = factor_confirm(lin, pyotp.TOTP(factor_begin(lin).secret).at(clock.now()))
    assert at_once(lambda: factor_check(lin, codes[0])) == 1


def test_five_recovery_codes_at_once_let_five_in(lin: Operator) -> None:
    """The control: it is the code that is spent, not the moment."""
    codes = factor_confirm(lin, pyotp.TOTP(factor_begin(lin).secret).at(clock.now()))
    assert at_once(lambda: factor_check(lin, codes.pop())) == MANY


def test_a_link_used_by_many_at_once_sets_one_password(lin: Operator) -> None:
    tokens: list[str] = []

    def link_of(token: str) -> str:
        tokens.append(token)
        return f"https://scrm.example.com/{token}/"

    reset_ask(account="lin@example.com", ip="", link_of=link_of)

    def act() -> bool:
        try:
            reset_finish(tokens[0], new="correct-horse-9")
        except ResetLinkGone:
            return False
        return True

    assert at_once(act) == 1


def test_a_letter_found_by_many_workers_goes_once(lin: Operator) -> None:
    mail_queue(kind="test", to="a@example.com", subject="x", body="y")

    def act() -> bool:
        return mails_send() == 1

    assert at_once(act) == 1
    assert len(outbox.outbox) == 1


def test_two_brands_that_invited_a_new_mailbox_make_one_account(
    lin: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, links = Barrier(2), []

    def link_of(token: str) -> str:
        links.append(f"/console/join/{current_tenant().slug}/{token}/")
        return links[-1]

    for slug in ("mumian", "chayu"):
        with tenant_scope(tenant_create(slug=slug, name=slug)):
            invitation_make(
                email="new@example.com", roles=["read_only"], granted_by=["*"], link_of=link_of
            )

    def both_are_new(*_told: object, **_more: object) -> None:
        gate.wait(10)  # neither has found an account of that mailbox

    monkeypatch.setattr("scrm.access.people.invitations.password_check", both_are_new)
    new = {"name": "新同事", "password": "correct-horse-9", "again": "correct-horse-9"}

    def join(link: str) -> int:
        try:
            return Client().post(link, new).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = dict(zip(links, pool.map(join, links), strict=True))
    assert sorted(answers.values()) == [302, 409]
    made = Operator.objects.get(email="new@example.com")
    assert made.memberships.count() == 1
    late = next(link for link, status in answers.items() if status == 409)
    assert 'type="password"' not in Client().get(late).content.decode(), "the account is known now"
    assert Client().post(late, {}).status_code == 302
    assert made.memberships.count() == 2
