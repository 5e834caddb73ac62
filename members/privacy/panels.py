"""What a member's page shows of consents and requests."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from members.people.public_ids import member_public_ids
from members.privacy.doors import consents_told
from members.privacy.models import Consent, PrivacyRequest
from members.privacy.pages.words import (
    channels_words,
    given_badge,
    purpose_words,
    state_badge,
    way_words,
)
from members.privacy.selectors import request_state, requests_of
from scrm.console.columns import Column, table_make
from scrm.console.panels import Panel, panel_register

_LOG = (
    Column(
        key="purpose",
        label=_("用途"),
        is_primary=True,
        value=lambda row: purpose_words(row.purpose),
    ),
    Column(
        key="is_given", label=_("表示"), kind="status", value=lambda row: given_badge(row.is_given)
    ),
    Column(key="source", label=_("途径"), value=lambda row: way_words(row.source)),
    Column(key="text_version", label=_("文本版本"), value="text_version"),
    Column(key="at", label=_("时间"), kind="datetime"),
)
_REQUESTS = (
    Column(key="kind", label=_("请求"), is_primary=True, value=PrivacyRequest.get_kind_display),
    Column(
        key="state",
        label=_("状态"),
        kind="status",
        value=lambda row: state_badge(request_state(row)),
    ),
    Column(key="reason", label=_("原因"), value="reason"),
    Column(key="created_at", label=_("申请时间"), kind="datetime"),
)


def _tab(member_id: int) -> Mapping[str, object]:
    public_id = member_public_ids([member_id])[member_id]
    consents = consents_told(member_id)
    log: list[Consent] = list(consents.log)
    requests: list[PrivacyRequest] = list(requests_of(member_id))
    return {
        "member_id": public_id,
        "standing": [
            (purpose_words(each.purpose), given_badge(each.is_given)) for each in consents.standing
        ],
        "channels": channels_words(consents),
        "log": table_make(caption=str(_("同意记录")), columns=_LOG, rows=log),
        "requests": table_make(caption=str(_("隐私请求")), columns=_REQUESTS, rows=requests),
    }


panel_register(
    Panel(
        key="privacy",
        slot="tab",
        label=_("隐私"),
        template="members/privacy/_tab.html",
        load=_tab,
        permission="members.view",
        order=97,
    )
)
