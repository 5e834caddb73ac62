from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_register
from scrm.files.connectors import connector_register

audit_register("export.requested", _("导出数据"))
audit_register("file.downloaded", _("下载文件"))
audit_register("import.uploaded", _("上传导入文件"))
audit_register("import.started", _("开始导入"))

connector_register("csv", _("文件导入"), direction="in", hint=_("CSV 与 XLSX 文件，逐行校验"))
connector_register("rest", _("开放接口"), direction="in", hint=_("订单批量写入与接口导入"))
connector_register("wecom", _("企业微信"), direction="in", hint=_("客户与标签的全量、增量同步"))
connector_register("webhooks", _("Webhook 推送"), direction="out", hint=_("事件推送到品牌系统"))
