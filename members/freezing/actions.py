"""The act in the head of a member's page."""

from __future__ import annotations

from django.utils.translation import gettext as _

from members.people.models import Member, MemberStatus
from scrm.console.elements import Action
from scrm.console.pages import ConsolePage


def freeze_actions(shown: ConsolePage, member: Member) -> list[Action]:
    """Freeze or thaw, whichever the member's state allows; nothing for others."""
    labels = {MemberStatus.ACTIVE: _("冻结会员"), MemberStatus.FROZEN: _("解除冻结")}
    return [
        Action(
            label=label,
            href=shown.url("members-freeze", member_id=member.public_id),
            icon="lock",
            opens="drawer",
            permission="members.freeze",
        )
        for status, label in labels.items()
        if status == member.status
    ]
