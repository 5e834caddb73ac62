"""How the audit log is told to people: words, differences, filters, and the file of it."""
