"""What the editor shows beside the form: whom it reaches, what they will see, what to mind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.utils.translation import gettext as _

from communities.outreach.models import Push, PushBatch, PushMedia
from communities.outreach.rules import (
    NICKNAME,
    TEXT_BYTES,
    Purpose,
    QuietHours,
    is_personal,
    quiet_until,
    text_for,
)
from communities.outreach.selectors.audience import (
    SAMPLES,
    Address,
    Preview,
    addresses_find,
    audience_preview,
)
from communities.outreach.selectors.people import segment_first_ids, segment_people
from members.segments.models import Segment
from scrm.core import clock
from scrm.core.errors import NotFound
from scrm.tenants.context import current_tenant
from scrm.tenants.settings import setting
from scrm.wecom.gateway import corps_active

_LOOK = 200


def preview_samples(push: Push) -> Sequence[Address]:
    """The first members of the segment who can be reached."""
    if push.segment is None or push.corp_id is None:
        return ()
    members = segment_first_ids(push.segment, limit=_LOOK)
    return list(addresses_find(corp_id=push.corp_id, member_ids=members).values())[:SAMPLES]


def sent_example(push: Push) -> tuple[str, str]:
    """Words and sender of the push's first call: what somebody really got."""
    first = PushBatch.objects.filter(push=push).order_by("id").values_list("text", "sender").first()
    return first or (push.text, "")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One message as the customer sees it."""

    kind: Literal["text", "image", "link", "miniprogram"]
    text: str = ""
    title: str = ""
    picture: str = ""  # id of one of our pictures, or an address
    note: str = ""


def payload_seen(
    *, text: str, attachments: Sequence[Mapping[str, Any]], nickname: str
) -> list[Seen]:
    """The real payload for one person, in the order WeCom shows it."""
    seen = [Seen(kind="text", text=text_for(text, nickname=nickname))] if text.strip() else []
    for item in attachments:
        kind = item.get("msgtype")
        body = item.get(str(kind), {})
        if kind == "link":
            seen.append(Seen(kind="link", title=body.get("title", ""), text=body.get("desc", "")))
        elif kind == "miniprogram":
            seen.append(
                Seen(
                    kind="miniprogram",
                    title=body.get("title", ""),
                    picture=body.get("pic_media_id", ""),
                    note=_("小程序"),
                )
            )
        elif kind == "image":
            seen.append(Seen(kind="image", picture=body.get("media_id", "")))
    return seen


def media_get(public_id: str) -> PushMedia:
    """A picture; NotFound otherwise."""
    media = PushMedia.objects.filter(public_id=public_id).first()
    if media is None:
        raise NotFound
    return media


def push_reach(push: Push, *, segment: str = "", purpose: str = "") -> Preview | None:
    """Whom the push would reach, with another segment or purpose if named; None without a segment."""
    chosen = push.segment
    if segment:
        chosen = Segment.objects.filter(public_id=segment, archived_at=None).first()
    if chosen is None:
        return None
    if push.corp_id is None:  # not written down yet: it will be sent by the first application
        push.corp = next(iter(corps_active()), None)
    push.purpose = purpose if purpose in set(Purpose) else push.purpose
    return audience_preview(push, segment_people(chosen))


def segment_choices() -> list[tuple[str, str]]:
    """Segments in use, newest first, with their last counted size."""
    rows = Segment.objects.filter(archived_at=None).order_by("-created_at", "-id")[:500]
    return [
        (
            row.public_id,
            row.name
            if row.size is None
            else _("%(name)s（%(size)s 人）") % {"name": row.name, "size": f"{row.size:,}"},
        )
        for row in rows
    ]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at before sending."""

    tone: Literal["good", "warn", "bad"]
    title: str
    text: str


def push_checks(push: Push, reach: Preview | None) -> list[Check]:
    """What the operator should know; a bad one keeps the push from being sent."""
    checks = [_check_reach(reach), _check_text(push)]
    if reach is not None and reach.reasons.get("frequency_cap"):
        text = _("%(count)s 人近期已收到营销推送，本次不再打扰") % {
            "count": f"{reach.reasons['frequency_cap']:,}"
        }
        checks.append(Check(tone="warn", title=_("频次"), text=text))
    else:
        text = _("每人每天最多 %(day)s 条、每周最多 %(week)s 条营销推送") % {
            "day": setting("push.per_day"),
            "week": setting("push.per_week"),
        }
        checks.append(Check(tone="good", title=_("频次"), text=text))
    checks.append(_check_quiet(push))
    checks.append(
        Check(
            tone="good",
            title=_("员工确认"),
            text=_("群发任务下发给员工，%(days)s 天内确认后才会送达")
            % {"days": setting("push.confirm_days")},
        )
    )
    return checks


def _check_reach(reach: Preview | None) -> Check:
    if reach is None:
        return Check(tone="bad", title=_("人群"), text=_("还没有选择人群"))
    if not reach.addressed:
        return Check(tone="bad", title=_("人群"), text=_("人群里没有人能收到这条消息"))
    return Check(
        tone="good",
        title=_("人群"),
        text=_("将触达 %(count)s 人，由 %(staff)s 位员工发送")
        % {"count": f"{reach.addressed:,}", "staff": reach.senders},
    )


def _check_text(push: Push) -> Check:
    if not push.text.strip() and not push.attachments:
        return Check(tone="bad", title=_("内容"), text=_("正文和附件都是空的"))
    size = len(push.text.encode())
    words = _("正文 %(size)s / %(most)s 字节") % {"size": f"{size:,}", "most": f"{TEXT_BYTES:,}"}
    if is_personal(push.text):
        words += _("，含变量 %(name)s，逐人提交") % {"name": NICKNAME}
    return Check(tone="good", title=_("内容"), text=words)


def quiet_deferral(push: Push) -> datetime | None:
    """When the push would really leave, if its time falls into quiet hours."""
    if push.purpose != Purpose.MARKETING:
        return None
    at = max(push.scheduled_at or clock.now(), clock.now())
    return quiet_until(at, current_tenant().timezone, QuietHours.parse(setting("push.quiet")))


def _check_quiet(push: Push) -> Check:
    until = quiet_deferral(push)
    title = _("静默期")
    if until is None:
        return Check(tone="good", title=title, text=_("发送时间不在静默期内"))
    local = until.astimezone(clock.zone_info(current_tenant().timezone))
    return Check(
        tone="warn",
        title=title,
        text=_("发送时间在静默期内，将顺延到 %(at)s") % {"at": f"{local:%Y-%m-%d %H:%M}"},
    )
