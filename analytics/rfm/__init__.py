"""RFM: every night each buyer gets three digits, and the cells of the matrix their members (N-26)."""
