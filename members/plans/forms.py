"""Forms of plans and of sales."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.benefits.forms import value_typed
from members.benefits.models import Benefit
from members.benefits.rules import KINDS
from members.benefits.selectors import benefits_listed
from members.benefits.words import unit_words
from members.plans.models import RefundAfter
from members.plans.rules import MOST_DAYS, MOST_MONTHS
from members.plans.selectors import kinds_for_plans, plans_listed
from members.segments.selectors import segments_latest
from scrm.console.writing import yuan
from scrm.core.money import fen_from_yuan

_SEGMENTS = 200
OFFER = "offer_"


def fen_typed(text: str) -> int:
    """Fen of an amount typed in yuan."""
    try:
        fen = fen_from_yuan(text)
    except ValueError as error:
        raise forms.ValidationError(_("请填写金额，最多两位小数")) from error
    if fen < 0:
        raise forms.ValidationError(_("金额不能小于 0"))
    return fen


class PlanForm(forms.Form):
    """A plan with its benefits: a field per benefit, empty where the plan does not bring it."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=40)
    price = forms.CharField(label=gettext_lazy("价格（元）"), max_length=20)
    term_months = forms.IntegerField(
        label=gettext_lazy("有效期（月）"), min_value=1, max_value=MOST_MONTHS, initial=12
    )
    renew_days = forms.IntegerField(
        label=gettext_lazy("到期前多少天可续费"),
        min_value=0,
        max_value=MOST_DAYS,
        initial=30,
        help_text=gettext_lazy("0 为随时可以续费；续费从原来的到期日接着算。"),
    )
    refund_days = forms.IntegerField(
        label=gettext_lazy("全额退款天数"),
        min_value=0,
        max_value=MOST_DAYS,
        initial=7,
        help_text=gettext_lazy("从购买当天算起。"),
    )
    refund_after = forms.ChoiceField(
        label=gettext_lazy("之后退款"), choices=RefundAfter.choices, initial=RefundAfter.PRO_RATA
    )
    segment = forms.ChoiceField(
        label=gettext_lazy("可购买的人群"),
        required=False,
        help_text=gettext_lazy("不选则所有会员都可以购买。"),
    )
    description = forms.CharField(label=gettext_lazy("说明"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        segment: Any = self.fields["segment"]
        segment.choices = [
            ("", _("所有会员")),
            *((each.public_id, each.name) for each in segments_latest(_SEGMENTS)),
        ]
        kinds = kinds_for_plans()
        self.benefits: list[Benefit] = [
            benefit for benefit in benefits_listed().order_by("name") if benefit.kind in kinds
        ]
        for benefit in self.benefits:
            self.fields[OFFER + benefit.code] = _offer_field(benefit)

    def clean_price(self) -> int:
        return fen_typed(self.cleaned_data["price"])

    @override
    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        offers: dict[str, int] = {}
        for benefit in self.benefits:
            name = OFFER + benefit.code
            told = found.pop(name, "")
            if KINDS[benefit.kind].unit == "none":
                if told:
                    offers[benefit.code] = 0
            elif told:
                try:
                    offers[benefit.code] = value_typed(benefit.kind, told)
                except forms.ValidationError as error:
                    self.add_error(name, error)
        found["benefits"] = offers
        if "price" in found:
            found["price_fen"] = found.pop("price")
        return found


def _offer_field(benefit: Benefit) -> forms.Field:
    if KINDS[benefit.kind].unit == "none":
        return forms.BooleanField(
            label=_("权益：%(name)s") % {"name": benefit.name}, required=False
        )
    return forms.CharField(
        label=_("权益：%(name)s（%(unit)s）")
        % {"name": benefit.name, "unit": unit_words(benefit.kind)},
        max_length=20,
        required=False,
        help_text=_("不填则不包含"),
    )


class SellForm(forms.Form):
    """A plan for a member, and the payment it stands for."""

    plan = forms.ChoiceField(label=gettext_lazy("付费会员"))
    reference = forms.CharField(
        label=gettext_lazy("支付单号"),
        max_length=80,
        help_text=gettext_lazy("同一单号只开通一次。"),
    )
    price = forms.CharField(
        label=gettext_lazy("实付（元）"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("不填按方案价格。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan: Any = self.fields["plan"]
        plan.choices = [
            (each.public_id, f"{each.name} · {yuan(each.price_fen)}")
            for each in plans_listed(is_open=True).order_by("name")
        ]

    def clean_price(self) -> int | None:
        text = self.cleaned_data["price"].strip()
        return fen_typed(text) if text else None


class RenewForm(SellForm):
    """The payment of the next term."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["plan"]
