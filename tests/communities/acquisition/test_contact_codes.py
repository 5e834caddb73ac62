"""A door for customers: made at WeCom, and the first thing we know of who comes in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from communities.acquisition.models import ContactCode, ContactCodeScan
from communities.acquisition.selectors import contact_code_counts
from communities.acquisition.services import (
    NameTaken,
    contact_code_archive,
    contact_code_create,
    contact_code_retry,
    contact_code_update,
    contact_codes_sweep,
)
from members.people.models import Member
from members.tags.bulk import tags_take_off
from members.tags.models import MemberTag
from scrm.core import clock
from scrm.core.errors import InvalidValue
from scrm.events.bus import publish
from scrm.events.relay import relay_chunk
from scrm.wecom.models import WelcomeTask
from scrm.wecom.sandbox.control import SandboxControl
from scrm.wecom.welcome.providers import welcome_content
from scrm.wecom.welcome.services import welcomes_send
from tests.support.api import client
from tests.support.pushes import Brand, corp_name

pytestmark = pytest.mark.db
ADD = "externalcontact/add_contact_way"


def code(**more: Any) -> ContactCode:
    given = {"name": "包裹卡", "staff": ["staff0"], "tags": ["包裹卡"], **more}
    return contact_code_create(**given)


def arrive(shop: Brand, made: ContactCode, *, change: str = "added", times: int = 1) -> None:
    for _ in range(times):
        with transaction.atomic():
            publish(
                "wecom.contact_changed",
                subject="wmNEW",
                payload={
                    "corp_id": corp_name(shop.tenant),
                    "external_userid": "wmNEW",
                    "unionid": "",
                    "name": "新客",
                    "gender": 0,
                    "phones": [],
                    "userid": "staff0",
                    "change": change,
                    "state": made.state_param,
                    "tags": [],
                    "at": datetime(2026, 11, 18, tzinfo=UTC).isoformat(),
                },
            )
        relay_chunk()


def test_a_code_is_made_at_wecom(shop: Brand, sandbox: SandboxControl) -> None:
    made = code(welcome_text="{昵称}，你好")
    assert made.state == "active"
    (way,) = sandbox.contact_ways(corp_name(shop.tenant))
    assert (way.config_id, way.state, way.remark) == (made.config_id, made.state_param, "包裹卡")
    assert way.qr_code == made.qr_url


def test_who_comes_in_by_a_code_has_its_occasion_and_tags_once(shop: Brand) -> None:
    made = code()
    arrive(shop, made, times=3)
    member = Member.objects.get(display_name="新客")
    # The channel is WeCom; the code is the occasion (M-21).
    assert (member.first_source, member.latest_source) == ("wecom", "wecom")
    assert [touch.campaign for touch in member.touches.all()] == ["包裹卡"]
    assert [worn.tag.name for worn in MemberTag.objects.filter(member=member)] == ["包裹卡"]
    assert ContactCodeScan.objects.count() == 1
    # What an operator took off stays off, however often WeCom repeats itself.
    tags_take_off([member.pk], ["包裹卡"])
    arrive(shop, made)
    assert not MemberTag.objects.filter(member=member).exists()
    assert contact_code_counts([made])[made.pk].total == 1


def test_an_edited_contact_is_no_arrival(shop: Brand) -> None:
    arrive(shop, code(), change="edited")
    assert not ContactCodeScan.objects.exists()


def test_the_codes_words_greet_its_customers_only(shop: Brand) -> None:
    made = code(welcome_text="{昵称}，欢迎")
    corp = corp_name(shop.tenant)
    found = welcome_content(corp_id=corp, userid="staff0", state=made.state_param)
    assert found is not None
    assert found.text == "{昵称}，欢迎"
    assert welcome_content(corp_id=corp, userid="staff0", state="other") is None
    assert welcome_content(corp_id="ww-other", userid="staff0", state=made.state_param) is None


def test_a_code_whose_making_got_no_answer_is_found_not_made_twice(
    shop: Brand, sandbox: SandboxControl
) -> None:
    sandbox.fault("drop_after", api=ADD, times=1)
    made = code()
    assert made.state == "waiting"
    _grow_old(made)
    assert contact_codes_sweep() == 1
    made.refresh_from_db()
    assert made.state == "active"
    assert len(sandbox.contact_ways(corp_name(shop.tenant))) == 1


def test_a_code_that_never_arrived_is_made_by_the_sweeper(
    shop: Brand, sandbox: SandboxControl
) -> None:
    sandbox.fault("drop_before", api=ADD, times=1)
    made = code()
    assert contact_codes_sweep() == 0
    _grow_old(made)
    assert contact_codes_sweep() == 1
    made.refresh_from_db()
    assert made.state == "active"


def _grow_old(made: ContactCode) -> None:
    ContactCode.objects.filter(pk=made.pk).update(updated_at=made.updated_at - timedelta(hours=1))


def test_a_refusal_is_shown_and_may_be_tried_again(shop: Brand, sandbox: SandboxControl) -> None:
    sandbox.fault("errcode", api=ADD, code=41054, times=1)
    made = code()
    assert made.state == "refused"
    assert "41054" in made.error
    assert contact_code_retry(public_id=made.public_id).state == "active"


def test_names_are_unique_while_in_use(shop: Brand) -> None:
    first = code()
    with pytest.raises(NameTaken):
        code()
    contact_code_archive(public_id=first.public_id)
    assert code().state == "active"


def test_words_and_tags_change_later(shop: Brand) -> None:
    made = code()
    contact_code_update(
        public_id=made.public_id, changes={"tags": ["甲", "甲", "乙"], "welcome_text": " 好 "}
    )
    made.refresh_from_db()
    assert (made.tags, made.welcome_text) == (["甲", "乙"], "好")


def test_unknown_staff_are_refused(shop: Brand) -> None:
    with pytest.raises(InvalidValue):
        code(staff=["nobody"])
    with pytest.raises(InvalidValue):
        code(staff=[])
    assert not ContactCode.objects.exists()


def test_codes_by_rest(shop: Brand, sandbox: SandboxControl) -> None:
    api = client(shop.tenant)
    body = {"name": "门店", "staff": ["staff1"], "tags": ["门店"], "welcome_text": "{昵称}"}
    made = api.ask("POST", "contact-codes", body, key="once")
    assert made.status_code == 201, made.content
    assert made.json()["status"] == "active"
    again = api.ask("POST", "contact-codes", body, key="once")
    assert again.json() == made.json()
    taken = api.ask("POST", "contact-codes", body)
    assert (taken.status_code, taken.json()["code"]) == (409, "contact_code_name_taken")
    code_id = made.json()["id"]
    assert api.ask("PATCH", f"contact-codes/{code_id}", {"tags": []}).json()["tags"] == []
    assert api.ask("DELETE", f"contact-codes/{code_id}").status_code == 204
    assert api.ask("GET", "contact-codes").json()["data"] == []
    assert len(api.ask("GET", "contact-codes?status=archived").json()["data"]) == 1


def test_the_welcome_names_the_customer_whom_our_books_do_not_know_yet(
    shop: Brand, sandbox: SandboxControl
) -> None:
    made = code(welcome_text="{昵称}，欢迎来到茶屿")
    corp = corp_name(shop.tenant)
    scan = sandbox.scan(corp, config_id=made.config_id, name="梅梅")
    now = clock.now()
    WelcomeTask.objects.create(
        corp=made.corp,
        code=scan.welcome_code,
        userid=scan.userid,
        external_userid=scan.external_userid,
        state_param=made.state_param,
        received_at=now,
        deadline=now + timedelta(seconds=18),
    )
    assert welcomes_send() == 1
    (message,) = sandbox.inbox(corp, scan.external_userid)
    assert message.text == "梅梅，欢迎来到茶屿"
