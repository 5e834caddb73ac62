"""Ask WeCom whether a binding works, call by call, and name the one that fails."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from scrm.wecom.client import Ask, call_probe, token_probe
from scrm.wecom.errors import WeComError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import _StrPromise

TOKEN, AGENT, CONTACT = "gettoken", "agent/get", "externalcontact/get_follow_user_list"
CHECK_LABELS: dict[str, _StrPromise] = {
    TOKEN: _("获取访问凭证"),
    AGENT: _("读取应用信息"),
    CONTACT: _("客户联系权限"),
}
# Which input a code speaks of.
_POINTERS = {
    40001: "/secret",
    40091: "/secret",
    41004: "/secret",
    40013: "/corp_id",
    41002: "/corp_id",
    40056: "/agent_id",
    301002: "/agent_id",
}


@dataclass(frozen=True, kw_only=True)
class Check:
    """One live call and its outcome; ``message`` is WeCom's meaning in words."""

    call: str
    is_ok: bool
    errcode: int = 0
    message: str = ""

    @property
    def label(self) -> str:
        """What the call is for, in words."""
        return str(CHECK_LABELS.get(self.call, self.call))

    @property
    def pointer(self) -> str | None:
        """The input that the failure speaks of."""
        return _POINTERS.get(self.errcode)

    def stored(self) -> dict[str, Any]:
        """As kept in the database."""
        return asdict(self)


def check_read(stored: dict[str, Any]) -> Check:
    """A check as it was kept."""
    return Check(
        call=str(stored.get("call", "")),
        is_ok=bool(stored.get("is_ok")),
        errcode=int(stored.get("errcode", 0)),
        message=str(stored.get("message", "")),
    )


def checks_run(*, corp_id: str, agent_id: int, secret: str) -> list[Check]:
    """Every check up to the first that fails. Speaks to WeCom: call outside transactions."""
    checks: list[Check] = []

    def tried(call: str, act: Callable[[], Any]) -> Any:
        try:
            found = act()
        except WeComError as error:
            message = str(error).removeprefix(f"{error.api} {error.errcode}").strip()
            checks.append(Check(call=call, is_ok=False, errcode=error.errcode, message=message))
            return None
        checks.append(Check(call=call, is_ok=True))
        return found

    token = tried(TOKEN, lambda: token_probe(corp_id=corp_id, secret=secret))
    if token is None:
        return checks
    own = Ask(api=AGENT, params={"agentid": str(agent_id)})
    if tried(AGENT, lambda: call_probe(token=token, ask=own)) is not None:
        tried(CONTACT, lambda: call_probe(token=token, ask=Ask(api=CONTACT)))
    return checks
