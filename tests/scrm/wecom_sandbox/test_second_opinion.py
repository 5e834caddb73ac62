"""wechatpy, written by others, must understand what the sandbox says."""

from __future__ import annotations

import warnings

import pytest

from tests.scrm.wecom_sandbox.world import AES_KEY, CORP, SECRET, TOKEN

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from wechatpy.enterprise import WeChatClient, WeChatCrypto
    from wechatpy.exceptions import WeChatClientException

PAIR = {"external_userid": "wmSBX0000", "userid": "li.na"}


@pytest.fixture
def client(sandbox):
    client = WeChatClient(CORP, SECRET, timeout=5, auto_retry=False)
    client._http.trust_env = False
    client.API_BASE_URL = f"{sandbox.base_url}/cgi-bin/"
    url = f"{client.API_BASE_URL}gettoken"
    client._fetch_access_token(url=url, params={"corpid": CORP, "corpsecret": SECRET})
    return client


def test_its_crypto_opens_our_envelopes(sandbox, listening) -> None:
    sandbox.staff_edit(CORP, **PAIR, remark="x")
    sandbox.wait_for_callbacks()
    [body], [query], [xml] = listening.bodies, listening.queries, listening.events
    crypto = WeChatCrypto(TOKEN, AES_KEY, CORP)
    signature, moment, nonce = query["msg_signature"], query["timestamp"], query["nonce"]
    assert crypto.decrypt_message(body, signature, moment, nonce) == xml


def test_its_client_reads_contacts_and_sends(sandbox, client) -> None:
    assert client.external_contact.list("li.na")["external_userid"][0] == "wmSBX0000"
    shown = client.external_contact.get("wmSBX0000")
    assert shown["external_contact"]["name"] == "客户0"
    made = client.external_contact.add_contact_way(1, 2, 1, "门店", True, "ch_1", ["li.na"], [])
    scan = sandbox.scan(CORP, qr_code=made["qr_code"], name="晨曦")
    text = {"content": "你好"}
    client.external_contact.send_welcome_msg({"welcome_code": scan.welcome_code, "text": text})
    client.external_contact.add_msg_template({"sender": "li.na", "text": text})
    assert [s.kind for s in sandbox.sends()] == ["welcome", "broadcast"]


def test_its_errors_carry_our_codes(client) -> None:
    with pytest.raises(WeChatClientException) as refused:
        client.external_contact.get("nobody")
    assert refused.value.errcode == 40096


def test_its_upload_arrives_with_a_chinese_name(client) -> None:
    made = client.media.upload("image", ("封面.png", b"\x89PNG\r\n\x1a\n" + b"0" * 64))
    assert made["media_id"]
