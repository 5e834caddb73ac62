"""What WeCom refuses, and how a caller must treat it: never, later, perhaps, or stop."""

from __future__ import annotations

from typing import ClassVar

from scrm.core.errors import DomainError, ErrorKind
from scrm.wecom.errcodes import errcode_text


class WeComError(DomainError):
    """A call to WeCom did not succeed. ``errcode`` is WeCom's; 0 when the fault is on our side of the wire."""

    code: ClassVar[str] = "wecom_error"
    kind: ClassVar[ErrorKind] = ErrorKind.REJECTED

    def __init__(self, *, api: str, errcode: int = 0, reason: str = "") -> None:
        self.api = api
        self.errcode = errcode
        self.reason = reason
        super().__init__(self.words(), api=api, errcode=errcode)

    def words(self) -> str:
        """The failing call, its code and what it means, for people."""
        meaning = errcode_text(self.errcode) or self.reason
        return f"{self.api} {self.errcode} {meaning}".strip()


class WeComRefused(WeComError):
    """A definite no: nothing happened, and the same call will be refused again."""

    code: ClassVar[str] = "wecom_refused"


class WeComLimited(WeComError):
    """A definite "not now": nothing happened; try again after ``retry_after`` seconds."""

    code: ClassVar[str] = "wecom_limited"
    kind: ClassVar[ErrorKind] = ErrorKind.LIMITED

    def __init__(
        self, *, api: str, errcode: int = 0, reason: str = "", retry_after: float = 1.0
    ) -> None:
        super().__init__(api=api, errcode=errcode, reason=reason)
        self.retry_after = retry_after
        self.details["retry_after"] = retry_after


class WeComUnknown(WeComError):
    """No answer arrived, or none that can be read: the call may have happened. Ask, never resend blindly."""

    code: ClassVar[str] = "wecom_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.BUSY


class WeComMisconfigured(WeComError):
    """The binding itself is wrong (secret, corp, rights): the gateway stops this application."""

    code: ClassVar[str] = "wecom_misconfigured"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT
