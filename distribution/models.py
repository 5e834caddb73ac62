"""Lists the rooms' models for Django; the rooms own them."""

from __future__ import annotations

from distribution.referral.models import Binding

__all__ = ["Binding"]
