"""Segments in people's words, and the act each advises."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scrm.console.elements import Tone


@dataclass(frozen=True, kw_only=True)
class SegmentWords:
    """A segment's name, what its members are like, and what to do next."""

    label: str | Promise
    trait: str | Promise
    act: str | Promise
    tone: Tone


# In the order of worth, as the cards stand.
SEGMENT_WORDS: dict[str, SegmentWords] = {
    "important_value": SegmentWords(
        label=_("重要价值"), trait=_("近期买过、买得多、花得多"), tone="gold",
        act=_("一对一服务，新品和线下活动优先邀请"),
    ),
    "important_develop": SegmentWords(
        label=_("重要发展"), trait=_("近期买过、花得多、次数少"), tone="info",
        act=_("推荐连带商品，用积分和会员权益培养复购"),
    ),
    "important_keep": SegmentWords(
        label=_("重要保持"), trait=_("买得多、花得多、最近没来"), tone="warn",
        act=_("导购主动联系，送专属券请回来"),
    ),
    "important_retain": SegmentWords(
        label=_("重要挽留"), trait=_("花得多、次数少、很久没来"), tone="bad",
        act=_("高额挽回券，问清流失原因"),
    ),
    "general_value": SegmentWords(
        label=_("一般价值"), trait=_("近期买过、买得多、花得少"), tone="good",
        act=_("组合装和满减，提高客单价"),
    ),
    "general_develop": SegmentWords(
        label=_("一般发展"), trait=_("近期买过、次数少、花得少"), tone="neutral",
        act=_("引导进群，用签到和任务建立习惯"),
    ),
    "general_keep": SegmentWords(
        label=_("一般保持"), trait=_("买得多、花得少、最近没来"), tone="neutral",
        act=_("上新提醒和积分到期提醒"),
    ),
    "general_retain": SegmentWords(
        label=_("一般挽留"), trait=_("次数少、花得少、很久没来"), tone="neutral",
        act=_("低频触达，控制成本"),
    ),
}  # fmt: skip
SEGMENT_CHOICES = [(key, words.label) for key, words in SEGMENT_WORDS.items()]


def segment_label(key: str) -> str:
    """The segment's name."""
    return str(SEGMENT_WORDS[key].label)
