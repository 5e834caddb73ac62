"""Dates and digits as operators read them; named by FORMAT_MODULE_PATH."""
