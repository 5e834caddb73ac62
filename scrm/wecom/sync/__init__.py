"""Reconciliation: what callbacks lost is found by asking WeCom for the whole list."""
