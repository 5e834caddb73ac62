from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_object_register, audit_register

audit_register("programmes.started", _("新建会员方案"))
audit_register("programmes.saved", _("修改会员方案"))
audit_register("programmes.discarded", _("丢弃会员方案草稿"))
audit_register("programmes.activated", _("会员方案生效"))
audit_object_register("programme", _("会员方案"), page="programme-detail", argument="programme_id")
