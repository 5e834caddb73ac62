from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.orders.importing import KIND, order_import_run
from scrm.events.jobs.services import job_kind_register

job_kind_register(KIND, _("导入订单"), body=order_import_run)
