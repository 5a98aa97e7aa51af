"""Interpreters with exactly the packages that a script asks for: keys, building, locking, pruning."""
