from __future__ import annotations

from scrm.core.persons import kept_register

# The pseudonym: a key that nothing leads from to a person once the member's row is empty.
kept_register(
    "ledger.account", "ledger.transfer", why="amounts under a member's key, never a word of theirs"
)
