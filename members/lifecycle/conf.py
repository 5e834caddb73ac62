"""Settings of contribution (domain.md N-30)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from members.lifecycle.rules import FULL, weights_fit
from scrm.console.writing import bp_text
from scrm.tenants.setting_kinds import NumberList
from scrm.tenants.settings import Kind, setting_register

_MOST_FEN = 10**11
_MOST = 100_000


def _words(value: Any) -> str:
    return " / ".join(bp_text(part) for part in value)


setting_register(
    "contribution.weights",
    kind=Kind.LIST,
    default=[5_000, 3_000, 2_000],
    schema=NumberList(length=3, maximum=FULL),
    check=weights_fit,
    words=_words,
    label=_("贡献值权重"),
    hint=_("依次为消费、互动、社交，单位万分之一，相加为 10000"),
    effect=_("从下一次夜间计算起生效。"),
    group="members",
    order=60,
)
setting_register(
    "contribution.cap_spend",
    kind=Kind.FEN,
    default=200_000,
    minimum=1,
    maximum=_MOST_FEN,
    label=_("消费满分线"),
    effect=_("近 90 天净消费达到它，贡献值的消费部分为满分；从下一次夜间计算起生效。"),
    group="members",
    order=61,
)
setting_register(
    "contribution.cap_interactions",
    kind=Kind.INT,
    default=60,
    minimum=1,
    maximum=_MOST,
    unit=_("次"),
    label=_("互动满分线"),
    effect=_("近 90 天互动达到它，贡献值的互动部分为满分；从下一次夜间计算起生效。"),
    group="members",
    order=62,
)
setting_register(
    "contribution.cap_social",
    kind=Kind.INT,
    default=20,
    minimum=1,
    maximum=_MOST,
    unit=_("次"),
    label=_("社交满分线"),
    effect=_(
        "近 90 天分享点击、推荐成交与发布内容达到它，贡献值的社交部分为满分；从下一次夜间计算起生效。"
    ),
    group="members",
    order=63,
)
