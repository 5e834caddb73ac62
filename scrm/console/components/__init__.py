"""How the elements are drawn; `templatetags/console.py` gives them their tag names."""
