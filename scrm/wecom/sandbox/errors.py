"""Error answers of the API, with the odd tail WeCom appends to its errmsg."""

from __future__ import annotations

import itertools
import secrets

MESSAGES: dict[int, str] = {
    -1: "system busy",
    6000: "data version conflict",
    40001: "invalid credential",
    40003: "invalid userid",
    40004: "invalid media file type",
    40005: "invalid type",
    40006: "invalid media size",
    40007: "invalid media_id",
    40009: "invalid image size",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40029: "invalid code",
    40035: "invalid parameter",
    40056: "invalid agentid",
    40058: "invalid request parameter",
    40063: "some parameters are empty",
    40068: "invalid tagid",
    40071: "tag name is existed",
    40072: "invalid tagname size",
    40091: "invalid secret, secret of another corp",
    40096: "invalid external userid",
    40126: "corp tag limit exceeded",
    40144: "customer tag limit exceeded",
    40145: "media_id expired",
    40146: "invalid http range",
    41001: "access_token missing",
    41002: "corpid missing",
    41004: "corpsecret missing",
    41006: "media_id missing",
    41009: "userid missing",
    41017: "tagid missing",
    41018: "tagname missing",
    41035: "external_userid missing",
    41037: "missing contact way type",
    41038: "missing contact way scene",
    41039: "invalid contact way type",
    41040: "invalid contact way scene",
    41041: "contact way user exceed limit",
    41042: "invalid contact way style",
    41043: "missing contact way config_id",
    41044: "invalid contact way config_id",
    41045: "contact way num exceed limit",
    41046: "missing msgid",
    41047: "invalid msgid",
    41048: "no customer to send",
    41049: "missing welcome code",
    41050: "invalid welcome code",
    41051: "externaluser has started chatting",
    41053: "external user not agree chat archive",
    41054: "user has not been activated",
    41063: "group msg is being distributed",
    41064: "attachment num exceed limit",
    41065: "invalid attachment type",
    41072: "attachment scene mismatch",
    41093: "group msg task has been cancelled",
    41094: "remind freq out of limit",
    41096: "welcome msg is being distributed",
    42001: "access_token expired",
    42003: "oauth_code expired",
    42022: "oauth_code has been used",
    44001: "empty media data",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45009: "api freq out of limit",
    45033: "api concurrent out of limit",
    45035: "concurrent operation conflict",
    45036: "data access out of limit",
    46004: "user not exist",
    48001: "api unauthorized",
    48002: "api forbidden",
    48006: "api permission withdrawn",
    50001: "redirect_uri is not allowed",
    50100: "invalid cursor",
    60011: "no privilege to access/modify contact/party/agent",
    60020: "not allow to access from your ip",
    60111: "userid not found",
    60123: "invalid party id",
    81013: "user & party & tag all invalid",
    81017: "too many items",
    84061: "not external contact",
    84084: "no relation between user and external user",
}
HELP = "https://open.work.weixin.qq.com/devtool/query?e="
_numbers = itertools.count(secrets.randbelow(900) + 1)


class ApiError(Exception):
    """A definite refusal: `code` is the errcode; `extra` fields ride along in the answer."""

    def __init__(self, code: int, note: str = "", extra: dict[str, object] | None = None) -> None:
        super().__init__(f"{code} {note}".strip())
        self.code = code
        self.note = note
        self.extra = extra or {}

    def message(self, *, at: float, remote: str) -> str:
        """The errmsg, whose tail changes with every call, so nobody can depend on it."""
        text = MESSAGES.get(self.code, "error")
        if self.note:
            text = f"{text}, {self.note}"
        hint = f"[{int(at)}_{next(_numbers)}_{secrets.token_hex(16)}]"
        return f"{text}, hint: {hint}, from ip: {remote}, more info at {HELP}{self.code}"


def wrong_json(note: str) -> ApiError:
    """A field of the wrong JSON type, said as WeCom says it."""
    return ApiError(40058, f"{note}. Warning: wrong json format.")
