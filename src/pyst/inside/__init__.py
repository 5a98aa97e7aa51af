"""The few stdlib-only files that run inside a script's own interpreter (3.8 and later); pyst is not importable there."""
