"""Welcome messages: a single-use code, twenty seconds (E-14)."""

from __future__ import annotations

from scrm.wecom.gateway import WelcomeContent
from scrm.wecom.welcome.providers import welcome_provider_register

__all__ = ["WelcomeContent", "welcome_provider_register"]
