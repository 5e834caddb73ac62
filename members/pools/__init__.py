"""From the public to a thousand true fans: pools, the way between them, and the first screening."""
