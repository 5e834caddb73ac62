"""Addresses of the WeCom gateway. The calls to WeCom itself fail here: nobody listens on the test address."""

from __future__ import annotations

from scrm.core import clock
from scrm.wecom.models import CallbackEvent, Department, Staff, WeComCorp
from tests.rules.urls.rows import Api, Page

_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"


def objects() -> dict[str, str]:
    corp = WeComCorp.objects.create(
        corp_id="ww1", name="SCRM", agent_id=1, secret="s", token="t", aes_key=_KEY
    )
    callback = CallbackEvent.objects.create(
        corp=corp, dedup=b"1" * 32, raw="<xml/>", received_at=clock.now(), state="done"
    )
    Department.objects.create(corp=corp, number=3, name="静安店")
    Staff.objects.create(corp=corp, userid="li", name="李娜", departments=[3], is_contact=True)
    return {"wecom_corp": corp.public_id, "callback": callback.public_id}


_CORP = {"public_id": "{wecom_corp}"}
_HERE = {"corp_id": "{wecom_corp}"}
_CALLBACK = {"callback_id": "{callback}"}

ROWS = [
    Api("wecom-corps"),
    Api("wecom-corps", "POST", body={"name": "x", "corp_id": "ww2"}, owner=422),
    Api("wecom-corp", path=_CORP),
    Api("wecom-corp-check", "POST", path=_CORP),
    Api("wecom-corp-sync", "POST", path=_CORP, owner=202),
    Api("wecom-callbacks"),
    Api("wecom-callback-replay", "POST", path={"public_id": "{callback}"}, owner=202),
    Api("wecom-corp", "DELETE", path=_CORP, owner=204),
    Page("wecom-connection"),
    Page("wecom-bind"),
    Page("wecom-bind", "POST", owner=422),
    Page("wecom-check", "POST", path=_HERE, owner=302),
    Page("wecom-sync", "POST", path=_HERE, owner=302),
    Page("wecom-callbacks"),
    Page("wecom-callback", path=_CALLBACK),
    Page("wecom-callback-replay", "POST", path=_CALLBACK, owner=302),
]
