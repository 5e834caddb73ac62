"""Page 13: the catalogue of benefits; and what a single member is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.benefits.forms import BenefitForm, GrantForm, ReasonForm, SureForm
from members.benefits.models import Benefit, BenefitGroup, BenefitKind, Place
from members.benefits.panels import benefits_panel
from members.benefits.selectors import benefit_get, benefits_shown, grant_get, offers_of
from members.benefits.services import (
    benefit_archive,
    benefit_create,
    benefit_grant,
    benefit_update,
    grant_use,
    grant_void,
)
from members.benefits.words import value_text, value_words
from members.people.selectors import member_get
from scrm.console.columns import Column
from scrm.console.elements import Action, Badge
from scrm.console.filters import ChoiceFilter, ListQuery, Sort
from scrm.console.pages import ActPage, ConsolePage, FormPage, ListPage
from scrm.console.requests import toast
from scrm.console.routes import Nav, page
from scrm.core import clock


@dataclass(frozen=True, kw_only=True)
class BenefitRow:
    """A benefit with the number of places that offer it."""

    benefit: Benefit
    places: Mapping[str, int]

    @property
    def public_id(self) -> str:
        return str(self.benefit.public_id)


def _offered(row: BenefitRow) -> str:
    return " · ".join(
        f"{Place(place).label} {count}" for place, count in sorted(row.places.items())
    )


@page("members/benefits/", name="benefits-list", nav=Nav(section="members", order=31))
class BenefitListPage(ListPage):
    """Every benefit members may be given."""

    permission = "benefits.view"
    title = gettext_lazy("权益目录")
    noun = gettext_lazy("项权益")
    search_hint = gettext_lazy("权益名称或代码")
    columns = (
        Column(
            key="name",
            label=gettext_lazy("权益"),
            is_primary=True,
            value=lambda row: row.benefit.name,
        ),
        Column(
            key="kind",
            label=gettext_lazy("类型"),
            kind="tag",
            value=lambda row: Badge(BenefitKind(row.benefit.kind).label),
        ),
        Column(
            key="group",
            label=gettext_lazy("分组"),
            value=lambda row: BenefitGroup(row.benefit.group).label,
        ),
        Column(
            key="value",
            label=gettext_lazy("数值"),
            value=lambda row: value_words(row.benefit.kind, row.benefit.value),
        ),
        Column(key="offered", label=gettext_lazy("提供于"), value=_offered),
        Column(key="code", label=gettext_lazy("代码"), value=lambda row: row.benefit.code),
        Column(
            key="description",
            label=gettext_lazy("说明"),
            value=lambda row: row.benefit.description,
            optional=True,
        ),
    )
    filters = (
        ChoiceFilter(key="kind", label=gettext_lazy("类型"), choices=BenefitKind.choices),
        ChoiceFilter(key="group", label=gettext_lazy("分组"), choices=BenefitGroup.choices),
    )
    sorts = (
        Sort(key="-made", label=gettext_lazy("最近新建"), order=("-created_at", "-id")),
        Sort(key="name", label=gettext_lazy("名称"), order=("name", "id")),
    )
    empty_title = gettext_lazy("还没有权益")
    empty_text = gettext_lazy("先建好权益，再在会员方案里配到等级和渠道层级，或配到付费会员。")
    empty_icon = "gift"

    @override
    def queryset(self, query: ListQuery) -> QuerySet[Any]:
        return benefits_shown(text=query.search, kinds=query.all("kind"), groups=query.all("group"))

    @override
    def rows_make(self, rows: Sequence[Any]) -> Sequence[Any]:
        offers = offers_of([row.pk for row in rows])
        made = []
        for row in rows:
            places: dict[str, int] = {}
            for offer in offers.get(row.pk, ()):
                places[offer.place] = places.get(offer.place, 0) + 1
            made.append(BenefitRow(benefit=row, places=places))
        return made

    @override
    def row_url(self, row: Any) -> str:
        if not self.may("benefits.edit"):
            return ""
        return self.url("benefits-edit", benefit_id=row.public_id)

    @override
    def actions(self) -> Sequence[Action]:
        return (
            Action(
                label=_("新建权益"),
                href=self.url("benefits-new"),
                icon="plus",
                is_primary=True,
                permission="benefits.edit",
            ),
        )


class _BenefitFormPage(FormPage):
    permission = "benefits.edit"
    nav_key = "benefits-list"
    form_class = BenefitForm

    @override
    def cancel_url(self) -> str:
        return self.url("benefits-list")


@page("members/benefits/new/", name="benefits-new")
class NewBenefitPage(_BenefitFormPage):
    """Another entry."""

    title = gettext_lazy("新建权益")

    @override
    def save(self, form: forms.BaseForm) -> str:
        benefit = benefit_create(**form.cleaned_data)
        toast(self.request, "success", _("已新建权益 %(name)s") % {"name": benefit.name})
        return self.cancel_url()


@page("members/benefits/<str:benefit_id>/edit/", name="benefits-edit")
class EditBenefitPage(_BenefitFormPage):
    """Other words or another value for new offers."""

    title = gettext_lazy("编辑权益")

    @cached_property
    def benefit(self) -> Benefit:
        return benefit_get(self.kwargs["benefit_id"])

    @override
    def heading(self) -> str:
        return self.benefit.name

    @override
    def subtitle(self) -> str:
        return _("%(kind)s · 已提供的地方保留原来的数值") % {
            "kind": BenefitKind(self.benefit.kind).label
        }

    @override
    def actions(self) -> Sequence[Action]:
        return (
            Action(
                label=_("归档权益"),
                href=self.url("benefits-archive", benefit_id=self.benefit.public_id),
                method="post",
                is_danger=True,
            ),
        )

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        return {"kind": self.benefit.kind}

    @override
    def initial(self) -> Mapping[str, Any]:
        known = self.benefit
        return {
            "name": known.name,
            "value": value_text(known.kind, known.value),
            "group": known.group,
            "description": known.description,
            "is_exact_layer": known.is_exact_layer,
        }

    @override
    def save(self, form: forms.BaseForm) -> str:
        benefit = benefit_update(public_id=self.benefit.public_id, **form.cleaned_data)
        toast(self.request, "success", _("已保存权益 %(name)s") % {"name": benefit.name})
        return self.cancel_url()


@page("members/benefits/<str:benefit_id>/archive/", name="benefits-archive")
class ArchiveBenefitPage(ActPage):
    """Out of the catalogue."""

    permission = "benefits.edit"
    nav_key = "benefits-list"
    title = gettext_lazy("归档权益")

    @override
    def act(self) -> str:
        benefit_archive(public_id=self.kwargs["benefit_id"])
        toast(self.request, "success", _("已归档权益"))
        return self.url("benefits-list")


@page("members/<str:member_id>/benefits/", name="members-benefits")
class MemberBenefitsPage(ConsolePage):
    """What one member may use now, as lines of the rail."""

    permission = "benefits.view"
    nav_key = "members-list"
    title = gettext_lazy("权益")

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        member = member_get(self.kwargs["member_id"])
        return self.fragment("members/benefits/_lines.html", dict(benefits_panel(member.pk)))


@page("members/<str:member_id>/grant/", name="members-grant")
class GrantPage(FormPage):
    """Give one member a benefit to use once."""

    permission = "benefits.grant"
    nav_key = "members-list"
    title = gettext_lazy("发放权益")
    submit_label = gettext_lazy("发放")
    form_class = GrantForm

    @override
    def cancel_url(self) -> str:
        return f"{self.url('members-detail', member_id=self.kwargs['member_id'])}?tab=grants"

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        member_get(self.kwargs["member_id"])
        return {"today": clock.local_date(clock.now(), self.request.tenant.timezone)}

    @override
    def save(self, form: forms.BaseForm) -> str:
        told = form.cleaned_data
        _grant, is_new = benefit_grant(
            member=self.kwargs["member_id"],
            benefit=told["benefit"],
            source_id=told["reference"],
            until=self._end(told["until"]),
            note=told["note"],
        )
        if is_new:
            toast(self.request, "success", _("权益已发放"))
        else:
            toast(self.request, "info", _("这张单据已经发过，没有重复发放"))
        return self.cancel_url()

    def _end(self, last: Any) -> datetime | None:
        if last is None:
            return None
        return clock.local_midnight(last + timedelta(days=1), self.request.tenant.timezone)


class _OneGrantPage(FormPage):
    permission = "benefits.grant"
    nav_key = "members-list"

    @override
    def cancel_url(self) -> str:
        member = grant_get(self.kwargs["grant_id"]).member
        return f"{self.url('members-detail', member_id=member.public_id)}?tab=grants"

    @override
    def subtitle(self) -> str:
        return str(grant_get(self.kwargs["grant_id"]).benefit.name)


@page("members/grants/<str:grant_id>/use/", name="grants-use")
class UseGrantPage(_OneGrantPage):
    """The member took it up."""

    title = gettext_lazy("核销权益")
    submit_label = gettext_lazy("核销")
    form_class = SureForm
    form_intro = "members/benefits/_use_intro.html"

    @override
    def context(self) -> dict[str, Any]:
        return {**super().context(), "grant": grant_get(self.kwargs["grant_id"])}

    @override
    def save(self, form: forms.BaseForm) -> str:
        grant_use(public_id=self.kwargs["grant_id"])
        toast(self.request, "success", _("权益已核销"))
        return self.cancel_url()


@page("members/grants/<str:grant_id>/void/", name="grants-void")
class VoidGrantPage(_OneGrantPage):
    """Take an unused grant back."""

    title = gettext_lazy("作废权益")
    submit_label = gettext_lazy("作废")
    is_danger = True
    form_class = ReasonForm

    @override
    def save(self, form: forms.BaseForm) -> str:
        grant_void(public_id=self.kwargs["grant_id"], reason=form.cleaned_data["reason"])
        toast(self.request, "success", _("权益已作废"))
        return self.cancel_url()
