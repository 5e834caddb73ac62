"""The sync as a job that people can watch."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.jobs.services import job_kind_register
from scrm.files.connectors import run_kind_register
from scrm.wecom.sync.services import KIND, sync_run

job_kind_register(KIND, _("企业微信同步"), body=sync_run)
run_kind_register("contacts", _("客户与标签"))
