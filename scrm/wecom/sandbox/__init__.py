"""A local WeCom: a separate process that speaks the qyapi protocol, for development and tests."""
