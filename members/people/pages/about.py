"""Parts of a member's page that are fetched when it stands: who reaches them, the persona, the rooms' cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.lifecycle.selectors import pool_badge, pulse_of, stage_badge
from members.people.models import Member, SourceTouch
from members.people.panels import touch_words
from members.people.selectors import member_get, touches_ends
from members.people.sources import source_label
from members.privacy.consents import CHANNELS, reachable_by
from members.profile.persona import persona_of
from members.profile.relations import guides_of, relations_of
from members.profile.selectors import note_pinned
from members.tiers.selectors import tier_of
from members.tiers.words import tier_badge
from scrm.console.elements import Badge
from scrm.console.pages import ConsolePage
from scrm.console.pages.detail import RailCard
from scrm.console.panels import panels_for
from scrm.console.routes import page
from scrm.console.writing import date_text
from scrm.core.errors import NotFound
from scrm.tenants.flags import flag_on
from scrm.wecom.models import FollowRelation, RelationState

_RELATION_TONES: Mapping[str, str] = {
    RelationState.ACTIVE: "good",
    RelationState.HALF: "warn",
    RelationState.DELETED: "muted",
}
_CARDS, _ROOMS, _PERSONA, _HEAD = "cards", "rooms", "persona", "head"
_TEMPLATES: Mapping[str, str] = {
    _HEAD: "members/people/_head.html",
    _CARDS: "members/people/_cards.html",
    _PERSONA: "members/people/_persona.html",
    _ROOMS: "members/people/_cards.html",
}


def reach_badges(member: Member) -> list[Badge]:
    """By which channels of our own a message may reach this person (PL-16)."""
    if member.is_opted_out:
        return [Badge(_("已退订营销"), "bad")]
    reached = reachable_by([member.pk]).get(member.pk, ())
    found = [Badge(CHANNELS[key], "good") for key in reached]
    return found or [Badge(_("暂不可触达"), "warn")]


def _touch(label: str, touch: SourceTouch | None, source: str) -> tuple[str, str]:
    parts = [source_label(touch.source if touch is not None else source)]
    if touch is not None:
        parts += [touch_words(touch), date_text(touch.at)]
    return label, _(" · ").join(part for part in parts if part) or "—"


def _relation(relation: FollowRelation) -> dict[str, object]:
    state = RelationState(relation.state)
    return {
        "name": relation.staff.name or relation.staff.userid,
        "corp": relation.corp.name,
        "remark": relation.remark,
        "added_at": relation.added_at,
        "state": Badge(state.label, _RELATION_TONES[state]),  # type: ignore[arg-type]  # words of Tone
    }


@page("members/<str:member_id>/about/", name="members-about")
class MemberAbout(ConsolePage):
    """The part that `part` names; each asks little."""

    permission = "members.view"
    nav_key = "members-list"
    title = gettext_lazy("会员")

    @override
    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        part = self.request.GET.get("part", _HEAD)
        if part not in _TEMPLATES:
            raise NotFound
        member = member_get(str(kwargs["member_id"]))
        context: dict[str, object] = {
            _HEAD: self._head,
            _CARDS: self._cards,
            _PERSONA: self._persona,
            _ROOMS: self._rooms,
        }[part](member)
        return self.fragment(_TEMPLATES[part], {"member": member, **context})

    def _head(self, member: Member) -> dict[str, object]:
        badges = []
        if flag_on("members.tiers") and self.may("tiers.view"):
            now = tier_of([member.pk]).get(member.pk)
            badges += [tier_badge(now.name, now.rank)] if now is not None else []
        pulse = pulse_of(member.pk)
        if pulse is not None:
            badges += [stage_badge(pulse.stage)] if pulse.stage_since is not None else []
            badges.append(pool_badge(pulse.pool))
        return {
            "badges": badges,
            "reach": reach_badges(member),
            "guides": guides_of(list(relations_of(member.pk))),
        }

    def _cards(self, member: Member) -> dict[str, object]:
        first, latest = touches_ends(member.pk)
        cards = []
        note = note_pinned(member.pk)
        if note is not None:
            cards.append(
                RailCard(
                    title=_("置顶备注"),
                    template="members/profile/_pinned.html",
                    context={"note": note},
                )
            )
        cards.append(
            RailCard(
                title=_("来源"),
                template="members/people/_profile.html",
                context={
                    "pairs": [
                        _touch(_("首次渠道"), first, member.first_source),
                        _touch(_("最近渠道"), latest, member.latest_source),
                    ]
                },
            )
        )
        relations = [_relation(each) for each in relations_of(member.pk)]
        cards.append(
            RailCard(
                title=_("跟进员工"),
                template="members/people/_relations.html",
                context={"relations": relations},
            )
        )
        return {"cards": cards}

    def _persona(self, member: Member) -> dict[str, object]:
        return {"groups": persona_of(member, may=self.may)}

    def _rooms(self, member: Member) -> dict[str, object]:
        cards: Sequence[RailCard] = [
            RailCard(title=str(panel.label), template=panel.template, context=panel.load(member.pk))
            for panel in panels_for(slot="rail", may=self.may)
        ]
        return {"cards": cards}
