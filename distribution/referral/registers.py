"""Edges take part in merges: the few that decide at once, the many in chunks."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from distribution.referral.merging import (
    edges_effects,
    edges_reopen,
    edges_switch,
    edges_switch_back,
    fans_move,
    fans_restore,
)
from members.identity.participants import MergeParticipant, merge_participant_register

merge_participant_register(
    MergeParticipant(
        key="referral",
        order=90,
        label=_("邀请人"),
        is_instant=True,
        tables=("distribution.binding",),
        preview=edges_effects,
        move=edges_switch,
        restore=edges_switch_back,
        settle_split=edges_reopen,
    )
)
merge_participant_register(
    MergeParticipant(
        key="referral_fans",
        order=91,
        label=_("邀请的会员"),
        move=fans_move,
        restore=fans_restore,
    )
)
