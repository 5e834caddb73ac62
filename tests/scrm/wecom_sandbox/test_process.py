"""The sandbox as a process: what outlives a restart, and where it refuses to start."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys

import pytest

from scrm.wecom.sandbox.run import ProductionError, refuse_production
from scrm.wecom.sandbox.server import NotLoopbackError, SandboxServer
from tests.scrm.wecom_sandbox.world import CORP, Api, corp_seed
from tests.support.sandbox import ROOT, sandbox_in_thread, sandbox_process


def test_everything_accepted_outlives_a_restart(tmp_path) -> None:
    with sandbox_in_thread(tmp_path) as sandbox:
        sandbox.seed(corp_seed())
        api = Api(sandbox.base_url).sign_in()
        token = api.token
        msgid = api.post(
            "externalcontact/add_msg_template", {"sender": "li.na", "text": {"content": "x"}}
        )["msgid"]
        way = api.post(
            "externalcontact/add_contact_way", {"type": 1, "scene": 2, "user": ["li.na"]}
        )
        scan = sandbox.scan(CORP, config_id=way["config_id"], name="晨曦")
        sandbox.confirm(CORP)
        sandbox.staff_delete(CORP, external_userid="wmSBX0002", userid="li.na")
        before = (sandbox.sends(), sandbox.tasks(CORP), sandbox.inbox(CORP, "wmSBX0000"))
    with sandbox_in_thread(tmp_path) as sandbox:
        assert (sandbox.sends(), sandbox.tasks(CORP), sandbox.inbox(CORP, "wmSBX0000")) == before
        assert before[0][0].msgid == msgid
        api = Api(sandbox.base_url)
        api.token = token
        listed = api.get("externalcontact/list", userid="li.na")["external_userid"]
        assert scan.external_userid in listed
        assert "wmSBX0002" not in listed
        again = api.post(
            "externalcontact/add_msg_template", {"sender": "li.na", "text": {"content": "y"}}
        )
        assert again["errcode"] == 0
        ids = [s.id for s in sandbox.sends()]
        assert ids == sorted(set(ids))


def test_a_torn_last_line_costs_only_itself(tmp_path) -> None:
    with sandbox_in_thread(tmp_path) as sandbox:
        sandbox.seed(corp_seed())
    with (tmp_path / "journal.jsonl").open("a", encoding="utf-8") as file:
        file.write('[["ww1sandboxcorp","cust')
    with sandbox_in_thread(tmp_path) as sandbox:
        assert len(sandbox.customers(CORP)) == 5


def test_it_runs_as_a_process_and_ends_on_sigterm(tmp_path) -> None:
    with sandbox_process(tmp_path) as sandbox:
        sandbox.seed(corp_seed())
        assert sandbox.health().pid != os.getpid()
        assert Api(sandbox.base_url).sign_in().get("user/get", userid="li.na")["errcode"] == 0


def test_it_listens_on_loopback_only(tmp_path) -> None:
    with pytest.raises(NotLoopbackError):
        SandboxServer(tmp_path, host="0.0.0.0")


def test_production_refuses_it(tmp_path) -> None:
    with pytest.raises(ProductionError):
        refuse_production("scrm.settings.production")
    refuse_production("scrm.settings.demo")
    done = subprocess.run(
        [sys.executable, "-m", "scrm.wecom.sandbox", "--data", str(tmp_path)],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "scrm.settings.production"},
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 1
    assert "生产" in done.stderr


def test_a_foreign_page_cannot_use_the_control_plane(sandbox) -> None:
    connection = http.client.HTTPConnection(sandbox.base_url.removeprefix("http://"))
    connection.request("POST", "/_sandbox/reset", b"{}", {"Origin": "https://evil.example"})
    response = connection.getresponse()
    response.read()
    connection.close()
    assert response.status == 403
    assert sandbox.health().corps == (CORP,)


def test_the_control_plane_refuses_nonsense(sandbox) -> None:
    connection = http.client.HTTPConnection(sandbox.base_url.removeprefix("http://"))
    for path, body, status in (
        ("/_sandbox/nothing", b"{}", 404),
        ("/_sandbox/seed", b"{", 400),
        ("/_sandbox/seed", b"[]", 400),
        ("/_sandbox/seed", b'{"corp_id": 7}', 400),
        ("/_sandbox/switches", b'{"nope": 1}', 422),
        ("/_sandbox/faults", b'{"kind": "nope"}', 422),
    ):
        connection.request("POST", path, body)
        response = connection.getresponse()
        response.read()
        assert (path, response.status) == (path, status)
    connection.close()
