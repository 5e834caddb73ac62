from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_object_register, audit_register
from scrm.events.bus import event_register

event_register("segment.changed", "A segment was saved: {segment_id, size}.")

audit_register("segments.created", _("新建人群"))
audit_register("segments.updated", _("修改人群"))
audit_register("segments.archived", _("归档人群"))
audit_register("segments.restored", _("恢复人群"))
audit_object_register("segment", _("人群"), page="segments-edit", argument="segment_id")
