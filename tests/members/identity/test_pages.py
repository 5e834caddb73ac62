"""Page 12: the queue, the effect before the merge, the typed number, and the way back."""

from __future__ import annotations

import pytest
from django.test import Client

from members.identity.models import ConflictState, IdentityConflict, MemberMerge, MergeState
from members.identity.reporting import identity_report
from members.identity.rules import Claim
from members.identity.services import identity_resolve
from members.people.models import Member
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.tenants.models import Tenant
from tests.factories.members import START, order

A, B = Claim("business_account", "a"), Claim("business_account", "b")


def account(*claims: Claim) -> Member:
    return identity_resolve(claims=claims, source="tmall", occurred_at=START)


@pytest.fixture
def lead(brand: Tenant) -> Client:
    operator = Operator.objects.create_user(email="lead@example.com", password=None, name="李娜")
    membership_grant(operator=operator, tenant=brand, roles=["member_ops"])
    client = Client()
    client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    return client


def url(brand: Tenant, path: str) -> str:
    return f"/console/{brand.slug}/{path}"


def test_a_doubt_ends_in_a_merge_that_can_be_taken_back(brand: Tenant, lead: Client) -> None:
    kept, other = account(A), account(B)
    order(claims=(B,))
    account(A, B)
    doubt = IdentityConflict.objects.get()
    listed = lead.get(url(brand, "identity/conflicts/?state=open")).content.decode()
    assert kept.member_no in listed
    assert other.member_no in listed
    shown = lead.get(url(brand, f"identity/conflicts/{doubt.public_id}/")).content.decode()
    assert "保持独立" in shown
    path = url(brand, f"members/{kept.public_id}/merge/?source={other.public_id}&conflict=x")
    assert "合并后" in lead.get(path).content.decode()
    wrong = lead.post(path, {"reason": "同一个人", "number": kept.member_no})
    assert wrong.status_code == 422
    assert not MemberMerge.objects.exists()
    done = lead.post(path, {"reason": "同一个人", "number": other.member_no})
    merge = MemberMerge.objects.get()
    assert done["Location"].endswith(f"identity/merges/{merge.public_id}/")
    doubt.refresh_from_db()
    assert doubt.state == ConflictState.MERGED
    assert "拆分" in lead.get(done["Location"]).content.decode()
    split = url(brand, f"identity/merges/{merge.public_id}/split/")
    assert "订单" in lead.get(split).content.decode()
    lead.post(split, {"reason": "是两个人", "number": other.member_no})
    merge.refresh_from_db()
    assert merge.state == MergeState.REVERTED
    assert "现在不能拆分" in lead.get(split).content.decode()


def test_kept_apart_can_be_undone(brand: Tenant, lead: Client) -> None:
    account(A), account(B), account(A, B)
    doubt = IdentityConflict.objects.get()
    said = lead.post(url(brand, f"identity/conflicts/{doubt.public_id}/apart/"), follow=True)
    assert said.status_code == 200
    doubt.refresh_from_db()
    assert doubt.state == ConflictState.APART


def test_a_merge_begins_with_the_number_of_the_other(brand: Tenant, lead: Client) -> None:
    kept, other = account(A), account(B)
    path = url(brand, f"members/{kept.public_id}/merge/")
    assert lead.post(path, {"number": "nobody"}).status_code == 422
    assert lead.post(path, {"number": kept.member_no}).status_code == 422
    asked = lead.post(path, {"number": other.member_no})
    assert asked["Location"].endswith(f"?source={other.public_id}")


def test_the_report_is_shown(brand: Tenant, lead: Client) -> None:
    assert "第一份身份报告" in lead.get(url(brand, "identity/report/")).content.decode()
    account(A)
    identity_report(START.date())
    shown = lead.get(url(brand, "identity/report/")).content.decode()
    assert "会员账号" in shown
    assert "2026-01-15" in shown
