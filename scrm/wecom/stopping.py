"""Stop a bound application whose binding turned out wrong: calling on would get the address banned."""

from __future__ import annotations

import structlog
from django.db import transaction

from scrm.core import clock
from scrm.events.audit import record
from scrm.events.bus import publish
from scrm.tenants.context import tenant_scope
from scrm.wecom.models import CorpState, WeComCorp

log = structlog.get_logger(__name__)


def corp_stop(*, corp: WeComCorp, api: str, errcode: int) -> None:
    """Refuse every further call until the binding is corrected; alerts once."""
    with tenant_scope(corp.tenant_id), transaction.atomic():
        stopped = WeComCorp.objects.filter(pk=corp.pk, state=CorpState.ACTIVE).update(
            state=CorpState.STOPPED,
            stopped_errcode=errcode,
            stopped_api=api[:80],
            stopped_at=clock.now(),
        )
        if stopped:
            log.error("wecom_corp_stopped", corp=corp.public_id, api=api, errcode=errcode)
            after = {"state": CorpState.STOPPED.value, "errcode": errcode, "api": api}
            record(
                "wecom.corp_stopped",
                object_type="wecom_corp",
                object_id=corp.public_id,
                after=after,
            )
            publish(
                "wecom.corp_stopped",
                subject=corp.public_id,
                payload={"corp_id": corp.corp_id, **after},
            )
    corp.state, corp.stopped_errcode, corp.stopped_api = CorpState.STOPPED, errcode, api[:80]
