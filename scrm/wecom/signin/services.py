"""Scanning with WeCom: where to send the browser, and who came back.

The address carries a state that only this browser's session knows, so that nobody can hand a person a
finished scan of somebody else's.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _

from scrm.core import clock
from scrm.core.errors import DomainError, ErrorKind
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant, TenantStatus
from scrm.wecom.errors import WeComError
from scrm.wecom.gateway import corps_active, gateway_for

if TYPE_CHECKING:
    from django.http import HttpRequest

    from scrm.wecom.models import WeComCorp

_HELD = "wecom_scan"
WAITS = timedelta(minutes=10)
_CODE_LONGEST = 512


class ScanRefused(DomainError):
    """The scan cannot be used: not asked for by this browser, too late, or refused by WeCom."""

    code: ClassVar[str] = "wecom_scan_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.REJECTED


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What came back: a member of this brand's corp, or nobody we know (empty ``userid``)."""

    tenant: Tenant
    userid: str
    purpose: str
    then: str
    operator_id: int | None


def scan_corp(slug: str) -> tuple[Tenant, WeComCorp] | None:
    """The brand and the application that people scan for; None where there is none."""
    tenant = Tenant.objects.filter(slug=slug, status=TenantStatus.ACTIVE).first()
    if tenant is None:
        return None
    with tenant_scope(tenant):
        corps = corps_active()
    return (tenant, corps[0]) if corps else None


def scan_begin(
    request: HttpRequest,
    *,
    tenant: Tenant,
    corp: WeComCorp,
    back: str,
    purpose: str,
    then: str = "",
) -> str:
    """Bind a fresh state to this session; returns WeCom's address with the code to scan."""
    state = secrets.token_hex(20)
    request.session[_HELD] = {
        "state": state,
        "slug": tenant.slug,
        "corp": corp.public_id,
        "purpose": purpose,
        "then": then,
        "operator": request.user.pk,
        "at": clock.now().isoformat(),
    }
    query = urlencode(
        {
            "login_type": "CorpApp",
            "appid": corp.corp_id,
            "agentid": corp.agent_id,
            "redirect_uri": back,
            "state": state,
        }
    )
    return f"{settings.WECOM_LOGIN_URL.rstrip('/')}/wwlogin/sso/login?{query}"


def scan_finish(request: HttpRequest, *, code: str, state: str) -> Scan:
    """Ask WeCom whose code this is. The state is spent, whatever comes of it. Network: no transaction."""
    held = request.session.pop(_HELD, None)
    if held is None or not hmac.compare_digest(held["state"].encode(), state.encode()):
        raise ScanRefused(_("这次扫码不是从本浏览器发起的，请重新扫码"))
    if clock.now() - datetime.fromisoformat(held["at"]) > WAITS:
        raise ScanRefused(_("扫码等待超时，请重新扫码"))
    found = scan_corp(held["slug"])
    if found is None or found[1].public_id != held["corp"] or not 0 < len(code) <= _CODE_LONGEST:
        raise ScanRefused(_("没有完成扫码，请重新扫码"))
    tenant, corp = found
    with tenant_scope(tenant):
        try:
            userid = gateway_for(corp).member_by_code(code)
        except WeComError as error:
            raise ScanRefused(_("企业微信没有确认这次扫码，请重新扫码")) from error
    return Scan(
        tenant=tenant,
        userid=userid,
        purpose=held["purpose"],
        then=held["then"],
        operator_id=held["operator"],
    )
