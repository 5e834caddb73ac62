"""The typed gateway: everything the platform asks of WeCom goes through here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.core.errors import NotFound
from scrm.wecom.gateway.content import (
    Attachment,
    MessageContent,
    WelcomeContent,
    attachment,
    attachment_read,
)
from scrm.wecom.gateway.messages import MessageCalls
from scrm.wecom.gateway.people import PeopleCalls
from scrm.wecom.gateway.tags import TagCalls
from scrm.wecom.gateway.types import (
    Application,
    BroadcastCreated,
    BroadcastRecord,
    BroadcastResult,
    BroadcastTask,
    Contact,
    ContactFollows,
    ContactWay,
    ContactWayFound,
    ContactWayMade,
    Follow,
    MediaUploaded,
    Member,
    Page,
    Party,
    Tag,
    TagGroup,
)
from scrm.wecom.gateway.ways import WayCalls
from scrm.wecom.models import CorpState, WeComCorp

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Application",
    "Attachment",
    "BroadcastCreated",
    "BroadcastRecord",
    "BroadcastResult",
    "BroadcastTask",
    "Contact",
    "ContactFollows",
    "ContactWay",
    "ContactWayFound",
    "ContactWayMade",
    "Follow",
    "Gateway",
    "MediaUploaded",
    "Member",
    "MessageContent",
    "Page",
    "Party",
    "Tag",
    "TagGroup",
    "WelcomeContent",
    "attachment",
    "attachment_read",
    "corp_get",
    "corps_active",
    "gateway_for",
]


class Gateway(PeopleCalls, TagCalls, WayCalls, MessageCalls):
    """Every call of one bound application.

    Each may raise WeComRefused (never), WeComLimited (later), WeComUnknown (perhaps) or
    WeComMisconfigured (the application is stopped). Call outside transactions.
    """


def gateway_for(corp: WeComCorp) -> Gateway:
    """The gateway of a bound application."""
    return Gateway(corp)


def corps_active() -> Sequence[WeComCorp]:
    """The active tenant's applications that may be called, oldest first."""
    return list(WeComCorp.objects.filter(state=CorpState.ACTIVE).order_by("pk"))


def corp_get(public_id: str) -> WeComCorp:
    """A bound application by its public id; NotFound otherwise."""
    corp = WeComCorp.objects.filter(public_id=public_id).exclude(state=CorpState.UNBOUND).first()
    if corp is None:
        raise NotFound
    return corp
