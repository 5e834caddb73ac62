"""Who may have put a tag on somebody, and why it came off. These words stand in the tables."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Sources of a worn tag.
BY_HAND = "operator"
IN_WECOM = "wecom"
KEPT = "kept"  # a removed rule had put it on, and it was to stay
# Rows that a definition put on and may take off again: their source is the kind of the tag.
COMPUTED = ("algorithmic", "rule", "statistical")

# Causes of a tag that came off.
TAKEN_OFF = "taken_off"
NO_LONGER = "no_longer"
TAG_REMOVED = "tag_removed"
UNDONE = "undone"
OFF_IN_WECOM = "wecom"
BECAME_ANOTHER = "merged"

SOURCES: dict[str, str | Promise] = {
    BY_HAND: _("手工"),
    IN_WECOM: _("企业微信"),
    KEPT: _("原规则保留"),
    "algorithmic": _("算法"),
    "rule": _("规则"),
    "statistical": _("统计"),
    "contact_code": _("渠道活码"),
    "import": _("导入"),
    "api": _("接口"),
}
CAUSES: dict[str, str | Promise] = {
    TAKEN_OFF: _("手工去除"),
    NO_LONGER: _("不再符合条件"),
    TAG_REMOVED: _("标签已删除"),
    UNDONE: _("撤销"),
    OFF_IN_WECOM: _("在企业微信中去除"),
    BECAME_ANOTHER: _("并入其他标签"),
}

# Which fields of rules a fact may change, by the part of the field's key before the dot.
CHANGED_BY = {
    "order.changed": frozenset({"orders"}),
    "points.changed": frozenset({"points"}),
    "member.tagged": frozenset({"tags"}),
    "member.untagged": frozenset({"tags"}),
    "wecom.contact_changed": frozenset({"member"}),
}
