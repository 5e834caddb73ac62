"""Forms of the push editor, one a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from communities.outreach.models import PURPOSES
from communities.outreach.rules import TEXT_BYTES

NOW, LATER = "now", "later"
_TITLE_BYTES, _MINI_BYTES = 128, 64


class AudienceForm(forms.Form):
    """Whom."""

    name = forms.CharField(label=gettext_lazy("推送名称"), max_length=60)
    segment = forms.ChoiceField(label=gettext_lazy("人群"))
    purpose = forms.ChoiceField(
        label=gettext_lazy("用途"),
        choices=PURPOSES,
        widget=forms.RadioSelect,
        initial="marketing",
        help_text=gettext_lazy("营销推送受频次上限和静默期约束；服务通知只受企微额度约束。"),
    )

    def __init__(self, *args: Any, segments: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["segment"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - said for the type checker
        field.choices = [("", _("请选择人群")), *segments]


class ContentForm(forms.Form):
    """What. Each kind of attachment has a switch and its own fields."""

    text = forms.CharField(
        label=gettext_lazy("消息正文"),
        required=False,
        max_length=TEXT_BYTES,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("可用变量 {昵称}；最多 4000 字节。"),
    )
    with_link = forms.BooleanField(label=gettext_lazy("附图文链接"), required=False)
    link_title = forms.CharField(label=gettext_lazy("链接标题"), max_length=128, required=False)
    link_url = forms.CharField(label=gettext_lazy("链接地址"), max_length=2048, required=False)
    link_desc = forms.CharField(label=gettext_lazy("链接描述"), max_length=512, required=False)
    with_mini = forms.BooleanField(label=gettext_lazy("附小程序卡片"), required=False)
    mini_title = forms.CharField(label=gettext_lazy("卡片标题"), max_length=64, required=False)
    mini_appid = forms.CharField(label="AppID", max_length=64, required=False)
    mini_page = forms.CharField(
        label=gettext_lazy("小程序页面路径"), max_length=512, required=False
    )
    mini_cover = forms.FileField(
        label=gettext_lazy("卡片封面"),
        required=False,
        help_text=gettext_lazy("JPG 或 PNG，不超过 2 MB"),
    )
    with_image = forms.BooleanField(label=gettext_lazy("附图片"), required=False)
    image = forms.FileField(
        label=gettext_lazy("图片"),
        required=False,
        help_text=gettext_lazy("JPG 或 PNG，不超过 2 MB"),
    )

    def __init__(self, *args: Any, kept: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Pictures the draft has already: a file field cannot show them.
        self.kept = dict(kept or {})

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for switch, names in (
            ("with_link", ("link_title", "link_url")),
            ("with_mini", ("mini_title", "mini_appid", "mini_page")),
        ):
            if data.get(switch):
                for name in names:
                    if not data.get(name):
                        self.add_error(name, _("请填写"))
        for switch, name in (("with_mini", "mini_cover"), ("with_image", "image")):
            if data.get(switch) and not data.get(name) and not self.kept.get(name):
                self.add_error(name, _("请选择图片"))
        self._bytes(data, "link_title", _TITLE_BYTES)
        self._bytes(data, "mini_title", _MINI_BYTES)
        url = data.get("link_url", "")
        if data.get("with_link") and url and not url.startswith(("http://", "https://")):
            self.add_error("link_url", _("地址以 https:// 开头"))
        if not data.get("text", "").strip() and not any(
            data.get(switch) for switch in ("with_link", "with_mini", "with_image")
        ):
            self.add_error("text", _("正文和附件不能都为空"))
        return data

    def _bytes(self, data: Mapping[str, Any], name: str, most: int) -> None:
        if len(str(data.get(name, "")).encode()) > most:
            self.add_error(name, _("最多 %(most)s 字节") % {"most": most})


class TimeForm(forms.Form):
    """When, in the brand's zone."""

    when = forms.ChoiceField(
        label=gettext_lazy("发送时间"),
        choices=[(NOW, gettext_lazy("确认后立即发送")), (LATER, gettext_lazy("定时发送"))],
        widget=forms.RadioSelect,
        initial=NOW,
    )
    at = forms.DateTimeField(
        label=gettext_lazy("定时"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("when") == LATER and not data.get("at") and "at" not in self.errors:
            self.add_error("at", _("请选择时间"))
        return data


class ConfirmForm(forms.Form):
    """The operator types how many people will get it: nobody sends a mass message by a slip."""

    count = forms.IntegerField(
        label=gettext_lazy("输入触达人数以确认"),
        min_value=1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, addressed: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.addressed = addressed
        self.fields["count"].help_text = _("请输入 %(count)s") % {"count": addressed}

    def clean_count(self) -> int:
        count: int = self.cleaned_data["count"]
        if count != self.addressed:
            raise forms.ValidationError(
                _("人数与当前可触达的 %(count)s 人不一致") % {"count": self.addressed}
            )
        return count


class StopForm(forms.Form):
    """Stopping cannot be undone."""

    sure = forms.BooleanField(label=gettext_lazy("我知道已送达的消息不会撤回"))
