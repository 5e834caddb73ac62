"""The kit's own step of the night."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from scrm.api.idempotency import records_tidy
from scrm.events.jobs.nightly import nightly_register

if TYPE_CHECKING:
    from datetime import date


def _run(_as_of: date) -> dict[str, int]:
    return {"removed": records_tidy()}


nightly_register("api_tidy", order=950, run=_run, label=_("清理接口幂等记录"))
