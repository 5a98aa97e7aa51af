"""Get along without the third-party module."""

try:
    import tomllib
except ImportError:
    import tomli as tomllib

from contextlib import suppress

with suppress(ImportError):
    import uvloop

print(tomllib)
