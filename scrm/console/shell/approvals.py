"""What waits for a second pair of eyes: the list, the difference, the decision."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from scrm.approvals.kinds import APPROVAL_KINDS
from scrm.approvals.models import Approval, ApprovalState
from scrm.approvals.selectors import (
    actor_key,
    approval_get,
    approvals_listed,
    approvals_waiting_count,
    may_decide,
)
from scrm.approvals.services import approval_decide, approval_withdraw
from scrm.console.columns import Column, table_make
from scrm.console.elements import Action, Badge, Crumb, Tone
from scrm.console.filters import ChoiceFilter, Filter, ListQuery, Sort
from scrm.console.gate import permissions_held
from scrm.console.navigation import Item, item_register
from scrm.console.pages.base import ConsolePage
from scrm.console.pages.forms import ActPage
from scrm.console.pages.lists import ListPage
from scrm.console.requests import toast
from scrm.console.writing import datetime_text

if TYPE_CHECKING:
    from django.db.models import QuerySet

_INVALID = 422
_TONES: dict[str, Tone] = {
    ApprovalState.WAITING: "warn",
    ApprovalState.APPROVED: "good",
    ApprovalState.REJECTED: "bad",
}


def kind_label(key: str) -> Any:
    """The words of a kind; its key once the room that declared it is gone."""
    kind = APPROVAL_KINDS.get(key)
    return kind.label if kind else key


def state_badge(approval: Approval) -> Badge:
    return Badge(ApprovalState(approval.state).label, _TONES.get(approval.state, "muted"))


class ApprovalListPage(ListPage):
    """What this person asked for or may decide; what waits stands first."""

    permission = "approvals.view"
    title = gettext_lazy("审批")
    url_name = "approvals"
    nav_key = "approvals"
    noun = gettext_lazy("项申请")
    empty_title = gettext_lazy("没有待审批的事项")
    empty_text = gettext_lazy("涉及资金或大量客户的操作，由一人提交、另一人审批，会出现在这里。")
    empty_icon = "list-check"
    columns: ClassVar[Sequence[Column]] = (
        Column(
            key="kind",
            label=gettext_lazy("事项"),
            value=lambda row: kind_label(row.kind),
            is_primary=True,
        ),
        Column(key="state", label=gettext_lazy("状态"), kind="status", value=state_badge),
        Column(key="requested_label", label=gettext_lazy("提交人")),
        Column(key="reason", label=gettext_lazy("说明")),
        Column(key="requested_at", label=gettext_lazy("提交时间"), kind="datetime"),
        Column(key="decided_label", label=gettext_lazy("审批人")),
        Column(key="decided_at", label=gettext_lazy("审批时间"), kind="datetime", on_phone=False),
    )
    filters: ClassVar[Sequence[Filter]] = (
        ChoiceFilter(
            key="state",
            label=gettext_lazy("状态"),
            choices=[(str(value), label) for value, label in ApprovalState.choices],
        ),
        ChoiceFilter(
            key="kind",
            label=gettext_lazy("事项"),
            choices=lambda: [(kind.key, kind.label) for kind in APPROVAL_KINDS.values()],
        ),
    )
    sorts: ClassVar[Sequence[Sort]] = (
        Sort(key="-asked", label=gettext_lazy("最新"), order=("-requested_at", "-id")),
    )

    @override
    def queryset(self, query: ListQuery) -> QuerySet[Approval]:
        return approvals_listed(
            permissions_held(self.request.membership),
            states=query.all("state"),
            kinds=query.all("kind"),
        )

    @override
    def row_label(self, row: Approval) -> str:
        return str(kind_label(row.kind))

    @override
    def row_url(self, row: Approval) -> str:
        return self.url("approval", approval_id=row.public_id)


class DecisionForm(forms.Form):
    """Yes or no, and why."""

    note = forms.CharField(
        label=gettext_lazy("意见"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("驳回时必填，提交人会看到。"),
    )
    decision = forms.ChoiceField(
        choices=[("approve", ""), ("reject", "")], widget=forms.HiddenInput
    )

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("decision") == "reject" and not data.get("note", "").strip():
            self.add_error("note", _("请写明驳回的原因"))
        return data


class ApprovalPage(ConsolePage):
    """One request: the difference it would make, and the decision of somebody else."""

    permission = "approvals.view"
    nav_key = "approvals"
    template_name = "console/approvals/approval.html"

    @cached_property
    def held(self) -> list[str]:
        return permissions_held(self.request.membership)

    @cached_property
    def approval(self) -> Approval:
        return approval_get(str(self.kwargs["approval_id"]), permissions=self.held)

    @override
    def heading(self) -> str:
        return str(kind_label(self.approval.kind))

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("审批"), self.url("approvals"))]

    @override
    def actions(self) -> Sequence[Action]:
        approval = self.approval
        if approval.state != ApprovalState.WAITING or approval.requested_by != actor_key():
            return ()
        return (
            Action(
                label=_("撤回申请"),
                href=self.url("approval-withdraw", approval_id=approval.public_id),
                icon="rotate",
                method="post",
            ),
        )

    @override
    def context(self) -> dict[str, object]:
        return self._context(DecisionForm())

    def _context(self, form: DecisionForm) -> dict[str, object]:
        approval = self.approval
        kind = APPROVAL_KINDS.get(approval.kind)
        return {
            "approval": approval,
            "facts": self._facts(),
            "table": table_make(
                caption=_("会发生的变化"),
                columns=(
                    Column(key="label", label=_("项目"), is_primary=True),
                    Column(key="before", label=_("现在")),
                    Column(key="after", label=_("通过后")),
                ),
                rows=approval.changes_told,
            ),
            "subject_url": self.url(kind.page, **{kind.argument: approval.subject})
            if kind is not None and kind.page
            else "",
            "may_decide": may_decide(approval, permissions=self.held),
            "is_own": approval.requested_by == actor_key(),
            "is_waiting": approval.state == ApprovalState.WAITING,
            "form": form,
        }

    def _facts(self) -> list[tuple[str, object]]:
        approval = self.approval
        facts: list[tuple[str, object]] = [
            (_("状态"), ApprovalState(approval.state).label),
            (_("提交人"), approval.requested_label),
            (_("提交时间"), datetime_text(approval.requested_at)),
            (_("说明"), approval.reason),
        ]
        if approval.state == ApprovalState.WAITING:
            return [*facts, (_("有效期至"), datetime_text(approval.expires_at))]
        decided = datetime_text(approval.decided_at) if approval.decided_at else ""
        return [
            *facts,
            (_("审批人"), approval.decided_label),
            (_("审批时间"), decided),
            (_("意见"), approval.note),
        ]

    def post(self, request: HttpRequest, **_arguments: Any) -> HttpResponse:
        approval, form = self.approval, DecisionForm(request.POST)
        if not form.is_valid():
            return self.answer(self._context(form), status=_INVALID)
        approve = form.cleaned_data["decision"] == "approve"
        approval_decide(approval.public_id, approve=approve, note=form.cleaned_data["note"])
        toast(self.request, "success", _("已通过") if approve else _("已驳回"))
        return self.go(self.url("approvals"))


class ApprovalWithdrawAct(ActPage):
    """Take one's own request back."""

    permission = "approvals.view"
    nav_key = "approvals"

    @override
    def act(self) -> str:
        key = str(self.kwargs["approval_id"])
        approval_withdraw(key)
        toast(self.request, "success", _("已撤回申请"))
        return self.url("approval", approval_id=key)


item_register(
    Item(
        key="approvals",
        section="settings",
        label=ApprovalListPage.title,
        permission="approvals.view",
        order=5,
        badge=approvals_waiting_count,
    )
)
