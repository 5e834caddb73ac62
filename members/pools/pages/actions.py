"""Core actions: which of them, how often, and what an order must be worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.pools.doors import actions_now, actions_write
from members.pools.rules import MOST_TIMES, ORDER_PAID, WECOM_ADDED, CoreAction
from members.pools.words import event_choices
from scrm.console.pages import FormPage
from scrm.console.requests import toast
from scrm.console.routes import page
from scrm.core.money import fen_from_yuan, yuan_text

_TIMES = "times_"


class ActionsForm(forms.Form):
    """A number of times for every event that is one."""

    least = forms.CharField(
        label=gettext_lazy("每单至少（元）"),
        max_length=12,
        required=False,
        help_text=gettext_lazy("支付订单达到这个净额才算；留空表示不限。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        least = self.fields.pop("least")
        for event, label in event_choices():
            if event == WECOM_ADDED:
                self.fields[f"{_TIMES}{event}"] = forms.BooleanField(label=label, required=False)
                continue
            self.fields[f"{_TIMES}{event}"] = forms.IntegerField(
                label=_("%(event)s（次）") % {"event": label},
                min_value=1,
                max_value=MOST_TIMES,
                required=False,
            )
            if event == ORDER_PAID:
                self.fields["least"] = least

    def clean_least(self) -> int:
        text = self.cleaned_data["least"]
        try:
            least = fen_from_yuan(text) if text else 0
        except ValueError as error:
            raise forms.ValidationError(_("请填写金额，最多两位小数")) from error
        if least < 0:
            raise forms.ValidationError(_("金额不能小于零"))
        return least

    def actions(self) -> list[CoreAction]:
        """What was chosen."""
        found = []
        for event, _label in event_choices():
            times = self.cleaned_data.get(f"{_TIMES}{event}")
            if times:
                least = self.cleaned_data["least"] if event == ORDER_PAID else 0
                found.append(CoreAction(event=event, times=int(times), least_fen=least))
        return found


@page("pools/actions/", name="pools-actions")
class CoreActionsPage(FormPage):
    """What brings a member of the public into the territory."""

    permission = "pools.edit"
    nav_key = "pools"
    title = gettext_lazy("设置核心行为")
    form_class = ActionsForm
    form_intro = "members/pools/_actions_intro.html"

    @override
    def initial(self) -> Mapping[str, Any]:
        chosen = actions_now()
        found: dict[str, Any] = {f"{_TIMES}{action.event}": action.times for action in chosen}
        least = next((each.least_fen for each in chosen if each.event == ORDER_PAID), 0)
        return {**found, "least": yuan_text(least) if least else ""}

    @override
    def cancel_url(self) -> str:
        return self.url("pools")

    @override
    def save(self, form: forms.BaseForm) -> str:
        assert isinstance(form, ActionsForm)  # noqa: S101 - form_class says so
        actions_write(form.actions())
        toast(self.request, "success", _("核心行为已保存"))
        return self.url("pools")
