"""A member at a glance: who, how reachable, what lately."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.people.card import MemberCard, card_get
from members.people.pages.about import reach_badges
from members.people.pages.detail import status_badge
from scrm.console.elements import Action
from scrm.console.pages import GlancePage
from scrm.console.panels import kpis_for
from scrm.console.routes import page
from scrm.core import clock


@page("members/<str:member_id>/glance/", name="members-glance")
class MemberGlance(GlancePage):
    """What a click on a row of the member list shows."""

    permission = "members.view"
    nav_key = "members-list"
    title = gettext_lazy("会员")
    body_template = "members/people/_glance.html"

    @cached_property
    def card(self) -> MemberCard:
        return card_get(self.kwargs["member_id"])

    @override
    def heading(self) -> str:
        return self.card.member.display_name or _("未命名会员")

    @override
    def full_url(self) -> str:
        return self.url("members-detail", member_id=self.card.member.public_id)

    @override
    def context(self) -> dict[str, object]:
        member, now = self.card.member, clock.now().isoformat()
        return {
            "member": member,
            "subject": self.card,
            "status": status_badge(member),
            "reach": reach_badges(member),
            "kpis": kpis_for(member_id=member.pk, may=self.may),
            "story_url": f"{self.full_url()}?{urlencode({'tab': 'timeline', 'before': now})}",
        }

    @override
    def glance_actions(self) -> Sequence[Action]:
        key = self.card.member.public_id
        return (
            Action(
                label=_("打标签"),
                href=f"{self.url('members-tag')}?{urlencode({'ids': key})}",
                icon="tag",
                opens="drawer",
                permission="members.edit",
            ),
            Action(
                label=_("编辑资料"),
                href=self.url("members-edit", member_id=key),
                icon="edit",
                opens="drawer",
                is_primary=True,
                permission="members.edit",
            ),
        )
