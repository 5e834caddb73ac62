"""Write down a consent, ask for a copy, and erase with the effect shown first."""

from __future__ import annotations

from functools import cached_property

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.people.card import card_get
from members.people.models import Member
from members.people.sources import source_choices
from members.privacy.doors import consents_write, preview_read, request_ask
from members.privacy.models import Purpose, RequestKind
from scrm.console.columns import Column, table_make
from scrm.console.pages import FormPage
from scrm.console.requests import came_from, toast, wants_fragment
from scrm.console.routes import page

_EFFECTS = (
    Column(key="label", label=gettext_lazy("数据类别"), is_primary=True),
    Column(key="rows", label=gettext_lazy("条数"), kind="number"),
)


def _ways() -> list[tuple[str, object]]:
    return [("operator", gettext_lazy("员工记录")), *source_choices()]


class ConsentForm(forms.Form):
    """What the person said."""

    purpose = forms.ChoiceField(label=gettext_lazy("用途"), choices=Purpose.choices)
    answer = forms.ChoiceField(
        label=gettext_lazy("会员的表示"),
        choices=[("yes", gettext_lazy("同意")), ("no", gettext_lazy("拒绝或撤回"))],
        help_text=gettext_lazy("拒绝营销推送后立即不再发送任何营销消息。"),
    )
    source = forms.ChoiceField(label=gettext_lazy("途径"), choices=_ways)
    text_version = forms.CharField(
        label=gettext_lazy("隐私文本版本"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("会员看到的是哪一版隐私说明，可不填。"),
    )


class ReasonForm(forms.Form):
    """Who asked."""

    reason = forms.CharField(
        label=gettext_lazy("申请说明"),
        max_length=200,
        help_text=gettext_lazy("谁在什么时候、通过什么方式提出；会写入审计日志。"),
    )


class EraseForm(ReasonForm):
    """Who asked, and the number of who is meant, typed by hand."""

    number = forms.CharField(label=gettext_lazy("输入会员号以确认"), max_length=20)


@page("members/<str:member_id>/consent/", name="members-consent")
class ConsentPage(FormPage):
    """Write down what a member said."""

    permission = "members.consent"
    nav_key = "members-list"
    title = gettext_lazy("记录同意")
    form_class = ConsentForm

    @cached_property
    def member(self) -> Member:
        return card_get(str(self.kwargs["member_id"])).member

    @override
    def context(self) -> dict[str, object]:
        return {"member": self.member}

    @override
    def cancel_url(self) -> str:
        return self.url("members-detail", member_id=self.member.public_id)

    @override
    def save(self, form: forms.BaseForm) -> str:
        told = form.cleaned_data
        consents_write(
            self.member.public_id,
            purpose=told["purpose"],
            is_given=told["answer"] == "yes",
            source=told["source"],
            text_version=told["text_version"],
        )
        toast(self.request, "success", _("已记录"))
        return (came_from(self.request) if self.is_in_drawer else "") or self.cancel_url()


@page("members/<str:member_id>/export/", name="members-export-person")
class ExportPage(FormPage):
    """A file with everything that is kept of one person."""

    permission = "members.export_person"
    nav_key = "privacy-requests"
    title = gettext_lazy("导出个人信息")
    form_class = ReasonForm
    form_intro = "members/privacy/_export.html"
    submit_label = gettext_lazy("生成文件")

    @cached_property
    def member(self) -> Member:
        return card_get(str(self.kwargs["member_id"])).member

    @override
    def context(self) -> dict[str, object]:
        return {"member": self.member}

    @override
    def cancel_url(self) -> str:
        return self.url("members-detail", member_id=self.member.public_id)

    @override
    def save(self, form: forms.BaseForm) -> str:
        request = request_ask(
            member_id=self.member.public_id,
            kind=RequestKind.EXPORT,
            reason=form.cleaned_data["reason"],
            may=self.may,
        )
        return self.url("privacy-request", request_id=request.public_id)


@page("members/<str:member_id>/erase/", name="members-erase")
class ErasePage(FormPage):
    """What goes and what stays; nothing happens before the number is typed."""

    permission = "members.erase"
    nav_key = "privacy-requests"
    title = gettext_lazy("清除个人信息")
    form_class = EraseForm
    form_intro = "members/privacy/_erase.html"
    submit_label = gettext_lazy("确认清除")
    is_danger = True

    @cached_property
    def member(self) -> Member:
        return card_get(str(self.kwargs["member_id"])).member

    @override
    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """The form at once; every room is asked for its rows by a part of the page that comes after it."""
        if wants_fragment(self.request) and self.request.GET.get("part") == "effect":
            return self.fragment("members/privacy/_effect.html", self._effect())
        return super().get(request, *args, **kwargs)

    def _effect(self) -> dict[str, object]:
        preview = preview_read(self.member.public_id)
        caption = str(_("将处理的数据"))
        return {
            "others": preview.accounts - 1,
            "blockers": preview.blockers,
            "table": table_make(caption=caption, columns=_EFFECTS, rows=preview.lines),
        }

    @override
    def context(self) -> dict[str, object]:
        name = self.member.display_name or _("未命名会员")
        return {"member": self.member, "name": name}

    @override
    def cancel_url(self) -> str:
        return self.url("members-detail", member_id=self.member.public_id)

    @override
    def save(self, form: forms.BaseForm) -> str:
        request = request_ask(
            member_id=self.member.public_id,
            kind=RequestKind.ERASE,
            reason=form.cleaned_data["reason"],
            member_no=form.cleaned_data["number"],
            may=self.may,
        )
        return self.url("privacy-request", request_id=request.public_id)
