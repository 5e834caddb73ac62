"""Bind an application of a corp to the brand, and see how it is doing."""
