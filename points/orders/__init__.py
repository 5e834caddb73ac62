"""Points for orders: a function of the order's facts (N-3 to N-6, N-9, N-41)."""
