"""The people themselves: one row per person and brand, and where they came from."""
