"""What WeCom tells us: verified, stored once, answered, then processed by a worker."""
