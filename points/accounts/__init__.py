"""A member's points as people and systems read them: account, statement, panels, API."""
