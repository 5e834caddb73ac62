"""A fact that was resolved before a merge and is written during it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from members.identity.merging import member_merge
from members.identity.rules import Claim
from members.identity.services import identity_resolve
from members.people.models import Member, SourceTouch
from members.people.selectors import living_ids
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from tests.factories.members import START
from tests.support.api import tenant

pytestmark = [pytest.mark.race, pytest.mark.db, pytest.mark.django_db(transaction=True)]
_SOON = 0.3


def account(name: str) -> Member:
    return identity_resolve(
        claims=[Claim("business_account", name)], source="tmall", occurred_at=START
    )


@contextmanager
def merging(brand: Tenant, source: Member, target: Member) -> Iterator[threading.Thread]:
    """A merge on a connection of its own."""

    def work() -> None:
        with tenant_scope(brand):
            member_merge(source=source.public_id, target=target.public_id, reason="x")
        connection.close()

    thread = threading.Thread(target=work)
    yield thread
    thread.join(timeout=20)
    assert not thread.is_alive()


@pytest.mark.parametrize("locks", [True, False])
def test_a_merge_waits_for_who_writes_by_the_sources_key(locks: bool) -> None:
    """Without the lock of `living_ids` the same row is stranded on the account that is gone."""
    brand = tenant()
    with tenant_scope(brand):
        source, target = account("a"), account("b")
        with merging(brand, source, target) as merge, transaction.atomic():
            living = living_ids([source.pk], lock=locks)[source.pk]
            merge.start()
            merge.join(timeout=_SOON if locks else 20)
            assert merge.is_alive() is locks
            SourceTouch.objects.create(member_id=living, source="store", at=START)
        owner = SourceTouch.objects.get(source="store").member_id
        assert owner == (target.pk if locks else source.pk)
