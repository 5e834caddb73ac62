"""Segments on the workbench."""
