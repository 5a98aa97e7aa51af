"""Sharing against GitHub's own description of its API: what is asked, and what the GitHub of the tests answers."""
