"""What a person agreed to, and what a person may ask of the brand: a copy, or to be forgotten (M-28)."""
