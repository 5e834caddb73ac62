"""The channels every brand begins with (PL-12) and the industries it may choose (PL-06)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, kw_only=True)
class KnownChannel:
    """A channel everybody has; its name is translated, so the row holds none."""

    code: str
    kind: str
    label: str | _StrPromise


def _of(kind: str, **labels: str | _StrPromise) -> tuple[KnownChannel, ...]:
    return tuple(KnownChannel(code=code, kind=kind, label=label) for code, label in labels.items())


CHANNELS: tuple[KnownChannel, ...] = (
    *_of(
        "wechat",
        wecom=_("企业微信"),
        official_account=_("公众号"),
        mini_program=_("小程序"),
        wechat_h5=_("微信 H5"),
    ),
    *_of(
        "own",
        app=_("APP"),
        website=_("官网"),
        h5=_("H5"),
        store=_("线下门店"),
        parcel_card=_("包裹卡"),
        live=_("直播"),
    ),
    *_of(
        "public",
        xiaohongshu=_("小红书"),
        meituan=_("美团点评"),
        # The same account is a way into the private domain and a voice in public.
        official_account_public=_("公众号（公域）"),
        video_account=_("视频号"),
        douyin=_("抖音"),
        kuaishou=_("快手"),
        weibo=_("微博"),
        zhihu=_("知乎"),
        bilibili=_("B站"),
        taobao=_("淘宝"),
        tmall=_("天猫"),
        jd=_("京东"),
        pinduoduo=_("拼多多"),
        toutiao=_("头条"),
        baidu=_("百度"),
    ),
    *_of(
        "internal",
        wecom_scrm=_("企业微信 SCRM"),
        crm=_("CRM"),
        cdp=_("CDP"),
        erp=_("ERP"),
        member_system=_("会员系统"),
        order_system=_("订单系统"),
        pos=_("收银系统"),
        **{"import": _("数据导入")},
        api=_("接口"),
    ),
)
CHANNEL_LABELS: dict[str, str | _StrPromise] = {known.code: known.label for known in CHANNELS}

INDUSTRIES: dict[str, str | _StrPromise] = {
    "ecommerce": _("电商"),
    "retail": _("零售"),
    "vocational_education": _("职业教育"),
    "medical_beauty": _("医美"),
    "plastic_surgery": _("整形医院"),
    "beauty": _("美妆"),
    "food": _("食品"),
    "fresh_food": _("生鲜"),
    "tea": _("茶饮"),
    "paid_knowledge": _("知识付费"),
    "travel": _("航旅"),
    "mother_baby": _("母婴"),
    "fitness": _("健身"),
    "driving_school": _("驾校"),
    "apparel": _("服装"),
    "other": pgettext_lazy("industry", "其他"),
}
# C-7: their advertisements need review before, and posts with a buying link or a contact are refused.
MEDICAL_INDUSTRIES = frozenset({"medical_beauty", "plastic_surgery"})
