"""Who brought whom: one open inviter per member, and never a ring (N-18, I-10)."""
