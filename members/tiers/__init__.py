"""Tiers: a replay of growth through the ladder, and what became of it (N-15 to N-17)."""
