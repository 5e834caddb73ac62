"""Lots: where a member's points come from, when they count and when they lapse (N-6 to N-12)."""
