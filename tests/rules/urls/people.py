"""Addresses of people, roles, invitations and approvals."""

from __future__ import annotations

from datetime import timedelta

from communities.outreach.models import Push
from communities.outreach.services.asking import KIND
from members.segments.models import Segment
from scrm.access.models import Operator
from scrm.access.people.invitations import invitation_make
from scrm.access.services import membership_grant
from scrm.approvals.models import Approval
from scrm.approvals.services import approval_request
from scrm.core import clock
from scrm.events.actor import acting_as
from scrm.tenants.context import current_tenant
from scrm.wecom.models import WeComCorp
from tests.rules.urls.rows import Api, Open, Page


def objects() -> dict[str, str]:
    mate = Operator.objects.create_user(email="mate@example.com", password=None, name="Mate")
    membership_grant(operator=mate, tenant=current_tenant(), roles=["member_ops"])
    invited = invitation_make(
        email="new@example.com", roles=["analyst"], granted_by=["*"], link_of=lambda token: token
    )
    invited.sent_at = clock.now() - timedelta(minutes=5)
    invited.save()
    asked = _asked(str(mate.pk))
    return {
        "person": mate.public_id,
        "invitation": invited.public_id,
        "approval": asked.public_id,
    }


def _asked(mate: str) -> Approval:
    segment = Segment.objects.create(name="to approve", rule={"all": []})
    corp, _made = WeComCorp.objects.get_or_create(
        corp_id="ww-of-pushes",
        agent_id=7,
        defaults={"name": "of A", "secret": "s", "token": "t", "aes_key": "k"},
    )
    push = Push.objects.create(name="asked for", segment=segment, corp=corp, text="hello")
    with acting_as("operator", id=mate, label="Mate"):
        return approval_request(
            KIND, subject=push.public_id, params={"push": push.public_id, "seal": "other"}
        )


_PERSON = {"person_id": "{person}"}
_INVITED = {"invitation_id": "{invitation}"}
_ASKED = {"approval_id": "{approval}"}

ROWS: list[Api | Page | Open] = [
    Api("people"),
    Api("people", query={"role": "member_ops", "is_active": "true"}),
    Api("person", path={"public_id": "{person}"}),
    Api("person", "PATCH", path={"public_id": "{person}"}, body={"roles": ["analyst"]}),
    Api("roles"),
    Api("departments"),
    Api("staff"),
    Api("invitations"),
    Api(
        "invitations",
        "POST",
        body={"email": "third@example.com", "roles": ["analyst"]},
        owner=201,
    ),
    Api("invitation-send", "POST", path={"public_id": "{invitation}"}),
    Api("invitation", "DELETE", path={"public_id": "{invitation}"}, owner=204),
    Api("approvals"),
    Api("approval", path={"public_id": "{approval}"}, needs="pushes.send"),
    Page("people"),
    Page("people", query={"role": "tenant_admin", "state": "active", "q": "o"}),
    Page("people-roles"),
    Page("people-invitations"),
    Page("people-invite"),
    Page(
        "people-invite",
        "POST",
        data={"email": "other@example.com", "roles": "analyst", "whose": "all"},
        owner=302,
    ),
    Page("invitation-send", "POST", path=_INVITED, owner=302),
    Page("invitation-revoke", "POST", path=_INVITED, owner=302),
    Page("person", path=_PERSON),
    Page("person", "POST", path=_PERSON, data={"roles": "analyst", "whose": "all"}, owner=302),
    Page("person-deactivate", "POST", path=_PERSON, owner=302),
    Page("person-activate", "POST", path=_PERSON, owner=302),
    Page("person-factor", path=_PERSON),
    Page("person-factor", "POST", path=_PERSON, data={"reason": "lost phone"}, owner=422),
    Page("approvals"),
    Page("approval", path=_ASKED, needs="pushes.send"),
    Page(
        "approval",
        "POST",
        path=_ASKED,
        data={"decision": "reject", "note": "no"},
        owner=302,
        needs="pushes.send",
    ),
    Page("approval-withdraw", "POST", path=_ASKED, owner=404),  # only who asked may
    Open("console:join", path={"brand": "no-such-brand", "token": "unknown"}, anyone=410),
    Open("console:join", "POST", path={"brand": "no-such-brand", "token": "unknown"}, anyone=410),
]
