"""What becomes of points when two members become one."""
