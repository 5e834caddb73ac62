"""Page 46, second half: webhooks."""
