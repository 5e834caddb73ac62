"""Growth: what orders and grants add to a member's standing; it is never spent (N-15)."""
