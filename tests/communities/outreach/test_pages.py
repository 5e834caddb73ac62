"""Pages 22 to 24."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communities.outreach.models import Push, PushBatch, PushMedia
from communities.outreach.selectors.lists import push_card
from communities.outreach.services.drafts import push_create
from communities.outreach.services.polling import pushes_poll
from communities.outreach.services.sending import pushes_drain
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.core import clock
from scrm.wecom.sandbox.control import SandboxControl
from tests.support.pushes import NOON, Brand, corp_name

pytestmark = pytest.mark.db
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def lin(shop: Brand, client: Client) -> Client:
    """An administrator of the brand."""
    lin = Operator.objects.create_user(email="lin@example.com", password="long-enough-1", name="林")
    membership_grant(operator=lin, tenant=shop.tenant, roles=["tenant_admin"])
    client.force_login(lin, backend="django.contrib.auth.backends.ModelBackend")
    return client


def at(shop: Brand, path: str) -> str:
    return f"/console/{shop.tenant.slug}/communities/pushes/{path}"


def draft(shop: Brand, **more: Any) -> Push:
    return push_create(name="春茶", segment=shop.segment.public_id, **{"text": "{昵称}好", **more})


def test_an_operator_writes_and_sends_a_push(
    shop: Brand, lin: Client, sandbox: SandboxControl
) -> None:
    first = lin.post(
        at(shop, "new/"),
        {"name": "春茶", "segment": shop.segment.public_id, "purpose": "marketing"},
    )
    assert first.status_code == 302
    push = Push.objects.get()
    edit = at(shop, f"{push.public_id}/edit/")
    assert first.headers["Location"] == f"{edit}?step=content"
    content = {
        "text": "{昵称}，春茶到了\r\n本周可用",
        "with_link": "on",
        "link_title": "春茶",
        "link_url": "https://tea.example/1",
        "link_desc": "9 折",
    }
    assert lin.post(f"{edit}?step=content", content).status_code == 302
    assert lin.post(f"{edit}?step=time", {"when": "now"}).status_code == 302
    confirm = lin.get(f"{edit}?step=confirm").content.decode()
    assert "不是好友" in confirm
    assert "将触达 10 人" in confirm
    wrong = lin.post(f"{edit}?step=confirm", {"count": "12"})
    assert wrong.status_code == 422
    sent = lin.post(f"{edit}?step=confirm", {"count": "10"})
    assert sent.headers["Location"] == at(shop, f"{push.public_id}/")
    pushes_drain(seconds=10)
    texts = {send.text for send in sandbox.sends(corp_name(shop.tenant))}
    assert "客户3，春茶到了\n本周可用" in texts


def test_the_reach_of_a_push_not_yet_written_is_exact(shop: Brand, lin: Client) -> None:
    reach = lin.get(at(shop, f"reach/?segment={shop.segment.public_id}")).content.decode()
    assert '<strong class="num">10</strong>' in reach
    assert "不是好友" in reach


def test_the_phone_shows_the_real_payload_and_keeps_what_is_sound(shop: Brand, lin: Client) -> None:
    push = draft(shop)
    url = at(shop, f"{push.public_id}/phone/")
    shown = lin.post(url, {"text": "亲爱的{昵称}", "with_link": ""}).content.decode()
    assert "亲爱的客户0" in shown
    assert "已自动保存" in shown
    push.refresh_from_db()
    assert push.text == "亲爱的{昵称}"
    refused = lin.post(url, {"text": "{余额}"}).content.decode()
    assert "{余额}" in refused
    push.refresh_from_db()
    assert push.text == "亲爱的{昵称}"


def test_pictures_are_kept_previewed_and_uploaded_when_sent(
    shop: Brand, lin: Client, sandbox: SandboxControl
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    push = draft(shop)
    edit = at(shop, f"{push.public_id}/edit/?step=content")
    form = {
        "text": "看图",
        "with_image": "on",
        "image": SimpleUploadedFile("tea.png", PNG),
        "with_mini": "on",
        "mini_title": "茶屿",
        "mini_appid": "wx1",
        "mini_page": "pages/index",
        "mini_cover": SimpleUploadedFile("cover.png", PNG),
    }
    assert lin.post(edit, form).status_code == 302
    assert [item["msgtype"] for item in Push.objects.get().attachments] == ["image", "miniprogram"]
    media = PushMedia.objects.order_by("id").first()
    assert media is not None
    assert lin.get(at(shop, f"media/{media.public_id}/")).content == PNG
    # Saved again without choosing files anew: the pictures stay.
    again = {key: value for key, value in form.items() if key not in {"image", "mini_cover"}}
    assert lin.post(edit, {**again, "text": "再看"}).status_code == 302
    assert len(Push.objects.get().attachments) == 2
    lin.post(at(shop, f"{push.public_id}/edit/?step=confirm"), {"count": "10"})
    pushes_drain(seconds=10)
    sent = sandbox.sends(corp_name(shop.tenant))[0]
    kinds = {str(item["msgtype"]): item for item in sent.attachments}
    assert set(kinds) == {"image", "miniprogram"}
    assert "pmd_" not in str(sent.attachments)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"text": ""}, "不能都为空"),
        ({"text": "x", "with_link": "on"}, "请填写"),
        ({"text": "x", "with_image": "on"}, "请选择图片"),
        (
            {"text": "x", "with_link": "on", "link_title": "茶" * 60, "link_url": "https://a.b"},
            "128",
        ),
        ({"text": "x", "with_link": "on", "link_title": "t", "link_url": "javascript:1"}, "https"),
    ],
)
def test_faulty_content_stays_in_the_form(
    shop: Brand, lin: Client, change: dict[str, str], word: str
) -> None:
    push = draft(shop)
    answer = lin.post(at(shop, f"{push.public_id}/edit/?step=content"), change)
    assert answer.status_code == 422
    assert word in answer.content.decode()


def test_progress_is_live_and_says_when_it_is_over(
    shop: Brand, lin: Client, sandbox: SandboxControl
) -> None:
    push = shop.push()
    pushes_drain(seconds=10)
    url = at(shop, f"{push.public_id}/progress/")
    running = lin.get(f"{url}?state=awaiting_staff", headers={"HX-Request": "true"})
    assert running.status_code == 200
    assert "HX-Refresh" not in running.headers
    assert "催办" in running.content.decode()
    assert lin.get(f"{url}?state=scheduled").headers["HX-Refresh"] == "true"
    sandbox.confirm(corp_name(shop.tenant))
    PushBatch.objects.update(next_poll_at=NOON)
    pushes_poll(seconds=10)
    assert lin.get(f"{url}?state=sending").status_code == 286


def test_figures_equal_the_lists_behind_them(
    shop: Brand, lin: Client, sandbox: SandboxControl
) -> None:
    corp = corp_name(shop.tenant)
    sandbox.customer_delete(corp, external_userid="wm00000", userid="staff0")
    push = shop.push()
    pushes_drain(seconds=10)
    sandbox.confirm(corp)
    PushBatch.objects.update(next_poll_at=NOON)
    pushes_poll(seconds=10)
    page = lin.get(at(shop, f"{push.public_id}/")).content.decode()
    tally = push_card(push.public_id).tally
    for state, count in {"sent": tally.sent, "failed": tally.failed}.items():
        assert re.search(rf'href="[^"]*\?state={state}"[^>]*>{count}<', page)
        listed = lin.get(at(shop, f"{push.public_id}/recipients/?state={state}")).content.decode()
        assert f"<b>{count}</b>" in re.sub(r'<b class="[^"]*">', "<b>", listed)


def test_staff_are_reminded_and_a_push_stopped_from_its_page(
    shop: Brand, lin: Client, sandbox: SandboxControl
) -> None:
    push = shop.push()
    pushes_drain(seconds=10)
    lin.post(at(shop, f"{push.public_id}/remind/?sender=staff0"))
    pushes_poll(seconds=10)
    assert [task.reminded for task in sandbox.tasks(corp_name(shop.tenant), userid="staff0")] == [1]
    stop = at(shop, f"{push.public_id}/stop/")
    assert lin.post(stop, {}).status_code == 422
    assert lin.post(stop, {"sure": "on"}).status_code == 302
    push.refresh_from_db()
    assert push.stopped_at == clock.now()


def test_what_is_no_draft_cannot_be_edited(shop: Brand, lin: Client) -> None:
    push = shop.push()
    edit = at(shop, f"{push.public_id}/edit/")
    assert lin.get(edit).headers["Location"] == at(shop, f"{push.public_id}/")
    answer = lin.post(f"{edit}?step=content", {"text": "x"})
    push.refresh_from_db()
    assert (answer.status_code, push.text) == (422, "春茶上架")


PAGES = ("", "new/", "{d}/edit/", "{d}/edit/?step=content", "{d}/edit/?step=time",
         "{d}/edit/?step=confirm", "{p}/", "{p}/progress/", "{p}/recipients/")  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_no_page_asks_more_for_more_rows(shop: Brand, lin: Client, path: str) -> None:
    told = draft(shop)
    push = shop.push()
    pushes_drain(seconds=10)

    def asked() -> int:
        url = at(shop, path.format(d=told.public_id, p=push.public_id))
        with CaptureQueriesContext(connection) as queries:
            assert lin.get(url).status_code == 200
        return len([one for one in queries if "SAVEPOINT" not in one["sql"]])

    few = asked()
    for n in range(5):
        draft(shop, text=f"{n}")
        shop.push(text=f"第{n}")
    pushes_drain(seconds=10)
    many = asked()
    print(path, few, many)
    assert many <= few
    assert many <= 12
