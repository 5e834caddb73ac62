"""The corp of the gateway's tests, for tags that are WeCom's as well."""

from __future__ import annotations

from tests.scrm.wecom.conftest import corp, sandbox, scope, tenant
from tests.support.sandbox import _sandbox_session, wecom_sandbox

__all__ = ["_sandbox_session", "corp", "sandbox", "scope", "tenant", "wecom_sandbox"]
