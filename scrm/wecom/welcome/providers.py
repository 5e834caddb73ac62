"""Who knows what to say to a new customer: higher rooms register, the first answer wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrm.wecom.gateway import WelcomeContent

    Provider = Callable[[str, str, str], WelcomeContent | None]

log = structlog.get_logger(__name__)
_providers: dict[str, Provider] = {}


def welcome_provider_register(provider: Provider) -> Provider:
    """Register ``provider(corp_id, userid, state)``; it reads only, quickly, and returns None if silent."""
    _providers[f"{provider.__module__}.{provider.__qualname__}"] = provider
    return provider


def welcome_content(*, corp_id: str, userid: str, state: str) -> WelcomeContent | None:
    """What to say. A provider's fault must not cost another's welcome."""
    for name in sorted(_providers):
        try:
            content = _providers[name](corp_id, userid, state)
        except Exception:
            log.exception("wecom_welcome_provider_failed", provider=name)
            continue
        if content is not None:
            return content
    return None
