"""What people bought, as facts: an order's effects are a function of its facts, never of messages (N-41)."""
