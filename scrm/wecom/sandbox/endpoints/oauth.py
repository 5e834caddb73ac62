"""auth/getuserinfo: whose code it is, once, within five minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrm.wecom.sandbox.entities import OAuthCode
from scrm.wecom.sandbox.errors import ApiError
from scrm.wecom.sandbox.registry import Call, endpoint

if TYPE_CHECKING:
    from scrm.wecom.sandbox.wire import JsonObject


@endpoint("auth/getuserinfo", method="GET")
def getuserinfo(call: Call) -> JsonObject:
    code = call.corp.get(OAuthCode, call.query.text("code"))
    if code is None or code.agent_id != call.agent.agent_id:
        raise ApiError(40029)
    if code.used:
        raise ApiError(42022)
    if call.world.clock.now() > code.expires_at:
        raise ApiError(42003)
    code.used = True
    call.world.put(call.corp_id, code)
    if not code.userid:
        return {"openid": f"oSBX{code.code[:20]}"}
    return {"userid": code.userid}
