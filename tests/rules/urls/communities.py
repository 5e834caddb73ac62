"""Addresses of communities: pushes and contact codes."""

from __future__ import annotations

from communities.acquisition.models import ContactCode
from communities.outreach.models import Push, PushBatch, PushMedia
from members.segments.models import Segment
from scrm.core import clock
from scrm.wecom.models import WeComCorp
from tests.rules.urls.rows import Api, Page


def objects() -> dict[str, str]:
    corp, _made = WeComCorp.objects.get_or_create(
        corp_id="ww-of-pushes",
        agent_id=7,
        defaults={"name": "of A", "secret": "s", "token": "t", "aes_key": "k"},
    )
    segment = Segment.objects.create(name="to push to", rule={"all": []})
    told = {"segment": segment, "corp": corp, "text": "hello"}
    now = clock.now()
    draft = Push.objects.create(name="draft of A", **told)
    waiting = Push.objects.create(
        name="scheduled of A", state="scheduled", scheduled_at=now, **told
    )
    live = Push.objects.create(
        name="live of A", state="awaiting_staff", scheduled_at=now, planned_at=now, **told
    )
    PushBatch.objects.create(
        push=live, corp=corp, sender="li.na", size=1, scheduled_at=now, state="sent", msgid="m1"
    )
    picture = PushMedia.objects.create(name="p.png", content_type="image/png", data=b"\x89PNG")
    code = ContactCode.objects.create(corp=corp, name="of A", state_param="cc_a", staff=["li.na"])
    return {
        "push": draft.public_id,
        "push_scheduled": waiting.public_id,
        "push_live": live.public_id,
        "push_segment": segment.public_id,
        "push_media": picture.public_id,
        "contact_code": code.public_id,
    }


_DRAFT = {"public_id": "{push}"}
_LIVE = {"public_id": "{push_live}"}
_PAGE = {"push_id": "{push_live}"}
_CODE = {"public_id": "{contact_code}"}

ROWS = [
    Api("pushes"),
    Api("pushes", "POST", body={"name": "new", "text": "hello"}, owner=201),
    Api("push", path=_DRAFT),
    Api("push", "PATCH", path=_DRAFT, body={"text": "other"}),
    Api("push", "DELETE", path=_DRAFT, owner=204),
    Api("push-preview", path=_DRAFT),
    Api("push-schedule", "POST", path=_DRAFT, body={}),
    Api("push-cancel", "POST", path={"public_id": "{push_scheduled}"}, body={}),
    Api("push-stop", "POST", path=_LIVE, body={}),
    Api("push-remind", "POST", path=_LIVE, body={"sender": "li.na"}),
    Api("push-recipients", path=_LIVE),
    Api("contact-codes"),
    Api("contact-codes", "POST", body={"name": "new", "staff": ["nobody"]}, owner=422),
    Api("contact-code", path=_CODE),
    Api("contact-code", "PATCH", path=_CODE, body={"welcome_text": "hello"}),
    Api("contact-code", "DELETE", path=_CODE, owner=204),
    Page("push-list"),
    Page("push-new"),
    Page("push-new", "POST", owner=422),
    Page("push-edit", path={"push_id": "{push}"}),
    Page("push-edit", "POST", path={"push_id": "{push}"}, owner=422),
    Page("push-phone", path={"push_id": "{push}"}),
    Page("push-phone", "POST", path={"push_id": "{push}"}, data={"text": "hello"}),
    Page("push-reach", query={"segment": "{push_segment}"}),
    Page("push-media", path={"media_id": "{push_media}"}),
    Page("push-detail", path=_PAGE),
    Page("push-progress", path=_PAGE),
    Page("push-recipients", path=_PAGE),
    Page("push-cancel", path={"push_id": "{push_scheduled}"}, owner=302),
    Page("push-cancel", "POST", path={"push_id": "{push_scheduled}"}, owner=302),
    Page("push-delete", path={"push_id": "{push}"}, owner=302),
    Page("push-delete", "POST", path={"push_id": "{push}"}, owner=302),
    Page("push-remind", path=_PAGE, owner=302),
    Page("push-remind", "POST", path=_PAGE, owner=302),
    Page("push-refresh", path=_PAGE, owner=302),
    Page("push-refresh", "POST", path=_PAGE, owner=302),
    Page("push-stop", path=_PAGE),
    Page("push-stop", "POST", path=_PAGE, data={"sure": "on"}, owner=302),
    Page("contact-codes"),
    Page("contact-code-new"),
    Page("contact-code-new", "POST", owner=422),
    Page("contact-code", path={"code_id": "{contact_code}"}),
    Page(
        "contact-code",
        "POST",
        path={"code_id": "{contact_code}"},
        owner=302,
        needs="contact_codes.edit",
    ),
    Page("contact-code-archive", path={"code_id": "{contact_code}"}, owner=302),
    Page("contact-code-archive", "POST", path={"code_id": "{contact_code}"}, owner=302),
    Page("contact-code-retry", path={"code_id": "{contact_code}"}, owner=302),
    Page("contact-code-retry", "POST", path={"code_id": "{contact_code}"}, owner=302),
]
