"""Back-ups that can be restored: a dump, and beside it what the dump must contain."""
