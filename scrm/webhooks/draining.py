"""Send what is due: claim in one transaction, call outside of any, settle each in its own."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor, as_completed

import structlog

from scrm.tenants.turns import turns_take
from scrm.webhooks.deliveries import Claim, deliveries_claim, delivery_settle
from scrm.webhooks.rules import headers_of
from scrm.webhooks.sender import Outgoing, Reply, send

log = structlog.get_logger(__name__)
DRAIN_SECONDS = 20.0
THREADS = 16
REASON = "webhooks of every tenant are sent in fair turns"


def webhooks_drain(*, seconds: float = DRAIN_SECONDS) -> int:
    """Visit the tenants in turns, a few deliveries each, until nothing is due or the time is up."""
    return turns_take("webhooks", tenant_drain, reason=REASON, seconds=seconds)


def tenant_drain() -> int:
    """One turn of the active tenant; returns how many calls were made."""
    claims = deliveries_claim()
    if not claims:
        return 0
    # The threads only talk to the network; rows are this thread's.
    with ThreadPoolExecutor(max_workers=min(THREADS, len(claims))) as pool:
        calls = {pool.submit(claim_send, claim): claim for claim in claims}
        for call in as_completed(calls):
            claim = calls[call]
            if not delivery_settle(claim, call.result()):
                log.warning("webhook_lease_lost", delivery=claim.delivery_id)
    return len(claims)


def claim_send(claim: Claim) -> Reply:
    """Sign for this attempt and send."""
    headers = headers_of(
        claim.secrets,
        message_id=claim.message_id,
        timestamp=int(time.time()),
        body=claim.body,
    )
    return send(Outgoing(url=claim.url, headers=headers, body=claim.body.encode()))
