"""Writes of pushes."""
