"""Ratios measured in one run; absolute rates belong to the machine."""
