"""Saving, dropping and choosing views of lists, and the columns a list shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, Resolver404, resolve
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.access.preferences import columns_set, default_view_set
from scrm.console.pages.base import ConsolePage
from scrm.console.pages.forms import ActPage, FormPage
from scrm.console.pages.lists import ListPage
from scrm.console.requests import came_from, toast
from scrm.console.routes import page
from scrm.console.saved import NAME_LENGTH, view_delete, view_restore, view_save
from scrm.console.undo import UndoKind, undo_offer, undo_register

_MOST_COLUMNS = 60


class _OfList(ConsolePage):
    """Something about one list, named by `?list=`."""

    permission = ""

    @property
    def list_name(self) -> str:
        """The URL name of a list this person may open; anything else is not there."""
        name = self.request.GET.get("list", "")
        try:
            view = getattr(resolve(self.url(name)).func, "view_class", None)
        except (NoReverseMatch, Resolver404):
            raise Http404 from None
        if view is None or not issubclass(view, ListPage) or not self.may(view.permission):
            raise Http404
        return name


class ViewForm(forms.Form):
    """A name for what the list shows."""

    name = forms.CharField(label=_("名称"), max_length=NAME_LENGTH)
    is_default = forms.BooleanField(
        label=_("设为默认"), required=False, help_text=_("以后打开这个列表时直接显示这个视图")
    )
    is_shared = forms.BooleanField(
        label=_("与品牌共享"), required=False, help_text=_("同一品牌的同事也能看到和使用")
    )


@page("views/new/", name="views-new")
class ViewNewPage(FormPage, _OfList):
    """Keep the present filters and order under a name."""

    title = _("保存视图")
    form_class = ViewForm

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        assert self.list_name  # noqa: S101 - raises 404 for what is no list
        return super().get(request, *args, **kwargs)

    @override
    def save(self, form: forms.BaseForm) -> str:
        chosen = form.cleaned_data
        view = view_save(
            page=self.list_name,
            name=chosen["name"],
            query=self.request.GET.get("query", ""),
            operator_id=self.request.operator.pk,
            is_shared=chosen["is_shared"],
        )
        if chosen["is_default"]:
            self._open_with(view.public_id)
        toast(self.request, "success", gettext("已保存视图 %(name)s") % {"name": view.name})
        return f"{self.url(view.page)}?{view.query}"

    def _open_with(self, view_id: str) -> None:
        default_view_set(
            operator_id=self.request.operator.pk,
            tenant_id=self.request.tenant.pk,
            page=self.list_name,
            view=view_id,
        )

    @override
    def cancel_url(self) -> str:
        return self.url(self.list_name)


@page("views/<str:view_id>/delete/", name="views-delete")
class ViewDeleteAct(ActPage):
    """Drop one's own view."""

    permission = ""

    @override
    def act(self) -> str:
        kept = view_delete(self.kwargs["view_id"], operator_id=self.request.operator.pk)
        undo = undo_offer(self.request, "views.deleted", kept)
        told = gettext("已删除视图 %(name)s") % {"name": kept["name"]}
        toast(self.request, "success", told, undo_url=undo)
        return self.url(kept["page"])


@page("views/default/", name="views-default")
class ViewDefaultAct(ActPage, _OfList):
    """The view a list opens with; `?view=` empty: none."""

    permission = ""

    @override
    def act(self) -> str:
        name, view = self.list_name, self.request.GET.get("view", "")[:40]
        default_view_set(
            operator_id=self.request.operator.pk,
            tenant_id=self.request.tenant.pk,
            page=name,
            view=view,
        )
        toast(self.request, "success", gettext("已设为默认") if view else gettext("已取消默认"))
        return came_from(self.request) or self.url(name)


@page("lists/columns/", name="list-columns")
class ListColumnsAct(ActPage, _OfList):
    """Remember which columns a list shows; none: its own choice."""

    permission = ""

    @override
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.POST.getlist("col")[:_MOST_COLUMNS]
        columns_set(
            operator_id=self.request.operator.pk,
            page=self.list_name,
            columns=[key for key in asked if len(key) <= NAME_LENGTH * 2],
        )
        return HttpResponse(status=204)


def _bring_back(kept: Mapping[str, Any]) -> None:
    view_restore(kept)


undo_register(UndoKind(key="views.deleted", permission="", apply=_bring_back))
