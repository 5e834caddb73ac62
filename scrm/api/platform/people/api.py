"""People, invitations, roles and approvals over REST."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse

from scrm.access.keys import ALL_SCOPES
from scrm.access.models import Invitation, Membership
from scrm.access.people.invitations import (
    invitation_make,
    invitation_revoke,
    invitation_send_again,
)
from scrm.access.people.selectors import invitations_listed, people_listed, person_get
from scrm.access.people.services import person_patch
from scrm.access.permissions import PERMISSIONS
from scrm.access.roles import RoleView, roles_told
from scrm.access.scope import ScopeChoice, departments_listed, staff_listed
from scrm.access.signin.mail import public_address
from scrm.api.operations import operation
from scrm.api.platform.people import serializers as shapes
from scrm.api.routes import route_register
from scrm.api.views import ApiView
from scrm.approvals.models import Approval
from scrm.approvals.selectors import approval_get, approvals_listed

if TYPE_CHECKING:
    from django.db.models import QuerySet

_REFUSALS = ("invalid_value", "role_not_held", "last_administrator", "forbidden")
_LINE = {"email": "wang@example.com", "roles": ["member_ops"]}


class _PeopleView(ApiView):
    """What these endpoints share."""

    scope_read = "people.view"
    scope_write = "people.edit"
    tag = "people"

    def held(self) -> list[str]:
        """The rights of the key: nobody gives more."""
        scopes = self.caller.key.scopes
        return list(scopes) if ALL_SCOPES not in scopes else [ALL_SCOPES]

    def link_of(self, token: str) -> str:
        """The address in the letter."""
        path = reverse("console:join", kwargs={"brand": self.caller.tenant.slug, "token": token})
        base = settings.PUBLIC_BASE_URL or self.request.build_absolute_uri("/")
        return public_address(path, base_url=base)


class PeopleList(_PeopleView):
    """Who serves the brand."""

    @operation(
        "people_list", "List people, newest first.",
        query=shapes.PeopleQuery, answer=shapes.PersonOut, is_list=True,
    )  # fmt: skip
    def get(self) -> QuerySet[Membership]:
        role = self.query.get("role", "")
        return people_listed(roles=[role] if role else [], is_active=self.query.get("is_active"))


class PersonDetail(_PeopleView):
    """One of them."""

    @operation("person_get", "One person.", answer=shapes.PersonOut)
    def get(self, public_id: str) -> Membership:
        return person_get(public_id)

    @operation(
        "person_change",
        "Change roles or data scope, or shut the brand to the person.",
        description="The brand keeps at least one active administrator; a key gives only what it holds.",
        body=shapes.PersonIn,
        answer=shapes.PersonOut,
        errors=_REFUSALS,
        examples={"roles": {"roles": ["member_ops"]}, "leave": {"is_active": False}},
    )
    def patch(self, public_id: str) -> Membership:
        changes: Mapping[str, Any] = self.body
        return person_patch(public_id=public_id, changes=changes, granted_by=self.held())


class InvitationList(_PeopleView):
    """Invitations."""

    @operation(
        "invitations_list", "List invitations, newest first.",
        query=shapes.InvitationQuery, answer=shapes.InvitationOut, is_list=True,
    )  # fmt: skip
    def get(self) -> QuerySet[Invitation]:
        state = self.query.get("state", "")
        return invitations_listed(states=[state] if state else [])

    @operation(
        "invitation_make",
        "Invite somebody by mail; the link lives seven days and serves once.",
        body=shapes.InvitationIn,
        answer=shapes.InvitationOut,
        status=201,
        errors=_REFUSALS,
        examples={"an operator": _LINE},
    )
    def post(self) -> Invitation:
        return invitation_make(**self.body, granted_by=self.held(), link_of=self.link_of)


class InvitationDetail(_PeopleView):
    """One invitation."""

    @operation("invitation_revoke", "Take an invitation back.", errors=("invalid_transition",))
    def delete(self, public_id: str) -> None:
        invitation_revoke(public_id=public_id)


class InvitationSend(_PeopleView):
    """The letter again."""

    @operation(
        "invitation_send",
        "Send a new link; the old one opens nothing any more.",
        answer=shapes.InvitationOut,
        errors=("invalid_transition", *_REFUSALS),
    )
    def post(self, public_id: str) -> Invitation:
        return invitation_send_again(
            public_id=public_id, granted_by=self.held(), link_of=self.link_of
        )


class RoleList(ApiView):
    """The nine roles."""

    scope_read = "people.view"
    tag = "people"

    @operation("roles_list", "Every role and what it may do.", answer=shapes.RoleOut, is_list=True)
    def get(self) -> list[RoleView]:
        return roles_told()


class DepartmentList(ApiView):
    """Departments of the bound WeCom."""

    scope_read = "people.view"
    tag = "people"

    @operation(
        "departments_list",
        "Departments that a data scope may name.",
        answer=shapes.ScopeChoiceOut,
        is_list=True,
    )
    def get(self) -> list[ScopeChoice]:
        return departments_listed()


class StaffList(ApiView):
    """Staff of the bound WeCom."""

    scope_read = "people.view"
    tag = "people"

    @operation(
        "staff_list", "Staff that a data scope may name.",
        answer=shapes.ScopeChoiceOut, is_list=True,
    )  # fmt: skip
    def get(self) -> list[ScopeChoice]:
        return staff_listed()


class ApprovalList(ApiView):
    """Deeds with four eyes."""

    scope_read = "approvals.view"
    tag = "approvals"

    @operation(
        "approvals_list", "List approvals, newest first.",
        query=shapes.ApprovalQuery, answer=shapes.ApprovalOut, is_list=True,
    )  # fmt: skip
    def get(self) -> QuerySet[Approval]:
        state = self.query.get("state", "")
        rights = [name for name in PERMISSIONS if self.caller.may(name)]
        return approvals_listed(rights, states=[state] if state else [])


class ApprovalDetail(ApiView):
    """One of them."""

    scope_read = "approvals.view"
    tag = "approvals"

    @operation("approval_get", "One approval with its difference.", answer=shapes.ApprovalOut)
    def get(self, public_id: str) -> Approval:
        rights = [name for name in PERMISSIONS if self.caller.may(name)]
        return approval_get(public_id, permissions=rights)


route_register("people", PeopleList, "people")
route_register("people/<str:public_id>", PersonDetail, "person")
route_register("invitations", InvitationList, "invitations")
route_register("invitations/<str:public_id>", InvitationDetail, "invitation")
route_register("invitations/<str:public_id>/send", InvitationSend, "invitation-send")
route_register("roles", RoleList, "roles")
route_register("departments", DepartmentList, "departments")
route_register("staff", StaffList, "staff")
route_register("approvals", ApprovalList, "approvals")
route_register("approvals/<str:public_id>", ApprovalDetail, "approval")
