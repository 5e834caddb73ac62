"""What a scan code may be, and the token that travels."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from members.sources.kinds import ScanKind
from scrm.core.errors import InvalidValue

PREFIX = "sc_"
# How the official account writes the scene of somebody who followed by a code.
SCENE = "qrscene_"
MOST_AT_ONCE = 500
_LONGEST_NAME = 60
_LONGEST_NUMBER = 80
_LONGEST_CHANNEL = 40
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
CHANNELS = {
    ScanKind.PARCEL_CARD: "parcel_card",
    ScanKind.STORE: "store",
    ScanKind.LIVE: "live",
    ScanKind.COURSE: "h5",
    ScanKind.AD: "h5",
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A code to be made; without a channel it is the usual one of its kind."""

    kind: str
    name: str
    channel: str = ""
    order_channel: str = ""
    order_number: str = ""


def token_new() -> str:
    """An unguessable token, well under WeCom's thirty characters of a state."""
    return PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(16))


def token_of(state: str) -> str:
    """The token in a WeCom state or a scene of the official account; empty if it is none of ours."""
    told = state.removeprefix(SCENE)
    return told if told.startswith(PREFIX) else ""


def wanted_check(wanted: Wanted, *, channels: Collection[str]) -> None:
    """InvalidValue unless kind, name, channel and order fit each other."""
    if wanted.kind not in ScanKind.values:
        raise InvalidValue("unknown kind", pointer="/kind")
    if not 0 < len(wanted.name.strip()) <= _LONGEST_NAME:
        raise InvalidValue("a name has 1 to 60 characters", pointer="/name")
    if wanted.channel and wanted.channel not in channels:
        raise InvalidValue(_("没有这个渠道"), pointer="/channel")
    if len(wanted.order_channel) > _LONGEST_CHANNEL:
        raise InvalidValue("a channel has at most 40 characters", pointer="/order_channel")
    if len(wanted.order_number) > _LONGEST_NUMBER:
        raise InvalidValue("an order number has at most 80 characters", pointer="/order_number")
    if wanted.order_number and wanted.kind != ScanKind.PARCEL_CARD:
        raise InvalidValue(_("只有包裹卡可以对应订单"), pointer="/order_number")
    if bool(wanted.order_number) != bool(wanted.order_channel):
        raise InvalidValue(_("订单由渠道和订单号一起确定"), pointer="/order_channel")
