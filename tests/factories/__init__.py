"""Makers of test data, one module per app; each goes through the services that make the real thing."""
