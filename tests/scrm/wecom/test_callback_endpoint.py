"""The callback address over HTTP semantics: verify, store once, refuse the rest with empty bodies (EC-87)."""

from __future__ import annotations

import threading
import time
from urllib.parse import urlencode

import psycopg2
import pytest
from django.db import connection
from django.test import Client

from scrm.core import clock
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.wecom.callbacks.doors import doors_forget
from scrm.wecom.models import CallbackEvent, WeComCorp
from scrm.wecom.sandbox.crypto import Envelope, Sealed, envelope_xml
from tests.scrm.wecom.conftest import AES_KEY, CORP, TOKEN
from tests.support.servers import owner_settings

pytestmark = pytest.mark.django_db(transaction=True)
SENDER = Envelope(token=TOKEN, aes_key=AES_KEY, receiver=CORP)
XML = (
    "<xml><ToUserName>ww1</ToUserName><CreateTime>1760000000</CreateTime><MsgType>event</MsgType>"
    "<Event>change_external_contact</Event><ChangeType>edit_external_contact</ChangeType>"
    "<UserID>li.na</UserID><ExternalUserID>wm1</ExternalUserID></xml>"
)


@pytest.fixture
def bound(transactional_db: None) -> WeComCorp:
    doors_forget()
    tenant = Tenant.objects.create(slug="qinghe", name="青禾")
    with tenant_scope(tenant):
        return WeComCorp.objects.create(
            corp_id=CORP, name="x", agent_id=1, secret="s", token=TOKEN, aes_key=AES_KEY
        )


def url(corp: WeComCorp, sealed: Sealed, slug: str = "qinghe", **more: str) -> str:
    query = {
        "msg_signature": sealed.signature,
        "timestamp": sealed.timestamp,
        "nonce": sealed.nonce,
        **more,
    }
    return f"/wecom/{slug}/{corp.public_id}/callback?{urlencode(query)}"


def seal(text: str = XML) -> Sealed:
    return SENDER.seal(text, timestamp=int(clock.now().timestamp()))


def post(
    corp: WeComCorp, sealed: Sealed, body: bytes | None = None, slug: str = "qinghe"
) -> object:
    body = envelope_xml(sealed, receiver=CORP, agent_id=1).encode() if body is None else body
    return Client().post(url(corp, sealed, slug), data=body, content_type="text/xml")


def rows() -> list[CallbackEvent]:
    with tenant_scope(Tenant.objects.get(slug="qinghe")):
        return list(CallbackEvent.objects.order_by("id"))


def test_verification_answers_the_plain_text_and_nothing_else(bound: WeComCorp) -> None:
    sealed = seal("1234567890123456789")
    answer = Client().get(url(bound, sealed, echostr=sealed.encrypt))
    assert (answer.status_code, answer.content) == (200, b"1234567890123456789")
    with tenant_scope(bound.tenant_id):
        assert WeComCorp.objects.get(pk=bound.pk).callback_verified_at is not None


def test_a_callback_is_stored_once_however_often_it_comes(bound: WeComCorp) -> None:
    for _ in range(3):  # a retry is sealed anew
        answer = post(bound, seal())
        assert (answer.status_code, answer.content) == (200, b"")
    assert [row.raw for row in rows()] == [XML]


def test_other_text_is_another_callback(bound: WeComCorp) -> None:
    post(bound, seal())
    post(bound, seal(XML.replace("wm1", "wm2")))
    assert len(rows()) == 2


def test_a_stale_callback_is_kept(bound: WeComCorp) -> None:
    assert post(bound, SENDER.seal(XML, timestamp=1_500_000_000)).status_code == 200
    assert len(rows()) == 1


def test_bad_signatures_unknown_corps_and_wrong_tenants_leave_nothing(bound: WeComCorp) -> None:
    sealed = seal()
    other = Tenant.objects.create(slug="other", name="另一家")
    with tenant_scope(other):
        WeComCorp.objects.create(
            corp_id="ww2", name="y", agent_id=1, secret="s", token="Other", aes_key=AES_KEY
        )
    bad = Sealed(sealed.encrypt, "0" * 40, sealed.timestamp, sealed.nonce)
    foreign = Envelope(token=TOKEN, aes_key=AES_KEY, receiver="ww2").seal(XML, timestamp=1)
    answers = [
        (post(bound, bad), 403),
        (post(bound, foreign), 403),
        (post(bound, sealed, slug="other"), 404),
        (post(bound, sealed, slug="nobody"), 404),
        (
            Client().post(
                f"/wecom/qinghe/wcc_{'0' * 26}/callback", data=b"", content_type="text/xml"
            ),
            404,
        ),
        (Client().get("/wecom/"), 404),
        (Client().get(url(bound, sealed, echostr=sealed.encrypt[:-4])), 403),
        (Client().delete(url(bound, sealed)), 405),
    ]
    assert [(answer.status_code, answer.content) for answer, _ in answers] == [
        (status, b"") for _, status in answers
    ]
    assert rows() == []


