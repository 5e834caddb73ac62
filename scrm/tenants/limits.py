"""What no tenant, administrator or key can set higher (domain.md B2). Changing one is a lawyer's matter."""

from __future__ import annotations

# C-1: pay on the sales of a downline's downline is pyramid selling. Also a check in the database.
MAX_COMMISSION_LEVELS = 2
LEVELS_KEY = "dist.levels"
