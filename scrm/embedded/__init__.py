"""PostgreSQL and Valkey for a laptop and for tests, started from bundled binaries; never for production."""
