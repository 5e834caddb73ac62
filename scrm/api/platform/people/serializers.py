"""Shapes of people, invitations, roles and approvals."""

from __future__ import annotations

from rest_framework import serializers

from scrm.access.models import Invitation
from scrm.access.people.selectors import InvitationState, invitation_state
from scrm.access.permissions import ROLES
from scrm.access.scope import MOST_CHOSEN
from scrm.api.serializers import (
    ListQuery,
    Moment,
    StrictBoolean,
    StrictChoice,
    StrictList,
    StrictSerializer,
    StrictString,
)
from scrm.approvals.models import ApprovalState

_ROLES = sorted(ROLES)


class DataScope(StrictSerializer):
    """Whose customers are seen: friends of these staff, and of everybody in or below these departments.

    Ids are those of `GET /departments` and `GET /staff`.
    """

    departments = StrictList(
        child=StrictString(max_length=80), required=False, max_length=MOST_CHOSEN
    )
    staff = StrictList(child=StrictString(max_length=40), required=False, max_length=MOST_CHOSEN)


class ScopeChoiceOut(StrictSerializer):
    """What a data scope may name: a department, or somebody of the staff."""

    id = serializers.CharField(source="key")
    label = serializers.CharField()  # type: ignore[assignment]


class PersonOut(StrictSerializer):
    """Somebody who serves the brand."""

    id = serializers.CharField(source="operator.public_id")
    name = serializers.CharField(source="operator.name")
    email = serializers.CharField(source="operator.email")
    roles = serializers.ListField(child=serializers.ChoiceField(choices=_ROLES))
    data_scope = DataScope(allow_null=True)
    has_second_factor = serializers.BooleanField(source="has_factor")
    last_sign_in_at = Moment(source="operator.last_login", allow_null=True)
    deactivated_at = Moment(allow_null=True)
    created_at = Moment()


class PeopleQuery(ListQuery):
    """Narrow people."""

    role = StrictChoice(choices=_ROLES, required=False)
    is_active = serializers.BooleanField(required=False, allow_null=True, default=None)


class PersonIn(StrictSerializer):
    """What may be changed; members left out stay."""

    roles = StrictList(child=StrictChoice(choices=_ROLES), min_length=1, max_length=len(_ROLES))
    data_scope = DataScope(allow_null=True, help_text="null: the whole brand.")
    is_active = StrictBoolean(help_text="false shuts the brand to the person at once.")


class InvitationOut(StrictSerializer):
    """An invitation; its link goes to the mailbox only."""

    id = serializers.CharField(source="public_id")
    email = serializers.CharField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(choices=_ROLES))
    data_scope = DataScope(allow_null=True)
    state = serializers.SerializerMethodField()
    invited_by = serializers.CharField()
    sent_at = Moment()
    expires_at = Moment()
    accepted_at = Moment(allow_null=True)
    revoked_at = Moment(allow_null=True)

    def get_state(self, invitation: Invitation) -> InvitationState:
        return invitation_state(invitation)


class InvitationIn(StrictSerializer):
    """Whom to invite, and as what."""

    email = StrictString(max_length=254)
    name = StrictString(max_length=60, required=False, allow_blank=True, default="")
    roles = StrictList(child=StrictChoice(choices=_ROLES), min_length=1, max_length=len(_ROLES))
    data_scope = DataScope(allow_null=True, required=False, default=None)


class InvitationQuery(ListQuery):
    """Narrow invitations."""

    state = StrictChoice(choices=["open", "expired", "accepted", "revoked"], required=False)


class RoleOut(StrictSerializer):
    """A role of the platform and what it may do."""

    role = serializers.ChoiceField(choices=_ROLES)
    label = serializers.CharField()  # type: ignore[assignment]
    permissions = serializers.ListField(child=serializers.CharField())


class ChangeOut(StrictSerializer):
    """One line of the difference."""

    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)


class ApprovalOut(StrictSerializer):
    """A deed that waits for a second person, or what became of it. People decide in the console only."""

    id = serializers.CharField(source="public_id")
    kind = serializers.CharField()
    subject = serializers.CharField(help_text="The id of what it is about.")
    state = serializers.ChoiceField(choices=ApprovalState.choices)
    reason = serializers.CharField()
    changes = ChangeOut(many=True, source="changes_told")
    requested_by = serializers.CharField(source="requested_label")
    requested_at = Moment()
    expires_at = Moment()
    decided_by = serializers.CharField(source="decided_label")
    decided_at = Moment(allow_null=True)
    note = serializers.CharField()


class ApprovalQuery(ListQuery):
    """Narrow approvals."""

    state = StrictChoice(choices=ApprovalState.choices, required=False)
