"""What is asked for to make, change and rotate a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from scrm.access.keys import ALL_SCOPES, MOST_CALLS_PER_MINUTE, OVERLAP_HOURS
from scrm.access.models import KeyMode
from scrm.console.shell.scoping import ScopeForm

EVERYTHING, SOME = "all", "some"


class KeyForm(ScopeForm):
    """A key, what it may do and whose customers it sees."""

    name = forms.CharField(
        label=gettext_lazy("名称"),
        max_length=80,
        help_text=gettext_lazy("写明哪个系统在用，例如：ERP 订单同步。"),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("到期日"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("当天结束时失效；留空则不过期。"),
    )
    calls_per_minute = forms.IntegerField(
        label=gettext_lazy("每分钟调用上限"),
        required=False,
        min_value=1,
        max_value=MOST_CALLS_PER_MINUTE,
    )
    reach = forms.ChoiceField(
        label=gettext_lazy("权限范围"),
        choices=[(SOME, gettext_lazy("只给勾选的权限")), (EVERYTHING, gettext_lazy("全部权限"))],
        initial=SOME,
        widget=forms.RadioSelect,
    )
    scopes = forms.MultipleChoiceField(required=False)

    def __init__(
        self, *args: Any, scopes: Sequence[str] = (), limit: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if "whose" in self.fields:
            self.fields["whose"].help_text = _(
                "限定后密钥只读写这些员工的企微好友，下面只有标着「随数据范围」的权限对它有效。"
            )
        self.ticked: list[str] = (
            self.data.getlist("scopes")
            if self.is_bound and hasattr(self.data, "getlist")
            else list(self.initial.get("scopes") or ())
        )
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
        field.choices = [(name, name) for name in scopes]
        self.fields["calls_per_minute"].help_text = _("留空用默认的 %(limit)s 次。") % {
            "limit": limit
        }

    @override
    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        if told.get("reach") == EVERYTHING:
            told["scopes"] = [ALL_SCOPES]
        elif not told.get("scopes") and "scopes" not in self.errors:
            self.add_error("scopes", _("至少勾选一项权限。"))
        return told


class NewKeyForm(KeyForm):
    """The kind of a key is chosen once."""

    mode = forms.ChoiceField(
        label=gettext_lazy("类型"),
        choices=[
            (KeyMode.LIVE, gettext_lazy("正式密钥")),
            (KeyMode.TEST, gettext_lazy("测试密钥")),
        ],
        initial=KeyMode.LIVE,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "测试密钥的写入会照常校验和应答，然后全部撤销，不留下数据，适合联调。"
        ),
    )


class RotationForm(forms.Form):
    """How long the secret until now still works."""

    overlap_hours = forms.TypedChoiceField(
        label=gettext_lazy("旧密钥继续有效"),
        coerce=int,
        choices=[
            (0, gettext_lazy("立即失效")),
            (1, gettext_lazy("1 小时")),
            (24, gettext_lazy("24 小时")),
            (72, gettext_lazy("3 天")),
            (168, gettext_lazy("7 天")),
        ],
        initial=OVERLAP_HOURS,
        help_text=gettext_lazy("这段时间里新旧密钥都能用，请在结束前把各系统换成新密钥。"),
    )


class RevokeForm(forms.Form):
    """Closing needs no words, only a second thought."""
