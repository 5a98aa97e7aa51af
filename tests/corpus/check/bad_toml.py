# /// script
# dependencies = [  # a closing bracket is missing
# requires-python = ">=3.11"  # expect: C010 error
# ///
"""Have a block that is no TOML."""

print(1)
