"""Custom fields, where tags stand in a persona, and notes."""

from __future__ import annotations

from members.profile.pages import fields, notes

__all__ = ["fields", "notes"]
