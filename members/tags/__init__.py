"""Words an operator or a rule puts on people."""
