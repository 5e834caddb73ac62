"""The platform's own database backend, with a second pair of hands for making and emptying test databases."""