@pytest.mark.parametrize(
    "body, status",
    [
        (b"", 400),
        (b"not xml", 400),
        (b"<xml></xml>", 400),
        (b"<!DOCTYPE x><xml><Encrypt>QUJD</Encrypt></xml>", 400),
        (b"<xml><Encrypt>QUJD</Encrypt></xml>", 403),
        (b"\xff\xfe<xml><Encrypt>QUJD</Encrypt></xml>", 403),
        (b"<xml>" + b" " * 70_000 + b"</xml>", 413),
    ],
)
def test_hostile_bodies_get_an_empty_4xx(bound: WeComCorp, body: bytes, status: int) -> None:
    answer = post(bound, seal(), body=body)
    assert (answer.status_code, answer.content) == (status, b"")
    assert rows() == []


def test_a_doctype_inside_the_envelope_is_refused(bound: WeComCorp) -> None:
    assert post(bound, seal("<!DOCTYPE x><xml/>")).status_code == 400
    assert post(bound, seal("<xml>\0</xml>")).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "",
        "msg_signature=a",
        "msg_signature=a&msg_signature=b&timestamp=1&nonce=1",
        "&".join(f"f{n}=1" for n in range(30)),
    ],
)
def test_missing_or_doubled_parameters_are_malformed(bound: WeComCorp, query: str) -> None:
    answer = Client().post(
        f"/wecom/qinghe/{bound.public_id}/callback?{query}", data=b"x", content_type="text/xml"
    )
    assert (answer.status_code, answer.content) == (400, b"")


def test_new_keys_are_noticed_within_a_minute(bound: WeComCorp) -> None:
    post(bound, seal())
    with tenant_scope(bound.tenant_id):
        WeComCorp.objects.filter(pk=bound.pk).update(token="Changed")
    doors_forget()
    assert post(bound, seal(XML + " ")).status_code == 403


@pytest.mark.slow
def test_a_locked_inbox_is_answered_503_in_time_and_recovers(bound: WeComCorp) -> None:
    assert post(bound, seal()).status_code == 200
    owner = owner_settings()
    holder = psycopg2.connect(
        dbname=connection.settings_dict["NAME"],
        user=owner["USER"],
        password=owner["PASSWORD"] or None,
        host=owner["HOST"],
        port=owner["PORT"],
    )
    try:
        with holder.cursor() as cursor:
            cursor.execute("LOCK TABLE wecom_callbackevent IN ACCESS EXCLUSIVE MODE")
        took: list[tuple[float, int]] = []

        def caller(number: int) -> None:
            start = time.monotonic()
            status = post(bound, seal(XML + " " * number)).status_code
            took.append((time.monotonic() - start, status))
            connection.close()

        threads = [threading.Thread(target=caller, args=(n,)) for n in range(1, 7)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        holder.rollback()
        holder.close()
    assert {status for _, status in took} == {503}
    assert max(seconds for seconds, _ in took) < 3.5
    assert post(bound, seal(XML + " ")).status_code == 200


def test_a_dead_connection_costs_one_reconnect_not_a_callback(bound: WeComCorp) -> None:
    assert post(bound, seal()).status_code == 200
    connection.ensure_connection()
    with (
        psycopg2.connect(
            dbname=connection.settings_dict["NAME"],
            user=owner_settings()["USER"],
            host=owner_settings()["HOST"],
            port=owner_settings()["PORT"],
        ) as other,
        other.cursor() as cursor,
    ):
        cursor.execute("SELECT 1")
    connection.connection.close()
    assert post(bound, seal(XML + " ")).status_code == 200
    assert len(rows()) == 2


def test_only_a_welcome_code_rings_at_once(bound: WeComCorp) -> None:
    listener = connection.copy()
    listener.set_autocommit(True)
    with listener.cursor() as cursor:
        cursor.execute("LISTEN scrm_bell")
    post(bound, seal())
    post(bound, seal(XML.replace("</xml>", "<WelcomeCode>WC1</WelcomeCode></xml>")))
    deadline = time.monotonic() + 5
    while not listener.connection.notifies and time.monotonic() < deadline:
        listener.connection.poll()
        time.sleep(0.02)
    heard = [notice.payload for notice in listener.connection.notifies]
    listener.close()
    assert heard == ["welcome"]
    assert [row.has_welcome for row in rows()] == [False, True]
