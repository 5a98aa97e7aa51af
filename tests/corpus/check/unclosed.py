# /// script
# # expect-above: C011 error
# dependencies = ["requests>=2"]

"""Forget to close the block."""

import requests  # expect: C003 error

print(requests)
