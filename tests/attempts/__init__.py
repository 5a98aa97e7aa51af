"""A corpus of attempts to get out of a confined run, each proven without confinement and judged from outside."""
