"""The letters about a person's account, in the person's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from scrm.access.signin.mail import mail_queue

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from scrm.access.models import Operator


@dataclass(frozen=True, kw_only=True)
class Letter:
    """Subject and text; ``%(name)s`` is the person, other names come from the writer."""

    subject: str | _StrPromise
    text: str | _StrPromise


_NOT_YOU = _("如果不是你本人操作，请立即修改密码并联系品牌管理员。")
LETTERS: dict[str, Letter] = {
    "reset_link": Letter(
        subject=_("重设 SCRM 运营后台的密码"),
        text=_(
            "%(name)s，你好：\n\n点开下面的链接设置新密码，链接 1 小时内有效，只能用一次：\n\n%(link)s\n\n"
            "如果你没有申请重设密码，忽略这封邮件即可，密码不会改变。"
        ),
    ),
    "password_changed": Letter(
        subject=_("你的密码已修改"),
        text=_("%(name)s，你好：\n\n你的 SCRM 运营后台密码刚刚修改，其他设备已退出登录。"),
    ),
    "locked": Letter(
        subject=_("你的账号被暂时锁定"),
        text=_(
            "%(name)s，你好：\n\n有人（IP %(ip)s）连续多次输错你的密码，该来源的登录已锁定 15 分钟。"
        ),
    ),
    "second_factor_on": Letter(
        subject=_("两步验证已开启"),
        text=_("%(name)s，你好：\n\n你的账号已开启两步验证，以后登录需要验证器中的 6 位数字。"),
    ),
    "second_factor_off": Letter(
        subject=_("两步验证已关闭"),
        text=_("%(name)s，你好：\n\n你的账号已关闭两步验证，恢复码同时失效。"),
    ),
    "second_factor_removed": Letter(
        subject=_("你的两步验证已被移除"),
        text=_(
            "%(name)s，你好：\n\n%(who)s 在%(brand)s移除了你的两步验证，恢复码同时失效，所有设备已退出登录。"
            "请用密码重新登录，并尽快重新开启两步验证。\n\n如果这不是你要求的，请立即修改密码并联系品牌管理员。"
        ),
    ),
    "second_factor_blocked": Letter(
        subject=_("有人多次输错你的两步验证码"),
        text=_(
            "%(name)s，你好：\n\n有人输对了你的密码，却连续输错两步验证码，验证已暂停 15 分钟。"
        ),
    ),
    "recovery_code_used": Letter(
        subject=_("刚刚用掉了一个恢复码"),
        text=_("%(name)s，你好：\n\n有人用恢复码代替验证器登录了你的账号。"),
    ),
}
# Letters that say themselves what to do if it was not you.
_SAY_SO = frozenset({"reset_link", "second_factor_removed"})


def letter_write(kind: str, *, operator: Operator, **values: str) -> None:
    """Queue a letter to the person in the running transaction."""
    letter = LETTERS[kind]
    with translation.override(operator.language):
        text = str(letter.text) % {"name": operator.name, **values}
        if kind not in _SAY_SO:
            text = f"{text}\n{_NOT_YOU}"
        mail_queue(kind=kind, to=operator.email, subject=str(letter.subject), body=text)
