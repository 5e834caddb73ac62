"""Shapes of the binding's endpoints. The secret goes in and never comes out."""

from __future__ import annotations

from rest_framework import serializers

from scrm.api.serializers import (
    ListQuery,
    Moment,
    StrictChoice,
    StrictInteger,
    StrictSerializer,
    StrictString,
)
from scrm.wecom.models import CorpState, InboxState


class CorpIn(StrictSerializer):
    """What WeCom's admin pages show for a self-built application."""

    name = StrictString(max_length=80)
    corp_id = StrictString(max_length=64)
    agent_id = StrictInteger(min_value=1)
    secret = StrictString(max_length=200)
    token = StrictString(max_length=32, required=False)
    aes_key = StrictString(max_length=43, required=False)


class CheckOut(StrictSerializer):
    """One live call of the check."""

    call = StrictString()
    is_ok = serializers.BooleanField()
    errcode = StrictInteger()
    message = StrictString()


class CorpOut(StrictSerializer):
    """A bound application."""

    id = StrictString(source="public_id")
    name = StrictString()
    corp_id = StrictString()
    agent_id = StrictInteger()
    state = StrictChoice(choices=CorpState.choices)
    stopped_errcode = StrictInteger(allow_null=True)
    callback_url = StrictString()
    callback_verified_at = Moment(allow_null=True)
    checks = CheckOut(many=True)
    checked_at = Moment(allow_null=True)


class CorpBoundOut(CorpOut):
    """A bound application with what must be entered at WeCom; shown to who bound it."""

    token = StrictString()
    aes_key = StrictString()


class SyncOut(StrictSerializer):
    """The job that reconciles."""

    job = StrictString(source="public_id")
    state = StrictString()


class CallbackOut(StrictSerializer):
    """One callback and what became of it."""

    id = StrictString(source="public_id")
    type = StrictString()
    change = StrictString()
    state = StrictChoice(choices=InboxState.choices)
    tries = StrictInteger()
    received_at = Moment()
    processed_at = Moment(allow_null=True)
    error = StrictString()


class CallbackQuery(ListQuery):
    """Which callbacks."""

    state = StrictChoice(choices=InboxState.choices, required=False)
    type = StrictString(max_length=60, required=False)
