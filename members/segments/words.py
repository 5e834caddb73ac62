"""A rule as a sentence that operators read before they save or send."""

from __future__ import annotations

from django.utils.translation import gettext as _

from members.segments.fields import OPERATOR_WORDS, SegmentField, condition_check, field_get
from members.segments.rules import UNARY, Condition, Group, InvalidRule, Node, Not
from scrm.core.money import yuan_text

_SHOWN = 6


def rule_words(rule: Group) -> str:
    """`城市属于上海、杭州 且 累计消费 ≥ ¥500.00`; an empty rule is everybody."""
    if not rule.nodes:
        return _("全部会员") if rule.mode == "all" else _("没有人")
    return _words(rule, is_inner=False)


def _words(node: Node, *, is_inner: bool) -> str:
    if isinstance(node, Condition):
        return condition_words(node)
    if isinstance(node, Not):
        return _("非（%(part)s）") % {"part": _words(node.node, is_inner=False)}
    joint = _(" 且 ") if node.mode == "all" else _(" 或 ")
    text = joint.join(_words(part, is_inner=True) for part in node.nodes)
    return _("（%(part)s）") % {"part": text} if is_inner and len(node.nodes) > 1 else text


def condition_words(condition: Condition) -> str:
    """One condition in words."""
    try:
        condition_check(condition)
    except InvalidRule:
        return _("失效条件：%(field)s") % {"field": condition.field}
    field = field_get(condition.field)
    if condition.op in UNARY:
        return f"{field.label} {OPERATOR_WORDS[condition.op]}"
    return f"{field.label} {OPERATOR_WORDS[condition.op]} {value_words(field, condition)}"


def chip_words(condition: Condition) -> str:
    """What stands behind the field's name on a chip: `≥ ¥500.00`, `上海、杭州`, `不含 高复购`."""
    if condition.op in UNARY:
        return str(OPERATOR_WORDS[condition.op])
    text = value_words(field_get(condition.field), condition)
    plain = {"in", "between", "is", "has_any"}
    return text if condition.op in plain else f"{OPERATOR_WORDS[condition.op]} {text}"


def value_words(field: SegmentField, condition: Condition) -> str:
    """The value of a condition in words, with its unit."""
    value = condition.value
    if isinstance(value, tuple) and condition.op == "between":
        return _("%(low)s 至 %(high)s") % {
            "low": _one(field, value[0]),
            "high": _one(field, value[1]),
        }
    if not isinstance(value, tuple):
        return _one(field, value)
    shown = [_one(field, item) for item in value[:_SHOWN]]
    rest = len(value) - _SHOWN
    listed = _("、").join(shown)
    return (
        listed
        if rest <= 0
        else _("%(listed)s 等 %(count)s 项") % {"listed": listed, "count": len(value)}
    )


def _one(field: SegmentField, value: object) -> str:
    if isinstance(value, bool):
        return (
            field.option_label("true" if value else "false")
            if field.options()
            else (_("是") if value else _("否"))
        )
    if field.kind == "yuan" and isinstance(value, int):
        whole, part = yuan_text(value).split(".")
        return f"¥{int(whole):,}.{part}"
    if field.kind == "days":
        return _("%(count)s 天") % {"count": value}
    if isinstance(value, int):
        return f"{value:,} {field.unit}".strip()
    return field.option_label(value)
