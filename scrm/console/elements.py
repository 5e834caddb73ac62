"""The small values that pages hand to the kit: what to show, never how it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils.functional import Promise

Text = str | Promise
Tone = Literal["neutral", "info", "good", "warn", "bad", "gold", "muted"]


@dataclass(frozen=True)
class Badge:
    """A short word with a meaning: a tier, a state. The tone never carries the meaning alone."""

    text: Text
    tone: Tone = "neutral"


@dataclass(frozen=True, kw_only=True)
class Person:
    """A name with its first character as picture; `note` is shown lighter (a masked phone)."""

    name: str
    note: str = ""
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class Delta:
    """A change against the period before; `text` carries no sign, the arrow does."""

    text: str
    direction: Literal["up", "down", "flat"]


@dataclass(frozen=True, kw_only=True)
class Kpi:
    """One figure: `href` opens the list behind it, `explain` is its definition, `freshness` its age."""

    label: Text
    value: str
    delta: Delta | None = None
    note: Text = ""
    href: str = ""
    explain: Text = ""
    spark: Sequence[int] = ()
    meter_bp: int | None = None
    operator: Literal["", "=", "×", "+", "−", "÷"] = ""


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something a person can do from here. `opens` says where the answer goes."""

    label: Text
    href: str
    icon: str = ""
    is_primary: bool = False
    is_danger: bool = False
    method: Literal["get", "post"] = "get"
    opens: Literal["page", "drawer", "modal"] = "page"
    permission: str = ""


@dataclass(frozen=True)
class Crumb:
    label: Text
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """One thing that happened, at business time; the kit groups entries by the tenant's day."""

    at: datetime
    title: Text
    body: str = ""
    icon: str = "point-filled"
    tone: Tone = "neutral"
    kind: str = ""
    channel: str = ""
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class TreeNode:
    """A branch; `lazy_url` is fetched when it is first opened, instead of `children`."""

    label: str
    note: str = ""
    href: str = ""
    children: Sequence[TreeNode] = ()
    lazy_url: str = ""
    is_open: bool = False


@dataclass(frozen=True)
class Step:
    key: str
    label: Text


@dataclass(frozen=True)
class Tab:
    """One tab of a page; its content is fetched when first opened. `count` of None shows nothing."""

    key: str
    label: Text
    count: int | None = None
    permission: str = ""


@dataclass(frozen=True, kw_only=True)
class HeatCell:
    """One cell of a heat table; `value` decides its shade, `href` opens the members it counts."""

    value: int
    text: str = ""
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class HeatRow:
    label: Text
    cells: Sequence[HeatCell]


@dataclass(frozen=True, kw_only=True)
class Bubble:
    """One message in the phone preview."""

    kind: Literal["text", "image", "link", "miniprogram", "file"]
    text: str = ""
    title: str = ""
    picture: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class JobProgress:
    """How far a long piece of work is; counts of items, `seconds_left` None while unknown."""

    label: Text
    done: int
    total: int | None
    failed: int = 0
    state: Literal["waiting", "running", "done", "failed", "stopped"] = "running"
    seconds_left: int | None = None
    note: Text = ""
    poll_url: str = ""
    result_url: str = ""
