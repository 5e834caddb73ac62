"""Sample rows for every tenant table, and what is tried on them."""
