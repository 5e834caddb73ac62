"""What developers and CI run beside the tests."""
