"""One version: its parts, and of a draft what it would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.benefits.compare import compare_groups
from members.benefits.models import Place
from members.benefits.words import value_words
from members.layers.selectors import LAYER_WORDS
from members.programme.models import Programme, ProgrammeState
from members.programme.pages.words import goal_words, parts_shown
from members.programme.rules import rungs_of
from members.programme.selectors import (
    APPROVAL,
    OfferChange,
    ProgrammePreview,
    missing_parts,
    programme_get,
    programme_preview,
)
from members.tiers.selectors import ladder_get
from scrm.approvals.selectors import approval_waiting
from scrm.console.columns import Column, Table, table_make
from scrm.console.elements import Action, Crumb
from scrm.console.pages import ConsolePage
from scrm.console.routes import page
from scrm.console.writing import bp_text
from scrm.tenants.settings import SETTINGS


@page("members/programme/<str:programme_id>/", name="programme-detail")
class ProgrammeDetailPage(ConsolePage):
    """The four parts of a version; of a draft, what it lacks and what it would do."""

    permission = "tiers.view"
    nav_key = "programme"
    template_name = "members/programme/detail.html"

    @cached_property
    def programme(self) -> Programme:
        return programme_get(str(self.kwargs["programme_id"]))

    @cached_property
    def is_draft(self) -> bool:
        return self.programme.state == ProgrammeState.DRAFT

    @cached_property
    def waiting(self) -> Any:
        return approval_waiting(APPROVAL, self.programme.public_id) if self.is_draft else None

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("会员方案"), self.url("programme"))]

    @override
    def heading(self) -> str:
        return _("会员方案第 %(n)s 版") % {"n": self.programme.number}

    @override
    def subtitle(self) -> str:
        return str(ProgrammeState(self.programme.state).label)

    @override
    def actions(self) -> Sequence[Action]:
        key = self.programme.public_id
        if not self.is_draft or self.waiting is not None:
            return ()
        submit = Action(
            label=_("提交审批"),
            href=self.url("programme-submit", programme_id=key),
            is_primary=True,
            permission="tiers.edit",
        )
        return (
            Action(
                label=_("继续编辑"),
                href=self.url("programme-edit", programme_id=key),
                icon="edit",
                permission="tiers.edit",
            ),
            *(() if missing_parts(self.programme) else (submit,)),
        )

    @override
    def context(self) -> dict[str, Any]:
        shown = self.programme
        parts = parts_shown(self, shown) if self.is_draft else []
        found: dict[str, Any] = {
            "programme": shown,
            "is_draft": self.is_draft,
            "waiting": self.waiting,
            "missing": [part for part in parts if part.why],
            "goal": goal_words(shown),
            "rungs": table_make(
                caption=_("等级"), columns=_RUNGS, rows=list(rungs_of(shown.ladder))
            ),
            "has_rungs": bool(shown.ladder.get("tiers")),
            "life_cycle": [
                (SETTINGS[key].label, _setting_words(key, value))
                for key, value in shown.life_cycle.items()
            ],
        }
        if self.is_draft:
            found |= _preview_context(programme_preview(shown), shown)
        elif shown.state == ProgrammeState.ACTIVE:
            found["compare"] = compare_groups(rungs_of(shown.ladder))
        return found


_RUNGS = (
    Column(key="name", label=gettext_lazy("等级"), is_primary=True),
    Column(key="threshold", label=gettext_lazy("升级门槛"), kind="number"),
    Column(key="keep_threshold", label=gettext_lazy("保级线"), kind="number"),
)


def _setting_words(key: str, value: Any) -> str:
    spec = SETTINGS[key]
    if spec.choices is not None:
        return str(spec.choices.get(value, value))
    return bp_text(value) if key == "tier.keep_ratio" else f"{value} {spec.unit}".strip()


def _preview_context(found: ProgrammePreview, programme: Programme) -> dict[str, Any]:
    names = {rung.code: rung.name for rung in (*ladder_get(), *rungs_of(programme.ladder))}
    moves = [
        {
            "before": names.get(move.before, move.before),
            "after": names.get(move.after, move.after),
            "members": move.members,
        }
        for move in found.members.moves
    ]
    return {
        "moves": table_make(caption=_("会员变动"), columns=_MOVES, rows=moves),
        "moved": found.members.total,
        "is_first": not ladder_get(),
        "changes": _changes_table(found.offers, names),
        "has_changes": bool(found.offers),
        "settings": [
            (
                SETTINGS[key].label,
                f"{_setting_words(key, before)} → {_setting_words(key, after)}",
            )
            for key, before, after in found.settings
        ],
    }


_MOVES = (
    Column(key="before", label=gettext_lazy("现在的等级"), is_primary=True),
    Column(key="after", label=gettext_lazy("生效后的等级")),
    Column(key="members", label=gettext_lazy("人数"), kind="number"),
)


def _changes_table(changes: Sequence[OfferChange], names: Mapping[str, str]) -> Table:
    def where(row: OfferChange) -> str:
        if row.place == Place.LAYER:
            return str(LAYER_WORDS[int(row.key)])
        name = names.get(row.key, row.key)
        return _("%(tier)s · 升级礼遇") % {"tier": name} if row.place == Place.GIFT else name

    def words(row: OfferChange, value: int | None) -> str:
        return "" if value is None else value_words(row.kind, value)

    return table_make(
        caption=_("权益改动"),
        columns=(
            Column(key="where", label=_("位置"), is_primary=True, value=where),
            Column(key="name", label=_("权益")),
            Column(key="before", label=_("现在"), value=lambda row: words(row, row.before)),
            Column(key="after", label=_("生效后"), value=lambda row: words(row, row.after)),
        ),
        rows=list(changes),
    )
