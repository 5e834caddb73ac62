"""功能开关: modules by the nine headings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.console.elements import Action
from scrm.console.navigation import SECTIONS
from scrm.console.pages.base import ConsolePage
from scrm.console.pages.forms import ActPage
from scrm.console.requests import toast
from scrm.console.routes import Nav, page
from scrm.console.undo import UndoKind, undo_offer, undo_register
from scrm.core.errors import InvalidTransition, NotFound
from scrm.tenants.changing import Change, tenant_change_apply
from scrm.tenants.context import require_tenant_id
from scrm.tenants.flags import FLAGS, HEADINGS, Flag, flag_on
from scrm.tenants.settings import SETTINGS


@dataclass(frozen=True, kw_only=True)
class ShownFlag:
    """One switch."""

    flag: Flag
    effect: str
    is_on: bool
    is_forced: bool
    switch: Action | None


@page("settings/modules/", name="modules", nav=Nav(section="settings", order=14))
class ModulesPage(ConsolePage):
    """What of the platform this brand uses."""

    permission = "tenant.view"
    title = _("功能开关")
    template_name = "console/brand/modules.html"

    @override
    def subtitle(self) -> str:
        return _plain("关闭的模块不显示页面，接口返回 404；数据继续积累，随时可以重新打开")

    @override
    def context(self) -> dict[str, object]:
        return {
            "headings": [
                (
                    section,
                    [self._shown(flag) for flag in FLAGS.values() if flag.heading == section.key],
                )
                for section in SECTIONS
                if section.key in HEADINGS
            ]
        }

    def _shown(self, flag: Flag) -> ShownFlag:
        is_on, is_forced = flag_on(flag.key), flag.is_forced()
        switch = Action(
            label=_("关闭") if is_on else _("打开"),
            href=self.url("module-switch", flag=flag.key, state="off" if is_on else "on"),
            method="post",
        )
        return ShownFlag(
            flag=flag,
            effect=str(SETTINGS[flag.setting_key].effect),
            is_on=is_on,
            is_forced=is_forced,
            switch=switch if self.may("tenant.edit") and not is_forced else None,
        )


@page("settings/modules/<str:flag>/<str:state>/", name="module-switch")
class ModuleSwitch(ActPage):
    """Switch one module; takes effect with the next page anybody opens."""

    permission = "tenant.edit"
    nav_key = "modules"

    @override
    def act(self) -> str:
        flag, state = FLAGS.get(str(self.kwargs["flag"])), str(self.kwargs["state"])
        if flag is None or state not in {"on", "off"}:
            raise NotFound
        if flag.is_forced():
            raise InvalidTransition(str(flag.forced_note))
        _switch({"flag": flag.key, "on": state == "on"})
        words = _plain("已打开「%(label)s」") if state == "on" else _plain("已关闭「%(label)s」")
        undo = undo_offer(self.request, "module.switched", {"flag": flag.key, "on": state != "on"})
        toast(self.request, "success", words % {"label": flag.label}, undo_url=undo)
        return self.url("modules")


def _switch(payload: Mapping[str, Any]) -> None:
    flag = FLAGS[str(payload["flag"])]
    tenant_change_apply(
        tenant_id=require_tenant_id(),
        change=Change(values={flag.setting_key: bool(payload["on"])}),
    )


undo_register(UndoKind(key="module.switched", permission="tenant.edit", apply=_switch))

__all__: Sequence[str] = ["ModuleSwitch", "ModulesPage"]
