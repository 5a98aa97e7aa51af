"""pyst turns any Python file into a dependable command."""

__version__ = "0.1.0"
