"""Invented people: a name, a phone and a channel that follow from the customer number alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐"
    "许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢"
)
_GIVEN = [
    "子涵",
    "宇轩",
    "一诺",
    "梓萱",
    "浩然",
    "欣怡",
    "雨桐",
    "思远",
    "嘉怡",
    "俊杰",
    "诗涵",
    "佳琪",
    "雅婷",
    "志强",
    "晓彤",
    "明哲",
    "静",
    "敏",
    "娜",
    "洁",
    "丽",
    "芳",
    "磊",
    "伟",
    "强",
    "晨曦",
    "若溪",
    "语嫣",
    "沐阳",
    "天佑",
    "可馨",
    "昊天",
    "书瑶",
    "景行",
    "知夏",
    "星辰",
    "婉清",
    "清妍",
    "慕白",
    "云舒",
    "文博",
    "安然",
    "乐怡",
    "心悦",
    "亦凡",
    "念慈",
]
_PREFIXES = (
    "130",
    "131",
    "135",
    "136",
    "137",
    "138",
    "139",
    "150",
    "151",
    "152",
    "158",
    "159",
    "166",
    "177",
    "186",
    "189",
    "198",
    "199",
)
# Code and weight per hundred, as the sources of domain.md PL-12 are coded.
_CHANNELS = (("tmall", 38), ("mini_program", 24), ("douyin", 16), ("jd", 12), ("store", 10))


@dataclass(frozen=True, kw_only=True)
class Person:
    """One invented customer. ``gender``: 1 male, 2 female, 0 unknown, as WeCom counts them."""

    number: str
    name: str
    phone: str
    unionid: str
    external_userid: str
    gender: int
    city: str
    channel: str


def person(brand: str, number: str) -> Person:
    """The same brand and number always give the same person; phones never repeat in a brand."""
    digest = hashlib.sha256(f"{brand}/{number}".encode()).digest()
    # 8 digits in one-to-one correspondence with the number (7919 and 10^8 share no factor).
    tail = (int(number) * 7919 * 101) % 100_000_000
    return Person(
        number=number,
        name=_SURNAMES[digest[2] % len(_SURNAMES)] + _GIVEN[digest[3] % len(_GIVEN)],
        phone=f"{_PREFIXES[int(number) % len(_PREFIXES)]}{tail:08d}",
        unionid=f"oU{hashlib.sha256(f'union/{brand}/{number}'.encode()).hexdigest()[:26]}",
        external_userid=f"wm{hashlib.sha256(f'wecom/{brand}/{number}'.encode()).hexdigest()[:30]}",
        gender=(1, 2, 2, 2, 0)[digest[4] % 5],
        city=("上海", "北京", "广州", "深圳", "杭州", "成都", "武汉", "南京", "苏州", "重庆")[
            digest[5] % 10
        ],
        channel=_channel(digest[0] % 100),
    )


def _channel(percentile: int) -> str:
    for code, weight in _CHANNELS:
        percentile -= weight
        if percentile < 0:
            return code
    return _CHANNELS[0][0]
