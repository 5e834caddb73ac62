"""Words for objects and fields of the kernel in the audit log; rooms name their own."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from scrm.access.people.selectors import people_named
from scrm.events.audit import (
    audit_fields_register,
    audit_object_register,
    audit_values_register,
)

audit_object_register("api_key", _("API 密钥"), page="api-key", argument="key_id")
audit_object_register(
    "operator", _("人员"), page="person", argument="person_id", names=people_named
)
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
    wecom_userid=_("企业微信成员"),
    rows=_("行数"),
    is_dry=_("试运行"),
    refused=_("拒绝"),
    count=_("数量"),
    failed=_("失败"),
    done=_("完成"),
    code=_("代码"),
    subject=_("事项"),
    scheduled_at=_("发送时间"),
    sender=_("发送成员"),
    role=_("角色"),
    rule=_("圈选规则"),
    until=_("截止"),
    as_of=_("数据日期"),
    corp_id=_("企业 ID"),
    agent_id="AgentId",
    text_version=_("文本版本"),
    previous_ends_at=_("旧密钥有效至"),
    orders=_("订单数"),
    people=_("人数"),
    phone_changed=_("手机号变更"),
    changed=_("变化"),
    status=_("状态"),
    who=_("人员"),
    scope=_("范围"),
)
audit_values_register("by", {"password": _("密码"), "wecom": _("企业微信扫码")})
audit_values_register("mode", {"live": _("正式"), "test": _("测试")})
audit_values_register(
    "kind",
    {
        "orders": _("订单"),
        "members": _("会员"),
        "segments": _("人群"),
        "audit": _("审计日志"),
        "consumer": _("消费者"),
        "small_b": _("小 B"),
    },
)
audit_values_register("gender", {"male": _("男"), "female": _("女")})
