"""The gateway's part of the night."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from scrm.events.jobs.nightly import nightly_register
from scrm.wecom.callbacks.services import callbacks_trim
from scrm.wecom.welcome.services import welcomes_trim


def _trim(_as_of: date) -> dict[str, int]:
    return {"removed": callbacks_trim() + welcomes_trim()}


nightly_register("wecom.inbox_trim", order=900, run=_trim, label=_("清理企业微信回调记录"))
