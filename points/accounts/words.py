"""How points are spoken of: flows, sources and states in the people's words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.people.sources import source_label as channel_label
from points.lots.models import LOT_STATES
from scrm.console.elements import Badge, Tone

FLOW_LABELS: dict[str, str | Promise] = {
    "earn": _("消费积分"),
    "grant": _("获得积分"),
    "adjust": _("人工增加"),
    "activate": _("积分生效"),
    "cut_pending": _("退款扣回（待生效）"),
    "cut": _("退款扣回"),
    "debt": _("退款欠积分"),
    "offset": _("退款抵扣现金"),
    "pay": _("偿还欠积分"),
    "expire": _("积分过期"),
    "hold": _("使用积分"),
    "hold_debt": _("使用积分（欠）"),
    "capture": _("兑换完成"),
    "deduct": _("人工扣减"),
    "merge": _("会员合并"),
    "split": _("会员拆分"),
}
UNDONE_LABELS: dict[str, str | Promise] = {"hold": _("积分退回"), "hold_debt": _("积分退回（欠）")}
SOURCE_LABELS: dict[str, str | Promise] = {
    "order": _("订单"),
    "task": _("任务"),
    "adjust": _("人工调整"),
    "restore": _("返还"),
    "spend": _("兑换"),
    "member": _("会员合并与拆分"),
}
_TONES: dict[str, Tone] = {
    "pending": "warn", "available": "good", "depleted": "muted", "expired": "muted",
    "cancelled": "muted", "reversed": "bad",
}  # fmt: skip
_STATES = dict(LOT_STATES)


def flow_label(flow: str, *, is_undone: bool = False) -> str:
    """The flow's name; a flow taken back is a correction unless it has a word of its own."""
    if not is_undone:
        return str(FLOW_LABELS[flow])
    if flow in UNDONE_LABELS:
        return str(UNDONE_LABELS[flow])
    return str(_("更正：%(flow)s")) % {"flow": FLOW_LABELS[flow]}


def source_label(source_type: str) -> str:
    """Where points came from."""
    return str(SOURCE_LABELS.get(source_type, source_type))


def source_words(source_type: str, source_id: str) -> str:
    """The source with the number people know it by; an order's channel by its name."""
    if source_type == "order":
        channel, _slash, number = source_id.partition("/")
        return f"{channel_label(channel)} {source_label(source_type)} {number}"
    return f"{source_label(source_type)} {source_id}".strip()


def state_badge(state: str) -> Badge:
    """A lot's state as a coloured word."""
    return Badge(_STATES[state], _TONES[state])
