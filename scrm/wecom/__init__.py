"""The WeCom gateway: binding, tokens, typed calls, callbacks, welcome messages and reconciliation."""
