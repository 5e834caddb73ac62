from __future__ import annotations

from scrm.core.persons import kept_register

kept_register("access.apikey", "access.invitation", why="the brand's own people and programs")
