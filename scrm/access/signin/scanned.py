"""Who a person is in a brand's WeCom: set once, then scanning signs them in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from scrm.access.models import Membership
from scrm.core.errors import InvalidValue, NotFound
from scrm.events.actor import acting_as
from scrm.events.audit import record
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import TenantStatus

if TYPE_CHECKING:
    from scrm.access.models import Operator
    from scrm.tenants.models import Tenant

_LONGEST = 64


def operator_scanned(*, tenant: Tenant, userid: str) -> Operator | None:
    """Whose place in the brand carries this WeCom userid; nobody for closed accounts and places."""
    if not userid:
        return None
    place = (
        Membership.objects.select_related("operator")
        .filter(
            tenant=tenant,
            tenant__status=TenantStatus.ACTIVE,
            wecom_userid=userid,
            operator__is_active=True,
            deactivated_at=None,
        )
        .first()
    )
    return None if place is None else place.operator


def scanned_bind(*, operator: Operator, tenant: Tenant, userid: str, ip: str = "") -> None:
    """Bind the person's place in the brand to a WeCom member; empty unbinds."""
    userid = userid.strip()
    if len(userid) > _LONGEST:
        raise InvalidValue(_("企业微信 UserID 最长 64 个字符"), pointer="/wecom_userid")
    try:
        with (
            tenant_scope(tenant),
            transaction.atomic(),
            acting_as(
                kind="operator",
                id=str(operator.pk),
                label=operator.name or operator.email,
                ip=ip,
            ),
        ):
            place = (
                Membership.objects.select_for_update()
                .filter(operator=operator, tenant=tenant)
                .first()
            )
            if place is None:
                raise NotFound
            before, place.wecom_userid = place.wecom_userid, userid
            if before == userid:
                return
            place.save(update_fields=["wecom_userid"])
            record(
                "access.wecom_bound" if userid else "access.wecom_unbound",
                object_type="operator",
                object_id=operator.public_id,
                before={"wecom_userid": before},
                after={"wecom_userid": userid},
            )
    except IntegrityError as error:
        raise InvalidValue(
            _("这个企业微信成员已绑定其他同事的账号"), pointer="/wecom_userid"
        ) from error
