"""Page 13: the ladder with who stands where, its change with a look at who moves, and locks by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.benefits.compare import compare_groups
from members.people.selectors import member_get
from members.tiers.doors import RungShown, ladder_read
from members.tiers.forms import LadderForm, LockForm, times_text
from members.tiers.ladder import ladder_check, ladder_put
from members.tiers.models import LadderVersion
from members.tiers.selectors import (
    ladder_get,
    lock_of,
    tier_choices,
    tier_of,
    tier_preview,
    version_now,
    versions_listed,
)
from members.tiers.services import tier_lock, tier_unlock
from members.tiers.words import last_day
from scrm.console.columns import Column, table_make
from scrm.console.elements import Action
from scrm.console.pages import ActPage, ConsolePage, FormPage
from scrm.console.requests import toast
from scrm.console.routes import Nav, page
from scrm.console.writing import bp_text, thousands
from scrm.core import clock
from scrm.core.errors import DomainError
from scrm.tenants.flags import flag_on
from scrm.tenants.settings import SETTINGS

_SHOWN_VERSIONS = 10
_INVALID = 422
_FULL = 10_000


@dataclass(frozen=True, kw_only=True)
class Step:
    """A rung of the picture: how many stand there, and their share of everybody."""

    name: str
    members: int
    share_bp: int
    href: str


@dataclass(frozen=True, kw_only=True)
class MoveShown:
    """One line of the effect preview."""

    before: str
    after: str
    members: int


@page("members/tiers/", name="tiers", nav=Nav(section="members", order=30))
class TiersPage(ConsolePage):
    """The rungs, what they ask for and bring, and how many members stand on each."""

    permission = "tiers.view"
    title = gettext_lazy("等级体系")
    template_name = "members/tiers/ladder.html"

    @override
    def subtitle(self) -> str:
        return _("成长值 = 已完成订单的实付整元；退款按原日期扣回")

    @override
    def actions(self) -> Sequence[Action]:
        label = _("修改等级") if ladder_get() else _("新建等级体系")
        programme = Action(label=_("会员方案"), href=self.url("programme"), icon="list-check")
        return (
            *((programme,) if flag_on("members.programme") else ()),
            Action(
                label=label, href=self.url("tiers-edit"), icon="edit", is_primary=True,
                permission="tiers.edit",
            ),
        )  # fmt: skip

    def members_url(self, code: str, **more: str) -> str:
        asked = {"f.tier.code": f"in:{code}", **more}
        return f"{self.url('members-list')}?{urlencode(asked)}"

    @override
    def context(self) -> dict[str, Any]:
        ladder = ladder_read()
        may_list = self.may("members.view")
        total = sum(rung.members for rung in ladder.tiers)
        steps = [
            Step(
                name=rung.name,
                members=rung.members,
                share_bp=rung.members * _FULL // total if total else 0,
                href=self.members_url(rung.code) if may_list else "",
            )
            for rung in reversed(ladder.tiers)
        ]
        return {
            "ladder": ladder,
            "steps": steps,
            "total": total,
            "table": table_make(
                caption=_("等级对比"), columns=self._columns(may_list=may_list), rows=ladder.tiers
            ),
            "compare": compare_groups(ladder_get()),
            "rules": _rules(),
            "versions": table_make(
                caption=_("版本"), columns=_VERSIONS, rows=versions_listed()[:_SHOWN_VERSIONS]
            ),
            "settings_url": f"{self.url('settings')}?group=members"
            if self.may("tenant.view")
            else "",
            "may_edit": self.may("tiers.edit"),
        }

    def _columns(self, *, may_list: bool) -> Sequence[Column]:
        def grace(rung: RungShown) -> str:
            return self.members_url(rung.code, **{"f.tier.state": "in:grace"})

        def locked(rung: RungShown) -> str:
            return self.members_url(rung.code, **{"f.tier.state": "in:locked"})

        return (
            Column(key="name", label=_("等级"), is_primary=True),
            Column(key="threshold", label=_("升级门槛"), kind="number"),
            Column(key="keep", label=_("保级线"), kind="number"),
            Column(
                key="times",
                label=_("积分倍数"),
                value=lambda rung: _("%(times)s 倍") % {"times": times_text(rung.multiplier_bp)},
            ),
            Column(
                key="members",
                label=_("会员"),
                kind="number",
                href=(lambda rung: self.members_url(rung.code)) if may_list else None,
            ),
            Column(
                key="in_grace",
                label=_("保级期"),
                kind="number",
                href=grace if may_list else None,
            ),
            Column(
                key="locked",
                label=_("已锁定"),
                kind="number",
                href=locked if may_list else None,
            ),
        )


def _thresholds(row: LadderVersion) -> str:
    return " · ".join(f"{rung['name']} {thousands(rung['threshold'])}" for rung in row.rungs)


_VERSIONS = (
    Column(
        key="number",
        label=gettext_lazy("版本"),
        is_primary=True,
        value=lambda row: _("第 %(n)s 版") % {"n": row.number},
    ),
    Column(key="at", label=gettext_lazy("生效时间"), kind="datetime"),
    Column(key="author", label=gettext_lazy("修改人"), value=lambda row: row.author or _("系统")),
    Column(key="rungs", label=gettext_lazy("门槛"), value=_thresholds),
)


def _rules() -> list[tuple[str, str]]:
    version = version_now()
    if version is None:
        return []
    rules = version.rules
    metric = SETTINGS["tier.metric"].choices or {}
    downgrade = SETTINGS["tier.downgrade"].choices or {}
    days = _("%(n)s 天")
    window = days % {"n": rules.window_days} if rules.metric == "rolling_days" else ""
    return [
        (_("看哪些成长值"), f"{metric[rules.metric]} {window}".strip()),
        (_("等级有效期"), days % {"n": rules.valid_days}),
        (_("保级期"), days % {"n": rules.grace_days}),
        (_("保级失败时"), str(downgrade[rules.downgrade])),
        (_("保级比例"), bp_text(rules.keep_ratio)),
        (_("退款复核"), days % {"n": rules.recheck_days}),
    ]


@page("members/tiers/edit/", name="tiers-edit")
class LadderEditPage(FormPage):
    """Change the rungs: first it is shown who moves, then it is brought into force."""

    permission = "tiers.edit"
    nav_key = "tiers"
    title = gettext_lazy("修改等级体系")
    template_name = "members/tiers/edit.html"
    fragment_name = ""
    form_class = LadderForm

    @override
    def cancel_url(self) -> str:
        return self.url("tiers")

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        return {"rungs": ladder_get()}

    @override
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = LadderForm(request.POST, rungs=ladder_get())
        if not form.is_valid():
            return self.answer({**self.context(), "form": form}, status=_INVALID)
        try:
            ladder_check(form.rungs)
            if form.cleaned_data["seen"] == form.digest():
                activation = ladder_put(form.rungs)
                toast(request, "success", _("等级体系已生效，升级在后台进行"))
                return self.go(f"{self.url('tiers')}?version={activation.number}")
            return self._previewed(request, form)
        except DomainError as refusal:
            _refuse(form, refusal)
            return self.answer({**self.context(), "form": form}, status=_INVALID)

    def _previewed(self, request: HttpRequest, form: LadderForm) -> HttpResponse:
        data = request.POST.copy()
        data["seen"] = form.digest()
        names = {rung.code: rung.name for rung in (*ladder_get(), *form.rungs)}
        found = tier_preview(form.rungs)
        moves = [
            MoveShown(
                before=names.get(move.before, move.before),
                after=names.get(move.after, move.after),
                members=move.members,
            )
            for move in found.moves
        ]
        again = LadderForm(data, rungs=ladder_get())
        return self.answer(
            {
                **self.context(),
                "form": again,
                "is_first": not ladder_get(),
                "preview": table_make(caption=_("影响预览"), columns=_MOVES, rows=moves),
                "moved": found.total,
            }
        )


_MOVES = (
    Column(key="before", label=gettext_lazy("现在的等级"), is_primary=True),
    Column(key="after", label=gettext_lazy("生效后的等级")),
    Column(key="members", label=gettext_lazy("人数"), kind="number"),
)


def _refuse(form: LadderForm, refusal: DomainError) -> None:
    """Put what is wrong with a rung at its row."""
    parts = (refusal.pointer or "").strip("/").split("/")
    if len(parts) == 3 and parts[1].isdigit() and int(parts[1]) < len(form.places):  # noqa: PLR2004 - /tiers/0/name
        names = {"keep_threshold": "keep", "multiplier": "times", "code": "name"}
        field = f"{names.get(parts[2], parts[2])}_{form.places[int(parts[1])]}"
        if field in form.fields:
            form.add_error(field, str(refusal))
            return
    form.add_error(None, str(refusal))


@page("members/<str:member_id>/tier-lock/", name="members-tier-lock")
class TierLockPage(FormPage):
    """Hold one member on a tier until a day."""

    permission = "tiers.lock"
    nav_key = "members-list"
    title = gettext_lazy("锁定等级")
    submit_label = gettext_lazy("锁定")
    form_class = LockForm
    template_name = "members/tiers/lock.html"

    def _back(self) -> str:
        return self.url("members-detail", member_id=self.kwargs["member_id"])

    @override
    def cancel_url(self) -> str:
        return self._back()

    @override
    def subtitle(self) -> str:
        member = member_get(self.kwargs["member_id"])
        now = tier_of([member.pk]).get(member.pk)
        who = member.display_name or member.member_no
        return _("%(who)s · 现为%(tier)s") % {"who": who, "tier": now.name if now else "—"}

    @override
    def context(self) -> dict[str, Any]:
        lock = lock_of(member_get(self.kwargs["member_id"]).pk)
        return {
            **super().context(),
            "lock": lock,
            "last_day": last_day(lock.until) if lock is not None else "",
            "unlock_url": self.url("members-tier-unlock", member_id=self.kwargs["member_id"]),
        }

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        return {"choices": tier_choices()}

    @override
    def save(self, form: BaseForm) -> str:
        told = form.cleaned_data
        until = clock.local_midnight(
            told["until"] + timedelta(days=1), self.request.tenant.timezone
        )
        tier_lock(
            member=self.kwargs["member_id"], code=told["tier"], until=until, reason=told["reason"]
        )
        toast(self.request, "success", _("等级已锁定"))
        return self._back()


@page("members/<str:member_id>/tier-unlock/", name="members-tier-unlock")
class TierUnlockPage(ActPage):
    """End a lock now."""

    permission = "tiers.lock"
    nav_key = "members-list"

    @override
    def act(self) -> str:
        tier_unlock(member=self.kwargs["member_id"])
        toast(self.request, "success", _("锁定已解除，等级按成长值重新判断"))
        return self.url("members-detail", member_id=self.kwargs["member_id"])
