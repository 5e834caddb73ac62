"""WeCom's codes: how each must be treated and what it means in words."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Treat(Enum):
    """What the gateway does with an errcode."""

    OK = "ok"
    REFRESH = "refresh"  # one new token, one retry
    AGAIN = "again"  # busy or conflict: up to three retries with jitter
    CIRCUIT = "circuit"  # frequency: close this API for the corp
    LATER = "later"  # not now, without closing anything
    STOP = "stop"  # the binding is wrong: stop the application, alert
    REFUSE = "refuse"


TREATMENT: dict[int, Treat] = {
    0: Treat.OK,
    -1: Treat.AGAIN,
    6000: Treat.AGAIN,
    45035: Treat.AGAIN,
    45033: Treat.AGAIN,
    40014: Treat.REFRESH,
    42001: Treat.REFRESH,
    41001: Treat.REFRESH,
    45009: Treat.CIRCUIT,
    45036: Treat.CIRCUIT,
    41063: Treat.LATER,
    41096: Treat.LATER,
    40001: Treat.STOP,
    40013: Treat.STOP,
    40091: Treat.STOP,
    48001: Treat.STOP,
    48002: Treat.STOP,
    48006: Treat.STOP,
}

# Many applications lack the directory; that they do says nothing against the binding.
DIRECTORY = frozenset({"user/simplelist", "department/list"})
NO_RIGHT = frozenset({48001, 48002, 48006})

ERRCODE_WORDS: dict[int, str | _StrPromise] = {
    -1: _("企业微信繁忙，请稍后重试"),
    6000: _("数据正被其他操作修改，请稍后重试"),
    40001: _("应用 Secret 不正确"),
    40003: _("成员 UserID 不存在"),
    40007: _("素材 media_id 无效"),
    40013: _("企业 ID（CorpID）不正确"),
    40014: _("access_token 无效"),
    40029: _("扫码凭证无效"),
    40035: _("参数不合法"),
    40058: _("参数不合法"),
    40063: _("参数为空"),
    40068: _("标签 ID 无效"),
    40071: _("标签名已存在"),
    40091: _("Secret 属于其他企业"),
    40096: _("外部联系人 ID 无效，或跟进成员不在应用可见范围内"),
    40126: _("企业标签数量已达上限"),
    40144: _("该客户的标签数量已达上限"),
    40145: _("素材已过期"),
    41001: _("缺少 access_token"),
    41041: _("「联系我」成员超过 100 人"),
    41045: _("「联系我」数量已达企业上限"),
    41046: _("缺少群发消息 ID"),
    41047: _("群发消息 ID 无效"),
    41048: _("没有可发送的客户"),
    41049: _("缺少欢迎语凭证"),
    41050: _("欢迎语凭证无效或已超过 20 秒"),
    41051: _("客户与成员已开始聊天，或欢迎语已发送"),
    41054: _("成员未激活"),
    41063: _("群发正在派发，请稍后查询"),
    41064: _("附件数量超过上限"),
    41065: _("附件类型不支持"),
    41093: _("群发已被取消"),
    41094: _("提醒次数已达上限"),
    41096: _("其他应用正在发送欢迎语"),
    42001: _("access_token 已过期"),
    42003: _("扫码凭证已过期"),
    42022: _("扫码凭证已使用"),
    45009: _("接口调用超过频率限制"),
    45033: _("接口并发超过限制"),
    45035: _("正在修改同一客户，请稍后重试"),
    45036: _("数据访问异常，已被限制"),
    46004: _("成员不存在"),
    48001: _("接口未授权"),
    48002: _("应用没有调用该接口的权限，请在「客户联系 → 可调用接口的应用」中勾选"),
    48006: _("接口权限已被收回"),
    50001: _("回调域名未登记为可信域名"),
    50100: _("分页游标无效"),
    60011: _("成员不在应用可见范围内"),
    60020: _("本机出口 IP 不在应用的可信 IP 列表中"),
    60021: _("成员不在应用可见范围内"),
    60111: _("成员 UserID 不存在"),
    81013: _("接收人全部不在应用可见范围内"),
    81017: _("条目过多，请分页"),
    84061: _("成员与客户没有好友关系"),
    84083: _("非服务人员"),
    84084: _("没有跟进关系"),
    301002: _("应用与凭证不一致"),
}


def treatment(errcode: int, api: str = "") -> Treat:
    """How to treat the code of that call; what is not listed is a definite refusal."""
    if api in DIRECTORY and errcode in NO_RIGHT:
        return Treat.REFUSE
    return TREATMENT.get(errcode, Treat.REFUSE)


def errcode_text(errcode: int) -> str:
    """What the code means, in the reader's language; empty if it is not listed."""
    return str(ERRCODE_WORDS.get(errcode, ""))
