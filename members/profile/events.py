"""What the room writes into the audit log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from members.profile.models import Direction, FieldKind
from scrm.events.audit import (
    audit_fields_register,
    audit_object_register,
    audit_register,
    audit_values_register,
)

audit_object_register("custom_field", _("自定义字段"))
audit_register("members.field_created", _("新建自定义字段"))
audit_register("members.field_changed", _("修改自定义字段"))
audit_register("members.field_archived", _("停用自定义字段"))
audit_register("members.field_restored", _("恢复自定义字段"))
audit_register("members.persona_groups_changed", _("修改标签组的画像归类"))
audit_register("members.custom_changed", _("修改会员的自定义字段"))
audit_register("members.note_added", _("添加会员备注"))
audit_register("members.note_edited", _("修改会员备注"))
audit_register("members.note_pinned", _("置顶会员备注"))
audit_register("members.note_unpinned", _("取消置顶会员备注"))
audit_register("members.note_deleted", _("删除会员备注"))
audit_register("members.note_restored", _("恢复会员备注"))
audit_fields_register(
    label=_("名称"),
    kind=_("类型"),
    choices=_("选项"),
    direction=_("画像方向"),
    fields=_("字段"),
    note=_("备注"),
    occupation=_("职业"),
)
audit_values_register("direction", dict(Direction.choices))
audit_values_register("kind", dict(FieldKind.choices))
