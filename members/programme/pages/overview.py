"""What holds, the draft, and every version."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.programme.models import Programme, ProgrammeState
from members.programme.pages.words import goal_words, parts_shown
from members.programme.selectors import (
    programme_active,
    programme_draft,
    programmes_listed,
)
from members.programme.services import (
    programme_discard,
    programme_start,
)
from scrm.console.columns import Column, table_make
from scrm.console.elements import Action, Badge, Tone
from scrm.console.pages import ActPage, ConsolePage
from scrm.console.requests import toast
from scrm.console.routes import Nav, page

_SHOWN = 20
_TONES: dict[str, Tone] = {"draft": "info", "active": "good", "past": "muted"}


@page("members/programme/", name="programme", nav=Nav(section="members", order=29))
class ProgrammePage(ConsolePage):
    """What holds, the draft, and every version."""

    permission = "tiers.view"
    title = gettext_lazy("会员方案")
    template_name = "members/programme/programme.html"

    @override
    def subtitle(self) -> str:
        return _("四步：目标、等级、权益、生命周期；由另一位同事审批后一起生效")

    @cached_property
    def draft(self) -> Programme | None:
        return programme_draft()

    @override
    def actions(self) -> Sequence[Action]:
        if self.draft is not None:
            return ()
        return (
            Action(
                label=_("新版本") if programme_active() else _("开始设置"),
                href=self.url("programme-start"),
                icon="plus",
                method="post",
                is_primary=True,
                permission="tiers.edit",
            ),
        )

    @override
    def context(self) -> dict[str, Any]:
        draft, active = self.draft, programme_active()
        versions = list(programmes_listed().order_by("-number")[:_SHOWN])
        return {
            "draft": draft,
            "parts": parts_shown(self, draft) if draft is not None else [],
            "active": active,
            "goal": goal_words(active) if active is not None else "",
            "versions": table_make(
                caption=_("版本"), columns=_VERSIONS, rows=versions, row_url=self._row_url
            ),
            "has_versions": bool(versions),
        }

    def _row_url(self, row: Programme) -> str:
        return self.url("programme-detail", programme_id=row.public_id)


_VERSIONS = (
    Column(
        key="number",
        label=gettext_lazy("版本"),
        is_primary=True,
        value=lambda row: _("第 %(n)s 版") % {"n": row.number},
    ),
    Column(
        key="state",
        label=gettext_lazy("状态"),
        kind="status",
        value=lambda row: Badge(ProgrammeState(row.state).label, _TONES[row.state]),
    ),
    Column(key="author", label=gettext_lazy("作者")),
    Column(key="approver", label=gettext_lazy("审批人")),
    Column(key="activated_at", label=gettext_lazy("生效时间"), kind="datetime"),
)


@page("members/programme/start/", name="programme-start")
class StartPage(ActPage):
    """A draft that begins with what holds."""

    permission = "tiers.edit"
    nav_key = "programme"
    title = gettext_lazy("新版本")

    @override
    def act(self) -> str:
        draft, _new = programme_start()
        return self.url("programme-edit", programme_id=draft.public_id)


@page("members/programme/<str:programme_id>/discard/", name="programme-discard")
class DiscardPage(ActPage):
    """No draft any more; what holds stays."""

    permission = "tiers.edit"
    nav_key = "programme"
    title = gettext_lazy("丢弃草稿")

    @override
    def act(self) -> str:
        programme_discard(public_id=self.kwargs["programme_id"])
        toast(self.request, "success", _("已丢弃草稿"))
        return self.url("programme")
