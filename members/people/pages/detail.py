"""One member: header, figures, tabs and rail brought by every room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.freezing.actions import freeze_actions
from members.people.card import MemberCard, card_get
from members.people.doors import member_change, member_phone_show
from members.people.forms import PhoneForm, ProfileForm
from members.people.models import Member, MemberStatus
from members.people.rules import phone_grouped
from members.people.sources import source_choices_ever
from members.profile.forms import custom_changes, custom_initial, custom_name
from members.profile.models import CustomField
from members.profile.rules import Value
from members.profile.selectors import fields_with_values
from scrm.console.elements import Action, Badge, Crumb, Kpi, Tab
from scrm.console.pages import DetailPage, FormPage
from scrm.console.panels import kpis_for, panels_for, timeline_for, timeline_sources
from scrm.console.requests import came_from, htmx_target, toast, wants_fragment
from scrm.console.routes import page
from scrm.core import clock
from scrm.tenants.flags import flag_on

_ENTRIES = 30
# The cards of the rail, in the order they stand.
RAIL_PARTS = ("cards", "persona", "rooms")
_TONES: Mapping[str, str] = {
    MemberStatus.FROZEN: "bad",
    MemberStatus.ANONYMOUS: "neutral",
    MemberStatus.REGISTERED: "info",
    MemberStatus.ACTIVE: "good",
}


def status_badge(member: Member) -> Badge:
    """The member's state in a word."""
    return Badge(member.get_status_display(), _TONES.get(member.status, "muted"))  # type: ignore[arg-type]  # words of Tone


@page("members/<str:member_id>/", name="members-detail")
class MemberPage(DetailPage):
    """One member, all that is known."""

    permission = "members.view"
    nav_key = "members-list"
    template_name = "members/people/detail.html"

    @override
    def subject_get(self, member_id: str) -> MemberCard:
        return card_get(member_id)

    @override
    def heading(self) -> str:
        return self.subject.member.display_name or _("未命名会员")

    @override
    def crumbs(self) -> Sequence[Crumb]:
        return [Crumb(_("会员列表"), self.url("members-list"))]

    @override
    def actions(self) -> Sequence[Action]:
        key = self.subject.member.public_id
        by_hand = Action(
            label=_("锁定等级"),
            href=self.url("members-tier-lock", member_id=key),
            icon="lock",
            permission="tiers.lock",
        )
        return (
            Action(
                label=_("打标签"),
                href=f"{self.url('members-tag')}?{urlencode({'ids': key, 'back': key})}",
                icon="tag",
                opens="drawer",
                permission="members.edit",
            ),
            *((by_hand,) if flag_on("members.tiers") else ()),
            Action(
                label=_("移动粉丝池"),
                href=f"{self.url('members-pool')}?{urlencode({'ids': key, 'back': key})}",
                icon="arrows-exchange",
                opens="drawer",
                permission="pools.edit",
            ),
            *freeze_actions(self, self.subject.member),
            Action(
                label=_("编辑资料"),
                href=self.url("members-edit", member_id=key),
                icon="edit",
                opens="drawer",
                is_primary=True,
                permission="members.edit",
            ),
        )

    @override
    def kpis(self) -> Sequence[Kpi]:
        return kpis_for(member_id=self.subject.member.pk, may=self.may)

    @override
    def tabs(self) -> Sequence[Tab]:
        panels = panels_for(slot="tab", may=self.may)
        return [Tab("timeline", _("动态")), *(Tab(panel.key, panel.label) for panel in panels)]

    @override
    def tab_answer(self, key: str) -> tuple[str, Mapping[str, object]]:
        if not wants_fragment(self.request):
            # The page itself stays quick whatever the rooms bring: the open tab asks for itself.
            return "members/people/_later.html", {"tab_url": self._tab_url(key)}
        if key == "timeline":
            return "members/people/_timeline.html", self._story()
        panel = next(panel for panel in panels_for(slot="tab", may=self.may) if panel.key == key)
        return panel.template, panel.load(self.subject.member.pk)

    def _tab_url(self, key: str) -> str:
        asked = {name: self.request.GET.get(name, "") for name in ("kind", "channel")}
        return f"?{urlencode({'tab': key, **{name: text for name, text in asked.items() if text}})}"

    def _story(self) -> dict[str, object]:
        """One page of what happened; `kind` narrows to one source, `channel` to a channel, `before` goes
        further back."""
        sources = timeline_sources(may=self.may)
        kind = self.request.GET.get("kind", "")
        only = frozenset({kind} & {source.key for source in sources})
        channels = source_choices_ever()
        asked = self.request.GET.get("channel", "")
        channel = asked if asked in dict(channels) else ""
        entries = timeline_for(
            member_id=self.subject.member.pk,
            before=self._before(),
            limit=_ENTRIES,
            may=self.may,
            only=only,
            channel=channel,
        )
        narrowed = {name: text for name, text in (("kind", kind), ("channel", channel)) if text}
        more = (
            {"tab": "timeline", **narrowed, "before": entries[-1].at.isoformat()} if entries else {}
        )
        return {
            "entries": entries,
            "sources": sources,
            "kind": kind if only else "",
            "channel": channel,
            "channel_part": f"&channel={channel}" if channel else "",
            "channels": channels,
            "more_url": f"?{urlencode(more)}" if len(entries) == _ENTRIES else "",
        }

    def _before(self) -> datetime:
        try:
            asked = datetime.fromisoformat(self.request.GET.get("before", ""))
        except ValueError:
            return clock.now()
        return asked if asked.tzinfo is not None else clock.now()

    @override
    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if (
            wants_fragment(self.request)
            and self.request.GET.get("before")
            and not htmx_target(self.request)
        ):
            return self.fragment("members/people/_entries.html", self._story())
        return super().get(request, *args, **kwargs)

    @property
    def may_note(self) -> bool:
        """Whether the reader may write notes."""
        return self.may("members.notes")

    @override
    def context(self) -> dict[str, object]:
        member = self.subject.member
        return super().context() | {
            "member": member,
            "status": status_badge(member),
            "phone_url": self.url("members-phone", member_id=member.public_id)
            if member.phone_enc
            else "",
            "may_show_phone": self.may("members.show_phone"),
            # The page itself stays quick whatever the rooms bring.
            "rail_parts": RAIL_PARTS,
        }


