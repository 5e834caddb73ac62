"""The API groups; importing them fills the table in registry.ENDPOINTS."""

from __future__ import annotations

from scrm.wecom.sandbox.endpoints import (
    broadcast_results,
    broadcasts,
    contact_ways,
    contacts,
    media,
    members,
    oauth,
    tags,
    token,
    welcome,
)

__all__ = [
    "broadcast_results",
    "broadcasts",
    "contact_ways",
    "contacts",
    "media",
    "members",
    "oauth",
    "tags",
    "token",
    "welcome",
]
