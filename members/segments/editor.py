"""What the segment editor shows: fields to choose from, and who the rule finds so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from members.people.models import Member
from members.segments.fields import OPERATOR_WORDS
from members.segments.rules import InvalidRule, rule_json, rule_loads, rule_parse
from members.segments.selectors import Reach, segment_estimate, segment_reach, segment_samples
from members.segments.sets import rule_checked
from members.segments.try_out import FieldShown, fields_shown
from members.segments.words import rule_words

_SLOW_MS = 30_000
EVERYBODY: dict[str, object] = {"all": []}


class _Readable(DjangoJSONEncoder):
    """Chinese as it is and no blanks: escaped it would be twice as long, and make most of the page."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "ensure_ascii": False, "separators": (",", ":")})


def editor_script() -> SafeString:
    """The script element with fields, operators and words for the editor in the browser."""
    return json_script(_editor_data(), "segment-fields", encoder=_Readable)


def _editor_data() -> dict[str, Any]:
    return {
        "fields": [_told(field) for field in fields_shown()],
        "operators": {key: str(text) for key, text in OPERATOR_WORDS.items()},
        "words": {
            "all": _("满足全部条件"),
            "any": _("满足任一条件"),
            "not": _("排除"),
            "field": _("条件字段"),
            "operator": _("比较方式"),
            "value": _("值"),
            "from": _("从"),
            "to": _("到"),
            "yuan": _("元"),
            "yes": _("是"),
            "no": _("否"),
            "choose": _("请选择"),
            "search": _("搜索选项"),
            "none": _("没有可选项"),
            "chosen": _("已选 %(count)s 项"),
            "separate": _("多个值用逗号隔开"),
            "addCondition": _("添加条件"),
            "addGroup": _("添加条件组"),
            "remove": _("删除条件"),
            "removeGroup": _("删除条件组"),
            "mode": _("条件关系"),
            "everybody": _("没有条件：圈中全部会员"),
        },
    }


def _told(field: FieldShown) -> dict[str, Any]:
    """What the editor reads of a field: no advice for engineers, nothing that is empty."""
    told = {key: value for key, value in asdict(field).items() if value or key == "choices"}
    told.pop("index", None)
    return told


def rule_of_text(text: str) -> dict[str, object]:
    """The rule an address brought along, or everybody when there is none or it cannot be read."""
    try:
        return rule_json(rule_checked(rule_parse(rule_loads(text))))
    except InvalidRule:
        return EVERYBODY


@dataclass(frozen=True, kw_only=True)
class LivePanel:
    """Who the rule finds. ``is_exact`` tells the figures from the estimate."""

    phase: Literal["estimate", "exact"]
    estimate: int
    words: str
    reach: Reach | None = None
    samples: Sequence[Member] = ()

    @property
    def is_waiting(self) -> bool:
        return self.phase == "estimate"


def live_panel(data: Any, *, phase: str) -> LivePanel:
    """``estimate`` answers at once, ``exact`` within two seconds or not, ``slow`` within half a minute."""
    rule = rule_checked(rule_parse(data))
    words = rule_words(rule)
    if phase not in {"exact", "slow"}:
        return LivePanel(phase="estimate", estimate=segment_estimate(rule), words=words)
    reach = segment_reach(rule, timeout_ms=_SLOW_MS) if phase == "slow" else segment_reach(rule)
    return LivePanel(
        phase="exact",
        estimate=segment_estimate(rule) if reach is None else reach.members,
        words=words,
        reach=reach,
        samples=segment_samples(rule) if reach is not None and reach.members else (),
    )
