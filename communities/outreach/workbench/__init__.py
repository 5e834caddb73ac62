"""What of pushes waits, and what was worked on."""
