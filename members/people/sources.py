"""Where people come from: the channels of PL-12 with the words operators know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SOURCES: Mapping[str, str | Promise] = MappingProxyType(
    {
        "wecom": _("企业微信"),
        "official_account": _("公众号"),
        "mini_program": _("小程序"),
        "h5": _("H5"),
        "app": _("APP"),
        "website": _("官网"),
        "taobao": _("淘宝"),
        "tmall": _("天猫"),
        "jd": _("京东"),
        "pinduoduo": _("拼多多"),
        "douyin": _("抖音"),
        "kuaishou": _("快手"),
        "xiaohongshu": _("小红书"),
        "meituan": _("美团点评"),
        "video_account": _("视频号"),
        "weibo": _("微博"),
        "zhihu": _("知乎"),
        "bilibili": _("B站"),
        "toutiao": _("头条"),
        "baidu": _("百度"),
        "store": _("线下门店"),
        "parcel_card": _("包裹卡"),
        "live": _("直播"),
        "pos": _("收银系统"),
        "crm": _("CRM"),
        "erp": _("ERP"),
        "import": _("数据导入"),
        "api": _("接口"),
    }
)


def source_label(code: str) -> str:
    """The channel's name; a code nobody registered is shown as it is."""
    return str(SOURCES.get(code, code))


# Whoever makes contact codes knows which channel a `state` stands for.
_state_readers: list[Callable[[str], str]] = []


def state_reader_register(reader: Callable[[str], str]) -> None:
    """``reader(state)`` returns the source a WeCom `state` stands for, or an empty string."""
    _state_readers.append(reader)


def source_of_state(state: str) -> str:
    """The source of a customer who came with this `state`; plain WeCom when nobody knows it."""
    if not state:
        return "wecom"
    return next((source for reader in _state_readers if (source := reader(state))), "wecom")
