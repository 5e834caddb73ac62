"""Django's PostgreSQL backend with tenant keys, row-level security and one SET LOCAL a transaction."""
