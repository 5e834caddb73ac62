"""What the room tells others: where its ciphers are, and what of a member changes hands in a merge."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.identity.joining import (
    conflicts_move,
    conflicts_restore,
    friendships_settle,
    identities_move,
    identities_restore,
)
from members.identity.models import Identity
from members.identity.participants import MergePair, MergeParticipant, merge_participant_register
from members.identity.rowmoves import Rows, rows_participant
from members.identity.rules import SCOPE_DEFAULTS
from members.identity.selectors import only_corp
from members.orders.models import Order
from members.orders.rollups import rollups_refresh
from members.people.models import SourceTouch
from members.people.services import latest_sources_refresh
from members.tags.models import MemberTag
from scrm.core.sealed import sealed_register
from scrm.events.bus import publish

sealed_register("members.Identity", "value_enc", form="token")
sealed_register("members.Member", "phone_enc", form="token")

# An external user id without its corp is of the brand's only one.
SCOPE_DEFAULTS["external_userid"] = only_corp

_ORDERS = Rows(Order, via="via_identity_id")
_PART = 500


def _rollups(pair: MergePair) -> None:
    rollups_refresh([pair.source_id, pair.target_id])


def _orders_apart(pair: MergePair) -> None:
    """Orders since the merge go with the identifier that brought them; whoever hears of orders hears so."""
    late = _ORDERS.late_back(pair)
    changed = Order.objects.filter(member_id=pair.source_id, updated_at__gte=pair.at)
    told = sorted({*late, *changed.values_list("pk", flat=True)})
    _rollups(pair)
    members = [pair.source_id, pair.target_id]
    for start in range(0, len(told), _PART):
        publish(
            "order.changed",
            payload={"order_ids": told[start : start + _PART], "member_ids": members},
        )


def _latest(pair: MergePair) -> None:
    latest_sources_refresh([pair.source_id, pair.target_id])


merge_participant_register(
    MergeParticipant(
        key="identities",
        order=10,
        label=_("身份标识"),
        is_instant=True,
        tables=("members.identity",),
        preview=Rows(Identity).preview(_("身份标识")),
        move=identities_move,
        restore=identities_restore,
        settle_split=friendships_settle,
    )
)
merge_participant_register(
    MergeParticipant(
        key="conflicts",
        order=15,
        label=_("身份冲突"),
        is_instant=True,
        tables=("members.identityconflict",),
        move=conflicts_move,
        restore=conflicts_restore,
    )
)
merge_participant_register(
    rows_participant(
        "touches",
        SourceTouch,
        order=20,
        label=_("来源记录"),
        twins=("source", "state", "at"),
        settle=_latest,
        settle_split=_latest,
    )
)
merge_participant_register(
    MergeParticipant(
        key="orders",
        order=30,
        label=_("订单"),
        tables=("members.order", "members.memberrollup"),
        preview=_ORDERS.preview(_("订单")),
        move=_ORDERS.move,
        settle=_rollups,
        restore=_ORDERS.restore,
        settle_split=_orders_apart,
    )
)
merge_participant_register(
    rows_participant("tags", MemberTag, order=50, label=_("标签"), twins=("tag_id",))
)
