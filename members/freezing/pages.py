"""Freeze a member, or let one go on."""

from __future__ import annotations

from functools import cached_property

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.freezing.services import member_freeze, member_thaw
from members.people.models import Member, MemberStatus
from members.people.selectors import member_get
from scrm.console.pages import FormPage
from scrm.console.requests import toast
from scrm.console.routes import page


class FreezeForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=gettext_lazy("原因"), max_length=200, help_text=gettext_lazy("会写入审计日志")
    )


@page("members/<str:member_id>/freeze/", name="members-freeze")
class FreezePage(FormPage):
    """One form for both ways: what the member is decides which."""

    permission = "members.freeze"
    nav_key = "members-list"
    form_class = FreezeForm
    submit_label = gettext_lazy("确认")

    @cached_property
    def member(self) -> Member:
        """Whose state it is."""
        return member_get(self.kwargs["member_id"])

    @property
    def _is_frozen(self) -> bool:
        return self.member.status == MemberStatus.FROZEN

    @override
    def heading(self) -> str:
        return _("解除冻结") if self._is_frozen else _("冻结会员")

    @override
    def subtitle(self) -> str:
        who = self.member.display_name or self.member.member_no
        if self._is_frozen:
            return _("%(who)s · 解除后可以重新使用积分") % {"who": who}
        return _("%(who)s · 冻结期间照常累积积分，但不能使用；可随时解除") % {"who": who}

    @override
    def save(self, form: forms.BaseForm) -> str:
        is_frozen = self._is_frozen
        act = member_thaw if is_frozen else member_freeze
        act(public_id=self.kwargs["member_id"], reason=form.cleaned_data["reason"])
        toast(self.request, "success", _("已解除冻结") if is_frozen else _("已冻结"))
        return self.cancel_url()

    @override
    def cancel_url(self) -> str:
        return self.url("members-detail", member_id=self.kwargs["member_id"])
