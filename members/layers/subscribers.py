"""A friendship that begins or ends changes the layer at once; other channels follow at night."""

from __future__ import annotations

from members.identity.rules import Claim
from members.identity.selectors import member_find
from members.layers.services import layers_refresh
from scrm.events.bus import Event, subscriber


@subscriber("wecom.contact_changed", name="members.layers_follow")
def contact_changed(event: Event) -> None:
    """After the member was told of it: subscribers of a fact hear it in the order of their rooms."""
    told = event.payload
    claim = Claim("external_userid", str(told["external_userid"]), str(told["corp_id"]))
    member = member_find(claim)
    if member is not None:
        layers_refresh([member.pk])
