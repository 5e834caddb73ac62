"""A tenant whose application is bound to a corp of the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.wecom import store
from scrm.wecom.gateway import Gateway, gateway_for
from scrm.wecom.models import WeComCorp
from scrm.wecom.sandbox.control import SandboxControl
from scrm.wecom.sandbox.control_types import (
    AgentSeed,
    CorpSeed,
    CustomerSeed,
    RelationSeed,
    StaffSeed,
    TagGroupSeed,
)
from tests.support.sandbox import _sandbox_session, wecom_sandbox  # noqa: F401

CORP = "ww1sandboxcorp"
AGENT = 1000002
SECRET = "sandbox-secret-of-the-app"
TOKEN = "Tok3n0fTheCallback"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
T0 = 1_760_000_000


@pytest.fixture
def sandbox(wecom_sandbox: SandboxControl, settings: object) -> SandboxControl:  # noqa: F811
    settings.WECOM_BASE_URL = wecom_sandbox.base_url
    settings.WECOM_HTTP_TIMEOUT = (1.0, 2.0)
    store.store().flushdb()
    wecom_sandbox.seed(
        CorpSeed(
            corp_id=CORP,
            name="青禾",
            agents=(AgentSeed(agent_id=AGENT, secret=SECRET),),
            staff=(
                StaffSeed(userid="li.na", name="李娜"),
                StaffSeed(userid="wang.wu", name="王武"),
                StaffSeed(userid="zhao.liu", name="赵柳", contact=False),
            ),
            customers=(
                CustomerSeed(external_userid="wm1", name="陈晨", unionid="o1", gender=2),
                CustomerSeed(external_userid="wm2", name="周舟", unionid="o2"),
                CustomerSeed(external_userid="wm3", name="吴梧"),
            ),
            relations=(
                RelationSeed(
                    userid="li.na",
                    external_userid="wm1",
                    createtime=T0,
                    state="ch_42",
                    remark="老客",
                    remark_mobiles=("13800138000",),
                    tags=("等级/金",),
                ),
                RelationSeed(userid="wang.wu", external_userid="wm1", createtime=T0 + 60),
                RelationSeed(userid="li.na", external_userid="wm2", createtime=T0 + 5),
            ),
            tag_groups=(TagGroupSeed(name="等级", tags=("金", "银")),),
        )
    )
    return wecom_sandbox


@pytest.fixture
def tenant(db: None) -> Tenant:
    return Tenant.objects.create(slug="qinghe", name="青禾")


@pytest.fixture
def scope(tenant: Tenant) -> Iterator[Tenant]:
    with tenant_scope(tenant):
        yield tenant


@pytest.fixture
def corp(scope: Tenant, sandbox: SandboxControl) -> WeComCorp:
    return WeComCorp.objects.create(
        corp_id=CORP, name="青禾", agent_id=AGENT, secret=SECRET, token=TOKEN, aes_key=AES_KEY
    )


@pytest.fixture
def gateway(corp: WeComCorp) -> Gateway:
    return gateway_for(corp)
