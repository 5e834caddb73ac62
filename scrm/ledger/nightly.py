"""The nightly proof of the books: any finding fails the step, which is an alert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from scrm.events.jobs.nightly import nightly_register
from scrm.ledger.selectors import ledger_audit

if TYPE_CHECKING:
    from datetime import date


class LedgerImbalance(RuntimeError):
    """The books do not agree with themselves."""


def ledger_audit_run(_as_of: date) -> dict[str, int]:
    """Raise if any invariant is broken; see docs/runbooks/ledger-imbalance.md."""
    findings = ledger_audit()
    if findings:
        raise LedgerImbalance(
            "; ".join(f"{f.invariant} {f.object_id}: {f.detail}" for f in findings[:5])
        )
    return {"findings": 0}


nightly_register("ledger_audit", order=900, run=ledger_audit_run, label=_("账本核对"))