@page("members/<str:member_id>/edit/", name="members-edit")
class ProfilePage(FormPage):
    """Correct what is known about a person."""

    permission = "members.edit"
    nav_key = "members-list"
    title = gettext_lazy("编辑资料")
    form_class = ProfileForm

    @override
    def initial(self) -> Mapping[str, object]:
        member = card_get(self.kwargs["member_id"]).member
        own = {custom_name(field): custom_initial(field, value) for field, value in self.custom}
        return {name: getattr(member, name) for name in ProfileForm.base_fields} | own

    @cached_property
    def custom(self) -> list[tuple[CustomField, Value]]:
        """The brand's own fields with what is known of the member."""
        return fields_with_values(card_get(self.kwargs["member_id"]).member.pk)

    @override
    def form_arguments(self) -> Mapping[str, Any]:
        return {"custom": self.custom}

    @override
    def save(self, form: forms.BaseForm) -> str:
        told = form.cleaned_data
        changes = {name: told[name] for name in ProfileForm.base_fields}
        changes["custom"] = custom_changes(self.custom, told)
        member_change(public_id=self.kwargs["member_id"], changes=changes)
        toast(self.request, "success", _("已保存"))
        below = came_from(self.request) if self.is_in_drawer else ""
        return below or self.url("members-detail", member_id=self.kwargs["member_id"])

    @override
    def cancel_url(self) -> str:
        return self.url("members-detail", member_id=self.kwargs["member_id"])


@page("members/<str:member_id>/phone/", name="members-phone")
class PhonePage(FormPage):
    """Show the whole number to who gives a reason."""

    permission = "members.show_phone"
    nav_key = "members-list"
    title = gettext_lazy("查看完整手机号")
    form_class = PhoneForm
    submit_label = gettext_lazy("查看")

    @override
    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        card_get(self.kwargs["member_id"])
        return super().get(request, *args, **kwargs)

    @override
    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        form = self.form_make(bound=True)
        if not form.is_valid():
            return super().post(request, *args, **kwargs)
        phone = member_phone_show(
            member_public_id=self.kwargs["member_id"], reason=form.cleaned_data["reason"]
        )
        shown: dict[str, object] = {"phone": phone_grouped(phone), "back_url": self.cancel_url()}
        if self.is_in_drawer:
            return self.fragment("members/people/_phone.html", shown)
        return self.answer({"form": form, **shown})

    @override
    def cancel_url(self) -> str:
        return self.url("members-detail", member_id=self.kwargs["member_id"])
