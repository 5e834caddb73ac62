"""The operator's overview: daily figures kept as rows, read without touching orders (N-28, N-29)."""
