"""Names of what members do, and what each counts for. A room that sends others registers them here.

activity_name_register(ActivityName(key="live_watched", label=_("看直播"), counts=frozenset({"interaction"})))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# use: the brand's app or mini program was opened (N-25) · interaction: one of N-30 · click, ugc, referral:
# social acts of N-30 · value: an act by which a member makes something of themselves (M-20)
Count = Literal["use", "interaction", "click", "ugc", "referral", "value"]
SOCIAL: tuple[Count, ...] = ("click", "ugc", "referral")


@dataclass(frozen=True, kw_only=True)
class ActivityName:
    """A name that senders may use."""

    key: str
    label: str | Promise
    counts: frozenset[Count] = frozenset()
    icon: str = "point-filled"


NAMES: dict[str, ActivityName] = {}


def activity_name_register(name: ActivityName) -> None:
    """Declare a name; a key may be declared once."""
    if NAMES.setdefault(name.key, name) is not name:
        message = f"activity {name.key} is registered twice"
        raise ValueError(message)


def names_counting(*counts: Count) -> list[str]:
    """The names that count for any of these."""
    return sorted(name.key for name in NAMES.values() if name.counts & set(counts))


def activity_label(key: str) -> str:
    """What people read; a name nobody registered is shown as it came."""
    known = NAMES.get(key)
    return str(known.label) if known is not None else key


def _name(key: str, label: str | Promise, *counts: Count, icon: str = "point-filled") -> None:
    activity_name_register(ActivityName(key=key, label=label, counts=frozenset(counts), icon=icon))


_name("app_use", _("使用小程序或 APP"), "use")
_name("visit", _("访问页面"))
_name("message_sent", _("发送消息"), "interaction")
_name("comment", _("评论"), "interaction")
_name("like", _("点赞"), "interaction")
_name("favourite", _("收藏"), "interaction")
_name("check_in", _("签到打卡"), "interaction")
_name("event_joined", _("参加活动"), "interaction")
_name("oa_follow", _("关注公众号"))
_name("share_click", _("分享被点击"), "click")
_name("referral", _("带来购买的好友"), "referral")
_name("ugc_published", _("发布内容"), "ugc", "value")
_name("question_answered", _("解答问题"), "interaction", "value")
_name("event_led", _("组织活动"), "interaction", "value")
_name("commission_earned", _("获得佣金"), "value")
