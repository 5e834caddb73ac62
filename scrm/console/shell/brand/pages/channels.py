"""Page 42, first half: the channel registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from scrm.console.columns import Column
from scrm.console.elements import Action, Badge, Crumb
from scrm.console.filters import ChoiceFilter, Filter, ListQuery
from scrm.console.keyset import Slice, Total
from scrm.console.pages.forms import ActPage, FormPage
from scrm.console.pages.lists import ListPage
from scrm.console.requests import toast
from scrm.console.routes import Nav, page
from scrm.console.shell.brand.forms import ChannelEditForm, ChannelForm
from scrm.console.undo import UndoKind, undo_offer, undo_register
from scrm.core.errors import NotFound
from scrm.tenants.channels import (
    ChannelChange,
    channel_change,
    channel_create,
    channel_get,
    channel_name,
    channels_list,
)
from scrm.tenants.models import ChannelKind

if TYPE_CHECKING:
    from scrm.tenants.models import Channel

_STATES = {"active": _("使用中"), "archived": _("已归档")}


def _state(row: Channel) -> Badge:
    if row.archived_at is None:
        return Badge(_STATES["active"], "good")
    return Badge(_STATES["archived"], "muted")


@page("acquisition/channels/", name="channels", nav=Nav(section="acquisition", order=20))
class ChannelListPage(ListPage):
    """Where members and orders come from, by kind."""

    permission = "channels.view"
    title = _("来源与渠道")
    noun = _("个渠道")
    search_hint = _("名称 / 代码")
    empty_title = _("还没有渠道")
    empty_icon = "map-pin"
    columns: ClassVar[Sequence[Column]] = (
        Column(key="name", label=_("渠道"), is_primary=True, value=channel_name),
        Column(key="code", label=_("代码")),
        Column(
            key="kind",
            label=_("类型"),
            kind="tag",
            value=lambda row: Badge(ChannelKind(row.kind).label),
        ),
        Column(
            key="origin",
            label=_("来历"),
            value=lambda row: _("自定义") if row.is_custom else _("内置"),
        ),
        Column(key="state", label=_("状态"), kind="status", value=_state),
    )
    filters: ClassVar[Sequence[Filter]] = (
        ChoiceFilter(key="kind", label=_("类型"), choices=ChannelKind.choices),
        ChoiceFilter(key="state", label=_("状态"), choices=list(_STATES.items())),
    )

    @cached_property
    def _found(self) -> list[Channel]:
        query = self.query
        return channels_list(
            search=query.search, kinds=query.all("kind"), states=query.all("state")
        )

    @override
    def slice_get(self, query: ListQuery) -> Slice[Channel]:
        """The order is not the database's, and a brand has few: places in the list are its tokens."""
        place = query.after or query.before
        start = int(place) if place.isdecimal() and len(place) < len("10000") else 0
        end = start + self.page_size
        return Slice(
            rows=self._found[start:end],
            next=str(end) if end < len(self._found) else "",
            previous=str(max(0, start - self.page_size)) if start else "",
        )

    @override
    def total_get(self, query: ListQuery) -> Total:
        return Total(count=len(self._found))

    @override
    def row_label(self, row: Channel) -> str:
        return channel_name(row)

    @override
    def row_actions(self, row: Channel) -> Sequence[Action]:
        state = "off" if row.archived_at is None else "on"
        found = [
            Action(
                label=_("归档") if row.archived_at is None else _("恢复"),
                href=self.url("channel-state", channel_id=row.public_id, state=state),
                method="post",
                permission="channels.edit",
            )
        ]
        if row.is_custom:
            rename = Action(
                label=_("修改"),
                href=self.url("channel-edit", channel_id=row.public_id),
                opens="drawer",
                permission="channels.edit",
            )
            found.insert(0, rename)
        return found

    @override
    def actions(self) -> Sequence[Action]:
        return [
            Action(
                label=_("新建渠道"),
                href=self.url("channel-new"),
                icon="plus",
                opens="drawer",
                is_primary=True,
                permission="channels.edit",
            )
        ]


class _ChannelForm(FormPage):
    permission = "channels.edit"
    nav_key = "channels"

    @override
    def form_make(self, *, bound: bool) -> forms.BaseForm:
        form = super().form_make(bound=bound)
        kind = form.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)  # noqa: S101 - both forms have it
        kind.choices = ChannelKind.choices
        return form

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("来源与渠道"), self.url("channels"))]

    @override
    def cancel_url(self) -> str:
        return self.url("channels")


@page("acquisition/channels/new/", name="channel-new")
class ChannelNewPage(_ChannelForm):
    """A channel that only this brand has."""

    title = _("新建渠道")
    form_class = ChannelForm

    @override
    def initial(self) -> Mapping[str, Any]:
        return {"kind": ChannelKind.OWN}

    @override
    def save(self, form: forms.BaseForm) -> str:
        row = channel_create(**form.cleaned_data)
        toast(self.request, "success", _plain("已新建渠道「%(name)s」") % {"name": row.name})
        return self.url("channels")


@page("acquisition/channels/<str:channel_id>/edit/", name="channel-edit")
class ChannelEditPage(_ChannelForm):
    """Another name, or another kind."""

    title = _("修改渠道")
    form_class = ChannelEditForm

    @property
    def channel(self) -> Channel:
        return channel_get(str(self.kwargs["channel_id"]))

    @override
    def initial(self) -> Mapping[str, Any]:
        row = self.channel
        return {"name": row.name, "kind": row.kind}

    @override
    def save(self, form: forms.BaseForm) -> str:
        data = form.cleaned_data
        change = ChannelChange(name=data["name"], kind=data["kind"])
        channel_change(public_id=str(self.kwargs["channel_id"]), change=change)
        toast(self.request, "success", _plain("已保存"))
        return self.url("channels")


@page("acquisition/channels/<str:channel_id>/<str:state>/", name="channel-state")
class ChannelState(ActPage):
    """Archive a channel, or bring it back."""

    permission = "channels.edit"
    nav_key = "channels"

    @override
    def act(self) -> str:
        channel_id, state = str(self.kwargs["channel_id"]), str(self.kwargs["state"])
        if state not in {"on", "off"}:
            raise NotFound
        name = channel_name(_state_set({"channel": channel_id, "archived": state == "off"}))
        words = _plain("已恢复「%(name)s」") if state == "on" else _plain("已归档「%(name)s」")
        undo = undo_offer(
            self.request, "channel.state", {"channel": channel_id, "archived": state == "on"}
        )
        toast(self.request, "success", words % {"name": name}, undo_url=undo)
        return self.url("channels")


def _state_set(payload: Mapping[str, Any]) -> Channel:
    return channel_change(
        public_id=str(payload["channel"]),
        change=ChannelChange(is_archived=bool(payload["archived"])),
    )


def _undo(payload: Mapping[str, Any]) -> None:
    _state_set(payload)


undo_register(UndoKind(key="channel.state", permission="channels.edit", apply=_undo))
