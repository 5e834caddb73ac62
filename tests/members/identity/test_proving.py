"""Proof joins two members by rule (peers 17); everything less leaves a doubt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from members.identity.merging import member_split
from members.identity.models import (
    ConflictState,
    Identity,
    IdentityConflict,
    MemberMerge,
    MergeCause,
    MergeState,
)
from members.identity.rules import Claim
from members.identity.selectors import member_find
from members.identity.services import Arrival, identity_resolve, identity_resolve_many
from members.people.models import Member
from points.lots.models import PointsAccount
from points.lots.services import points_grant
from scrm.core.errors import InvalidValue
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.services import tenant_settings_update
from scrm.wecom.models import WeComCorp
from tests.factories.members import START, order

ACCOUNT, PHONE = Claim("business_account", "a-1"), Claim("phone", "13800000001")
UNION, PROVED = Claim("unionid", "union-1"), Claim("phone", "13800000001", verified=True)
PROVED_UNION = Claim("unionid", "union-1", verified=True)


def met(*claims: Claim) -> Member:
    return identity_resolve(claims=claims, source="app", occurred_at=START)


def corp(corp_id: str) -> WeComCorp:
    fields: dict[str, Any] = {"secret": "s", "token": "t", "aes_key": "k"}
    return WeComCorp.objects.create(corp_id=corp_id, name=corp_id, agent_id=1, **fields)


def test_a_phone_both_had_verified_joins_them_with_everything(brand: Tenant) -> None:
    stays, goes = met(ACCOUNT), met(PROVED)
    bought = order(claims=(PHONE,))
    points_grant(member_id=goes.pk, points=7, reference="g")
    assert met(ACCOUNT, PROVED) == stays
    merge = MemberMerge.objects.get()
    assert (merge.cause, merge.source_id, merge.state) == (
        MergeCause.AUTO,
        goes.pk,
        MergeState.DONE,
    )
    bought.refresh_from_db()
    assert bought.member_id == stays.pk
    assert PointsAccount.objects.get(member=stays).available == 7
    assert not IdentityConflict.objects.exists()
    assert member_find(PHONE) == stays


def test_a_unionid_that_wechat_names_joins_them(brand: Tenant) -> None:
    stays, goes = met(UNION), met(Claim("openid", "o1", "wxapp"))
    assert met(PROVED_UNION, Claim("openid", "o1", "wxapp")) == stays
    assert IdentityConflict.objects.get().other_id == goes.pk, "the openid proves nothing"
    other = met(Claim("business_account", "b"))
    assert met(Claim("business_account", "b"), PROVED_UNION) == other
    assert member_find(UNION) == other


def test_a_mere_claim_leaves_a_doubt(brand: Tenant) -> None:
    met(ACCOUNT)
    met(PHONE)
    met(ACCOUNT, PROVED)
    doubt = IdentityConflict.objects.get()
    assert doubt.state == ConflictState.OPEN
    assert not MemberMerge.objects.exists(), "who held the phone never proved it"


def test_two_accounts_of_one_kind_are_two_people(brand: Tenant) -> None:
    met(ACCOUNT)
    met(Claim("business_account", "a-2"), PROVED)
    met(ACCOUNT, PROVED)
    assert not MemberMerge.objects.exists()
    assert IdentityConflict.objects.count() == 1


def test_the_brand_may_switch_it_off(brand: Tenant) -> None:
    tenant_settings_update(tenant_id=brand.pk, values={"identity.auto_merge": "off"})
    with tenant_scope(Tenant.objects.get(pk=brand.pk)):
        met(ACCOUNT)
        met(PROVED)
        met(ACCOUNT, PROVED)
        assert not MemberMerge.objects.exists()
        assert IdentityConflict.objects.count() == 1


def test_who_was_split_is_not_joined_by_rule_again(brand: Tenant) -> None:
    stays, goes = met(ACCOUNT), met(PROVED)
    met(ACCOUNT, PROVED)
    member_split(merge=MemberMerge.objects.get().public_id, reason="家人共用")
    assert met(ACCOUNT, PROVED) == stays
    goes.refresh_from_db()
    assert goes.merged_into_id is None
    assert IdentityConflict.objects.get().state == ConflictState.APART


def test_a_batch_lands_on_who_stays(brand: Tenant) -> None:
    stays = met(ACCOUNT)
    met(PROVED)
    batch = [
        Arrival(claims=claims, source="app", occurred_at=START)
        for claims in ((PHONE,), (ACCOUNT, PROVED), (PHONE,))
    ]
    assert identity_resolve_many(batch) == [stays.pk] * 3


def test_proof_is_kept_with_the_identifier_from_when_it_came(brand: Tenant) -> None:
    met(PHONE, UNION)
    assert set(Identity.objects.values_list("verified_at", flat=True)) == {None}
    later = START + timedelta(days=1)
    identity_resolve(claims=[PROVED], source="app", occurred_at=later)
    identity_resolve(claims=[PROVED], source="app", occurred_at=later + timedelta(days=1))
    told = dict(Identity.objects.values_list("type", "verified_at"))
    assert told == {"phone": later, "unionid": None}
    met(Claim("email", "a@b.cn", verified=True))
    assert Identity.objects.get(type="email").verified_at == START


def test_an_external_user_id_is_of_the_only_corp_or_says_which(brand: Tenant) -> None:
    with pytest.raises(InvalidValue):
        met(Claim("external_userid", "wm1"))
    corp("ww1")
    found = met(Claim("external_userid", "wm1"))
    assert Identity.objects.get().scope == "ww1"
    assert member_find(Claim("external_userid", "wm1", "ww1")) == found
    corp("ww2")
    with pytest.raises(InvalidValue):
        met(Claim("external_userid", "wm1"))
    assert met(Claim("external_userid", "wm1", "ww2")) != found


def test_one_doubt_about_two_whoever_it_would_keep(brand: Tenant) -> None:
    one, two = met(ACCOUNT), met(PHONE)
    IdentityConflict.objects.create(kept=one, other=two, occurred_at=START)
    with pytest.raises(IntegrityError), transaction.atomic():
        IdentityConflict.objects.create(kept=two, other=one, occurred_at=START)
    IdentityConflict.objects.create(
        kept=two, other=one, occurred_at=START, state=ConflictState.APART
    )
