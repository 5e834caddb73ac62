"""Words for objects and fields of the kernel in the audit log; rooms name their own."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.events.audit import audit_fields_register, audit_object_register

audit_object_register("api_key", _("API 密钥"), page="api-key", argument="key_id")
audit_object_register("operator", _("人员"))
audit_object_register("invitation", _("邀请"))
audit_object_register("tenant", _("品牌"))
audit_object_register("channel", _("渠道"))
audit_object_register("acknowledgement", _("确认记录"))
audit_object_register("approval", _("审批"))
audit_object_register("job", _("任务"), page="job", argument="job_id")
audit_object_register("file", _("文件"))
audit_object_register("import", _("导入"))
audit_object_register("event", _("事件"))
audit_object_register("view", _("已存视图"))
audit_object_register("webhook", "Webhook", page="webhook", argument="endpoint_id")
audit_fields_register(
    name=_("名称"),
    by=_("方式"),
    file=_("文件"),
    url=_("网址"),
    host=_("接收方"),
    types=_("事件类型"),
    description=_("说明"),
    is_active=_("启用"),
    reason=_("原因"),
    sessions_ended=_("退出的设备数"),
    roles=_("角色"),
    scopes=_("权限范围"),
    data_scope=_("数据范围"),
    calls_per_minute=_("每分钟调用上限"),
    mode=_("模式"),
    state=_("状态"),
    language=_("语言"),
    expires_at=_("到期时间"),
    since=_("从何时起"),
    deliveries=_("投递数"),
    delivery=_("投递"),
    old_until=_("旧密钥有效至"),
    timezone=_("时区"),
    industry=_("行业"),
    color=_("颜色"),
    settings=_("设置"),
    kind=_("类型"),
    format=_("格式"),
    mask=_("脱敏"),
    query=_("筛选"),
    total=_("总数"),
    label=_("名称"),
    email=_("邮箱"),
    phone=_("手机号"),
    note=_("备注"),
    ok=_("通过"),
    points=_("积分"),
    available=_("可用"),
    tags=_("标签"),
    gender=_("性别"),
    birthday=_("生日"),
    city=_("城市"),
    display_name=_("昵称"),
    is_opted_out=_("已退订营销"),
    holder=_("持有人"),
    type=_("类型"),
    net_fen=_("净额（分）"),
    is_valid=_("有效"),
)
