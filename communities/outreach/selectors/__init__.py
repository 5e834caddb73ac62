"""Reads of pushes."""
