"""The few stdlib-only files that run inside a script's interpreter (3.8 and later), where pyst is not importable."""
