"""Pages that watch segments: night by night, and side by side."""
