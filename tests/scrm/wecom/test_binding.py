"""Binding: WeCom is asked first, the failing call is named, nothing half-made is kept."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.core import secrets
from scrm.core.errors import InvalidValue
from scrm.events.models import AuditLog, Job
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.wecom.binding.services import (
    BindingRefused,
    corp_bind,
    corp_check,
    corp_unbind,
)
from scrm.wecom.callbacks.services import callbacks_process
from scrm.wecom.errors import WeComMisconfigured
from scrm.wecom.gateway import gateway_for
from scrm.wecom.models import (
    CallbackEvent,
    CorpState,
    FollowRelation,
    InboxState,
    SyncState,
    WeComCorp,
)
from scrm.wecom.sandbox.control import SandboxControl
from scrm.wecom.sandbox.control_types import AgentSeed, CorpSeed
from tests.scrm.wecom.conftest import AES_KEY, AGENT, CORP, SECRET
from tests.scrm.wecom.test_callbacks_processing import PAIR, event, store
from tests.support.api import client


def bind(**changes: object) -> WeComCorp:
    given = {"corp_id": CORP, "agent_id": AGENT, "name": "青禾", "secret": SECRET, **changes}
    return corp_bind(**given)


def test_a_good_binding_is_kept_sealed_and_starts_the_first_sync(
    scope: Tenant, sandbox: SandboxControl
) -> None:
    corp = bind()
    assert [(check["call"], check["is_ok"]) for check in corp.checks] == [
        ("gettoken", True),
        ("agent/get", True),
        ("externalcontact/get_follow_user_list", True),
    ]
    assert (len(corp.token), len(corp.aes_key)) == (24, 43)
    assert SyncState.objects.get().corp_id == corp.pk
    assert Job.objects.filter(kind="wecom.sync").count() == 1
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT secret, token, aes_key FROM wecom_wecomcorp WHERE tenant_id = %s", [scope.pk]
        )
        kept = cursor.fetchone()
    assert all(value.startswith(f"f1${secrets.newest_key_id()}$") for value in kept)
    assert SECRET not in str(AuditLog.objects.values_list("after", flat=True))


@pytest.mark.parametrize(
    "changes, call, errcode, pointer",
    [
        ({"secret": "wrong"}, "gettoken", 40001, "/secret"),
        ({"corp_id": "ww_unknown"}, "gettoken", 40013, "/corp_id"),
        ({"agent_id": 7}, "agent/get", 40056, "/agent_id"),
    ],
)
def test_the_failing_call_and_its_code_are_named(
    scope: Tenant,
    sandbox: SandboxControl,
    changes: dict,
    call: str,
    errcode: int,
    pointer: str,
) -> None:
    with pytest.raises(BindingRefused) as refused:
        bind(**changes)
    assert refused.value.details == {"call": call, "errcode": errcode}
    assert refused.value.pointer == pointer
    assert call in str(refused.value)
    assert str(errcode) in str(refused.value)
    assert WeComCorp.objects.count() == 0


def test_a_missing_right_is_named(scope: Tenant, sandbox: SandboxControl) -> None:
    sandbox.seed(
        CorpSeed(corp_id=CORP, agents=(AgentSeed(agent_id=9, secret="nine", contact_right=False),))
    )
    with pytest.raises(BindingRefused) as refused:
        bind(agent_id=9, secret="nine")
    assert refused.value.details["errcode"] == 48002


def test_no_answer_is_said_too(scope: Tenant, sandbox: SandboxControl, settings: object) -> None:
    settings.WECOM_BASE_URL = "http://127.0.0.1:9"
    with pytest.raises(BindingRefused) as refused:
        bind()
    assert refused.value.details["call"] == "gettoken"


@pytest.mark.parametrize(
    "changes", [{"corp_id": "有空 格"}, {"token": "no-dash"}, {"aes_key": "short"}]
)
def test_impossible_input_never_reaches_wecom(
    scope: Tenant, sandbox: SandboxControl, changes: dict
) -> None:
    with pytest.raises(InvalidValue):
        bind(**changes)
    assert sandbox.requests() == []


def test_binding_again_corrects_and_keeps_the_callback_keys(
    scope: Tenant, sandbox: SandboxControl
) -> None:
    first = bind(token="Given", aes_key=AES_KEY)
    again = bind(name="新名字")
    assert (again.pk, again.name, again.token, again.aes_key) == (
        first.pk,
        "新名字",
        "Given",
        AES_KEY,
    )


def test_a_stopped_application_works_again_after_a_good_check(
    corp: WeComCorp, sandbox: SandboxControl
) -> None:
    store(corp, event("add_external_contact", 1_760_000_000, **PAIR))
    CallbackEvent.objects.update(state=InboxState.FAILED)
    sandbox.fault("errcode", api="externalcontact/list", code=48002, times=1)
    with pytest.raises(WeComMisconfigured):
        gateway_for(corp).contacts_of("li.na")
    assert corp_check(public_id=corp.public_id).state == CorpState.ACTIVE
    assert gateway_for(WeComCorp.objects.get()).members()
    assert CallbackEvent.objects.get().state == InboxState.WAITING


def test_a_failed_check_is_kept_for_the_page(corp: WeComCorp, sandbox: SandboxControl) -> None:
    WeComCorp.objects.filter(pk=corp.pk).update(secret="changed at WeCom")
    checked = corp_check(public_id=corp.public_id)
    assert [(check["call"], check["errcode"]) for check in checked.checks] == [("gettoken", 40001)]


def test_unbinding_forgets_secrets_and_keeps_customers(corp: WeComCorp) -> None:
    corp_unbind(public_id=corp.public_id)
    kept = WeComCorp.objects.get()
    assert (kept.state, kept.secret, kept.token, kept.aes_key) == ("unbound", "", "", "")
    with pytest.raises(WeComMisconfigured):
        gateway_for(kept).members()


def test_an_older_key_still_opens_and_the_next_save_reseals(
    corp: WeComCorp, settings: object
) -> None:
    old = settings.SCRM_SECRET_KEYS[0]
    settings.SCRM_SECRET_KEYS = ["bmV3LWtleS0wMTIzNDU2Nzg5LTAxMjM0NTY3ODktMDE=", old]
    kept = WeComCorp.objects.get()
    assert kept.secret == SECRET
    kept.save()
    settings.SCRM_SECRET_KEYS = settings.SCRM_SECRET_KEYS[:1]
    assert WeComCorp.objects.get().secret == SECRET
    settings.SCRM_SECRET_KEYS = [old]
    with pytest.raises(secrets.SecretUnreadable):
        WeComCorp.objects.get()


def test_a_rotation_reseals_what_is_old_and_nothing_twice(
    corp: WeComCorp, settings: object, capsys: pytest.CaptureFixture[str]
) -> None:
    from django.core.management import call_command

    store(corp, event("add_external_contact", 1_760_000_000, **PAIR))
    callbacks_process()
    old = settings.SCRM_SECRET_KEYS[0]
    settings.SCRM_SECRET_KEYS = ["bmV3LWtleS0wMTIzNDU2Nzg5LTAxMjM0NTY3ODktMDE=", old]
    call_command("secrets_reseal")
    first = capsys.readouterr().out
    assert "wecom.WeComCorp.secret: 1 re-sealed" in first
    assert "wecom.FollowRelation.phones: 1 re-sealed" in first
    call_command("secrets_reseal")
    assert not re.search(r": [1-9]", capsys.readouterr().out)
    settings.SCRM_SECRET_KEYS = settings.SCRM_SECRET_KEYS[:1]
    assert WeComCorp.objects.get().secret == SECRET
    assert FollowRelation.objects.get().phones == '["13800138000"]'


# ------------------------------------------------------------------------------------------ doors
def test_the_api_binds_lists_checks_syncs_and_never_shows_the_secret(
    tenant: Tenant, sandbox: SandboxControl
) -> None:
    api = client(tenant)
    body = {"name": "青禾", "corp_id": CORP, "agent_id": AGENT, "secret": SECRET}
    refused = api.ask("POST", "wecom/corp", {**body, "secret": "wrong"})
    assert refused.status_code == 422
    assert refused.json()["code"] == "wecom_binding_refused"
    made = api.ask("POST", "wecom/corp", body)
    assert made.status_code == 201, made.content
    found = made.json()
    assert found["callback_url"].endswith(f"/wecom/qinghe/{found['id']}/callback")
    assert len(found["aes_key"]) == 43
    listed = api.ask("GET", "wecom/corp").json()["data"][0]
    assert listed["state"] == "active"
    assert not {"secret", "token", "aes_key"} & listed.keys()
    assert api.ask("POST", f"wecom/corp/{found['id']}/check").status_code == 200
    assert (
        api.ask("POST", f"wecom/corp/{found['id']}/sync").status_code == 409
    )  # the first one still waits
    assert api.ask("POST", "wecom/corp", {**body, "extra": 1}).status_code == 422
    assert SECRET not in made.content.decode()
    assert api.ask("DELETE", f"wecom/corp/{found['id']}").status_code == 204
    assert api.ask("GET", f"wecom/corp/{found['id']}").status_code == 404


def test_the_api_lists_and_replays_callbacks(corp: WeComCorp, tenant: Tenant) -> None:
    row = store(corp, "<xml>broken")
    CallbackEvent.objects.update(state=InboxState.FAILED)
    api = client(tenant)
    assert [
        found["id"] for found in api.ask("GET", "wecom/callbacks?state=failed").json()["data"]
    ] == [row.public_id]
    assert api.ask("GET", "wecom/callbacks?state=nope").status_code in {400, 422}
    assert api.ask("POST", f"wecom/callbacks/{row.public_id}/replay").status_code == 202
    assert api.ask("POST", f"wecom/callbacks/{row.public_id}/replay").status_code == 409


@pytest.fixture
def lead(tenant: Tenant) -> Client:
    operator = Operator.objects.create_user(
        email="lead@example.com", password="x" * 12, name="负责人"
    )
    membership_grant(operator=operator, tenant=tenant, roles=["private_domain_lead"])
    found = Client()
    found.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    return found


HERE = "/console/qinghe/settings/wecom/"


def test_the_page_leads_from_nothing_to_a_binding(
    lead: Client, sandbox: SandboxControl, tenant: Tenant
) -> None:
    assert "还没有绑定企业微信" in lead.get(HERE).content.decode()
    data = {"name": "青禾", "corp_id": CORP, "agent_id": str(AGENT), "secret": "wrong"}
    refused = lead.post(f"{HERE}bind/", data)
    assert refused.status_code == 422
    assert "调用 gettoken 失败：40001 应用 Secret 不正确" in refused.content.decode()
    assert "wrong" not in refused.content.decode()
    made = lead.post(f"{HERE}bind/", {**data, "secret": SECRET})
    assert made.status_code == 302
    shown = lead.get(made["Location"]).content.decode()
    with tenant_scope(tenant):
        corp = WeComCorp.objects.get()
    assert corp.aes_key in shown
    assert f"/wecom/qinghe/{corp.public_id}/callback" in shown
    assert "配置回调" in shown


def test_the_page_shows_what_stopped_and_the_buttons_work(
    lead: Client, corp: WeComCorp, sandbox: SandboxControl
) -> None:
    WeComCorp.objects.update(
        state="stopped", stopped_errcode=40001, stopped_api="gettoken", stopped_at=corp.created_at
    )
    assert "接入已停用" in lead.get(HERE).content.decode()
    answer = lead.post(f"{HERE}{corp.public_id}/check/", follow=True)
    assert "全部检查通过" in answer.content.decode()
    assert "同步已开始" in lead.post(f"{HERE}{corp.public_id}/sync/", follow=True).content.decode()
    again = lead.post(f"{HERE}{corp.public_id}/sync/", follow=True)
    assert (again.status_code, again.redirect_chain[0][1]) == (200, 302)


def test_the_inbox_page_filters_and_replays(lead: Client, corp: WeComCorp) -> None:
    row = store(corp, event("add_external_contact", 1_760_000_000, **PAIR))
    CallbackEvent.objects.update(
        state=InboxState.FAILED,
        type="change_external_contact",
        change="add_external_contact",
        error="84061",
    )
    listed = lead.get(f"{HERE}callbacks/?state=failed").content.decode()
    assert "添加客户" in listed
    assert "还没有收到回调" not in listed
    assert row.public_id not in lead.get(f"{HERE}callbacks/?state=done").content.decode()
    shown = lead.get(f"{HERE}callbacks/{row.public_id}/").content.decode()
    assert "重放" in shown
    assert "&lt;xml&gt;" in shown
    answer = lead.post(f"{HERE}callbacks/{row.public_id}/replay/", follow=True)
    assert "已重新放入处理队列" in answer.content.decode()


def test_few_queries_whatever_the_size(
    lead: Client, corp: WeComCorp, django_assert_max_num_queries: object
) -> None:
    for number in range(30):
        store(corp, f"<xml>{number}</xml>")
    with django_assert_max_num_queries(12):
        lead.get(HERE)
    with django_assert_max_num_queries(12):
        lead.get(f"{HERE}callbacks/")
