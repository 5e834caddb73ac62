from __future__ import annotations

from scrm.core.persons import kept_register

kept_register(
    "tenants.settingversion", "tenants.acknowledgement", "tenants.channel",
    why="the brand's own rules and texts, written before any customer is known",
)  # fmt: skip
