"""The channels known so far, and what reads the layer."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.benefits.models import Place
from members.benefits.sources import benefit_source_register
from members.identity.participants import (
    MergePair,
    MergeParticipant,
    merge_participant_register,
)
from members.layers.selectors import layer_standings, layer_words_of
from members.layers.services import layers_refresh
from members.layers.sources import LayerSource, layer_register
from members.people.columns import MemberColumn, column_register

layer_register(
    LayerSource(
        key="official_account",
        layer=1,
        sql="""
            SELECT t.member_id FROM members_sourcetouch t
             WHERE t.tenant_id = %(tenant)s AND t.source = 'official_account'
            UNION
            SELECT m.id FROM members_member m
             WHERE m.tenant_id = %(tenant)s
               AND (m.first_source = 'official_account' OR m.latest_source = 'official_account')
        """,
    )
)
layer_register(
    LayerSource(
        key="wecom_friend",
        layer=4,
        sql="SELECT m.id FROM members_member m WHERE m.tenant_id = %(tenant)s AND m.is_wecom_friend",
    )
)
benefit_source_register(Place.LAYER, layer_standings)


def _settle(pair: MergePair) -> None:
    layers_refresh([pair.source_id, pair.target_id])


merge_participant_register(
    MergeParticipant(
        key="layers",
        order=96,
        label=_("渠道层级"),
        tables=("members.channellayer",),
        settle=_settle,
        settle_split=_settle,
    )
)
column_register(
    MemberColumn(
        key="layer",
        label=_("渠道层级"),
        order=47,
        fetch=layer_words_of,
        permission="benefits.view",
        optional=True,
    )
)
