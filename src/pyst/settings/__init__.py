"""Settings with the origin of every value, contexts, and what the user trusts."""
