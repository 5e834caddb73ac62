"""Addresses of people, roles, invitations and approvals."""

from __future__ import annotations

from django.urls import URLPattern, path

from scrm.console.shell import approvals, invitations, people, people_factor, roles

BRAND_PATTERNS: list[URLPattern] = [
    path("people/", people.PeopleListPage.as_view(), name="people"),
    path("people/roles/", roles.RolesPage.as_view(), name="people-roles"),
    path("people/invite/", invitations.InvitePage.as_view(), name="people-invite"),
    path(
        "people/invitations/", invitations.InvitationListPage.as_view(), name="people-invitations"
    ),
    path(
        "people/invitations/<str:invitation_id>/send/",
        invitations.InvitationSendAct.as_view(),
        name="invitation-send",
    ),
    path(
        "people/invitations/<str:invitation_id>/revoke/",
        invitations.InvitationRevokeAct.as_view(),
        name="invitation-revoke",
    ),
    path("people/<str:person_id>/", people.PersonPage.as_view(), name="person"),
    path(
        "people/<str:person_id>/deactivate/",
        people.PersonDeactivateAct.as_view(),
        name="person-deactivate",
    ),
    path(
        "people/<str:person_id>/activate/",
        people.PersonActivateAct.as_view(),
        name="person-activate",
    ),
    path(
        "people/<str:person_id>/second-factor/",
        people_factor.PersonFactorPage.as_view(),
        name="person-factor",
    ),
    path("approvals/", approvals.ApprovalListPage.as_view(), name="approvals"),
    path("approvals/<str:approval_id>/", approvals.ApprovalPage.as_view(), name="approval"),
    path(
        "approvals/<str:approval_id>/withdraw/",
        approvals.ApprovalWithdrawAct.as_view(),
        name="approval-withdraw",
    ),
]
OPEN_PATTERNS: list[URLPattern] = [
    path("join/<slug:brand>/<str:token>/", invitations.JoinView.as_view(), name="join"),
]
