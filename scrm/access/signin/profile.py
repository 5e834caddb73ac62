"""What people may change about themselves: how they are called, and the phone they sign in by."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from scrm.access.models import Operator
from scrm.access.phones import phone_hash, phone_normal
from scrm.access.signin.passwords import password_prove
from scrm.access.signin.rules import name_is_clean
from scrm.access.signin.trail import trail_write
from scrm.core.errors import InvalidValue


def profile_change(
    operator: Operator, *, name: str, phone: str, password: str = "", ip: str = ""
) -> None:
    """Write name and phone. A new phone is a new way in, so it takes the password."""
    name, before = name.strip(), operator.name
    if not name_is_clean(name):
        raise InvalidValue(_("姓名为 1–60 个字，不含换行等控制字符"), pointer="/name")
    number = phone_normal(phone) if phone.strip() else ""
    if phone.strip() and not number:
        raise InvalidValue(_("手机号格式不对"), pointer="/phone")
    is_new_phone = number != operator.phone
    if is_new_phone and not password:
        raise InvalidValue(_("修改手机号需要输入当前密码"), pointer="/password")
    if is_new_phone:
        password_prove(operator, password, pointer="/password")
    fields = {
        "name": name,
        "phone": number,
        "phone_hash": phone_hash(number) if number else None,
    }
    try:
        with transaction.atomic():
            Operator.objects.filter(pk=operator.pk).update(**fields)
    except IntegrityError as error:
        # Told only to somebody who has just shown a password: no way to try numbers from outside.
        raise InvalidValue(_("这个手机号已被其他账号使用"), pointer="/phone") from error
    operator.refresh_from_db(fields=list(fields))
    trail_write(
        "access.profile_changed",
        operator=operator,
        ip=ip,
        before={"name": before},
        after={"name": name, "phone_changed": is_new_phone},
    )
