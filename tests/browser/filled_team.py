"""People, invitations and an approval for the pages that show them."""

from __future__ import annotations

from communities.outreach.services.asking import KIND
from communities.outreach.services.drafts import push_create
from members.segments.models import Segment
from scrm.access.models import Operator
from scrm.access.people.invitations import invitation_make
from scrm.access.services import membership_grant
from scrm.approvals.services import approval_request
from scrm.events.actor import acting_as
from scrm.tenants.models import Tenant

_ROLES = ("private_domain_lead", "member_ops", "community_ops", "finance", "analyst", "read_only")


def team_fill(tenant: Tenant, size: int) -> dict[str, str]:
    """`size` colleagues and invitations, and one large push that waits; the ids pages need."""
    mates = []
    for number in range(1, min(size, 30) + 1):
        email = f"{tenant.slug}-mate-{number}@example.com"
        mate = Operator.objects.create_user(email=email, password=None, name=f"同事{number}")
        membership_grant(operator=mate, tenant=tenant, roles=[_ROLES[number % len(_ROLES)]])
        mates.append(mate)
        invited = invitation_make(
            email=f"{tenant.slug}-guest-{number}@example.com",
            roles=["analyst"],
            granted_by=["*"],
            link_of=lambda token: f"https://example.com/{token}",
        )
    segment = Segment.objects.order_by("pk").first()
    push = push_create(
        name="双十一预热", segment=segment.public_id if segment else "", text="{昵称}，你好"
    )
    with acting_as("operator", id=str(mates[0].pk), label=mates[0].name):
        asked = approval_request(
            KIND,
            subject=push.public_id,
            params={"push": push.public_id, "seal": "as it was"},
            reason="活动明早开始",
        )
    return {
        "person_id": mates[0].public_id,
        "approval_id": asked.public_id,
        "invitation_id": invited.public_id,
    }
